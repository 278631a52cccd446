import { afrlAttacker } from '@veilrec/core'

import type { BaseRecipe, DataRecipe, PaperTable, VeilRecipe } from '../paper-table.js'

/** The paper that these tables are of. */
export const afrlCitation =
  'Zhu, Yuan, Zhu et al., "Adaptive Fair Representation Learning for Personalized Fairness in Recommendations via Information ' +
  'Alignment", SIGIR 2024'

/** MovieLens-1M as AFRL prepares it: ratings from 4 on, users with at least 10 of them. */
const positiveRatings: DataRecipe = {
  name: 'ml1m-pos4',
  source: 'ml-1m',
  options: { minRating: 4, minInteractions: 10, kCore: 1 },
  seed: 1,
}

/** The attributes of MovieLens-1M, sorted. */
export const ml1mAttributes = ['age', 'gender', 'occupation']

/** The seven requirements in the paper's order: G, A, O, GA, GO, AO, GAO. */
export const ml1mRequirements = [
  ['gender'],
  ['age'],
  ['occupation'],
  ['age', 'gender'],
  ['gender', 'occupation'],
  ['age', 'occupation'],
  ['age', 'gender', 'occupation'],
]

/** The four recommenders of AFRL: width 64, BPR with one negative, but SASRec, whose validation prefers a sampled softmax by far. */
export const afrlBases = {
  pmf: {
    model: 'pmf',
    config: {
      training: {
        epochs: 500,
        patience: 10,
        maxMinutes: 25,
        batchTokens: 32_768,
        optimizer: { learningRate: 0.01 },
      },
    },
    minutes: 25,
  },
  deepmodel: {
    model: 'deepmodel',
    config: { training: { epochs: 500, patience: 10, maxMinutes: 40 } },
    minutes: 40,
  },
  sasrec: {
    model: 'sasrec',
    config: {
      model: {
        historyLength: 100,
        hiddenSize: 64,
        numBlocks: 1,
        numHeads: 1,
        dropout: 0.3,
        loss: 'sampledSoftmax',
      },
      training: { epochs: 500, patience: 10, maxMinutes: 60 },
    },
    minutes: 60,
  },
  bert4rec: {
    model: 'bert4rec',
    config: { preset: 'afrl', training: { maxMinutes: 65 } },
    minutes: 65,
  },
} as const satisfies Record<string, BaseRecipe>

/** Names of AFRL's recommenders as the paper prints them. */
export const afrlBaseLabels = { pmf: 'PMF', deepmodel: 'DeepModel', sasrec: 'SASRec', bert4rec: 'BERT4Rec' }

/** One of {@link afrlBases}. */
export type AfrlBase = keyof typeof afrlBases

/** Epochs of the paper's game at most, over which the rate falls to 0: about what 52 minutes hold when the machine does nothing else. */
const epochs = 120

/** The weights of the paper's Table 1; ablations and sweeps change them. */
export function afrlRecipe(base: AfrlBase, changes: object = {}): VeilRecipe {
  const weight = base === 'pmf' || base === 'deepmodel' ? 0.1 : 1
  return {
    method: 'afrl',
    config: {
      preset: 'paper',
      lambda: weight,
      beta: weight,
      epochs,
      maxMinutes: 52,
      patience: epochs,
      ...changes,
    },
    minutes: 52,
  }
}

/**
 * AFRL as recommended here: against the dependence instead of adversaries, settings at their defaults, but for three times the
 * epochs: on SASRec, by validation items and users that the table's attacks are not measured on, it then keeps more and tells no more.
 */
export const afrlRecommended: VeilRecipe = {
  method: 'afrl',
  config: { epochs: 24, maxMinutes: 45 },
  minutes: 20,
}

/** The methods that AFRL compares itself with. */
export const comparedMethods = {
  // As many epochs as FFVAE: from random networks the accuracy still rises after the eight that are the default.
  sm: { method: 'filters', config: { preset: 'paper-li', epochs: 40, maxMinutes: 45 }, minutes: 30 },
  // Seven eliminators, each with its share of an hour.
  pfrec: { method: 'pfrec', config: { preset: 'paper', maxMinutes: 7 }, minutes: 49 },
  ffvae: { method: 'ffvae', config: { preset: 'paper', epochs: 40, maxMinutes: 45 }, minutes: 30 },
} as const satisfies Record<string, VeilRecipe>

/** What all tables and figures of AFRL share. */
export const afrlProtocol = {
  paper: 'afrl',
  data: positiveRatings,
  attributes: ml1mAttributes,
  attacker: { kind: afrlAttacker, seeds: 3 },
  departures: [
    'Negatives in training are drawn outside the training history; the released code never draws validation and test items either.',
    'SASRec predicts the next item at every position of the newest 100 and not only at the last of each window, by a softmax over sampled ' +
      'items and not by BPR, with a mask for padding; its norm comes before each sub-layer.',
    'PMF and DeepModel are trained with the step, decay and batch that our defaults chose by validation; all bases stop by the validation ' +
      'NDCG@10 of the whole catalogue.',
    'AFRL takes 120 epochs of 16 moments of each user, or as many of them as fit into 52 minutes, where the paper takes 500 of all; SM, ' +
      'PFRec and FFVAE have limits of time of their own.',
    'A fifth of the labels that a veil may read chooses its epoch; the paper chooses by accuracy alone.',
    'The attackers learn from 65 % of the users, keep their best epoch by another 10 % and are measured on 25 %; the files of the ' +
      "paper's split are not published. Its code measures the last epoch.",
    'No AUC is folded to max(a, 1 - a), and ranks are mid-ranks.',
  ],
} as const satisfies Partial<PaperTable>
