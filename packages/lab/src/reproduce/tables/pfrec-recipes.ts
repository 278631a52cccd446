import { pfrecAttacker } from '@veilrec/core'

import type { BaseRecipe, DataRecipe, PaperRow, PaperTable, VeilRecipe } from '../paper-table.js'
import { ml1mAttributes } from './afrl-recipes.js'
import { afrlPublished } from './afrl-table-2.js'

/** The paper that these tables are of. */
export const pfrecCitation =
  'Wu, Xie, Zhu et al., "Selective Fairness in Recommendation via Prompts", SIGIR 2022'

/** Why the rows of the paper's own data are not run. */
export const notObtainable = 'data not obtainable here'

/** MovieLens-1M as PFRec prepares its data: everything is an interaction, users with at least 10. */
const everyRating: DataRecipe = {
  name: 'ml1m-all',
  source: 'ml-1m',
  options: { minInteractions: 10, kCore: 1 },
  seed: 1,
}

/** PFRec's base: one block, one head, width 64, BPR with one negative. */
const pfrecBase: BaseRecipe = {
  model: 'sasrec',
  config: {
    model: { historyLength: 50, hiddenSize: 64, numBlocks: 1, numHeads: 1, dropout: 0, loss: 'bpr' },
    training: { epochs: 500, patience: 10, maxMinutes: 45 },
  },
  minutes: 45,
}

/** PFRec by its own settings, with changes for an ablation; seven eliminators, each with its share of an hour. */
export function pfrecRecipe(changes: object = {}): VeilRecipe {
  return { method: 'pfrec', config: { preset: 'paper', maxMinutes: 7, ...changes }, minutes: 49 }
}

/** `Li et al.*`: one filter for each requirement, trained as PFRec's eliminators are. */
export const liRecipe: VeilRecipe = {
  method: 'filters',
  config: { preset: 'paper-pfrec', epochs: 40, maxMinutes: 45 },
  minutes: 30,
}

const sasrec = afrlPublished('sasrec')

/** The base on MovieLens-1M; PFRec has no figures for it, so that its attacker is measured by AFRL's. */
export const ml1mBaseRow: PaperRow = {
  id: 'ml-1m/sasrec',
  label: 'SASRec (MovieLens-1M)',
  system: { base: pfrecBase, veil: null },
  attackerBar: sasrec,
}

/** A system on MovieLens-1M. */
export function ml1mRow(id: string, label: string, veil: VeilRecipe): PaperRow {
  return {
    id: `ml-1m/${id}`,
    label: `${label} (MovieLens-1M)`,
    system: { base: pfrecBase, veil },
    baseRow: ml1mBaseRow.id,
  }
}

/** What all tables of PFRec share. */
export const pfrecProtocol = {
  paper: 'pfrec',
  data: everyRating,
  attributes: ml1mAttributes,
  attacker: { kind: pfrecAttacker, seeds: 3 },
  departures: [
    'On MovieLens-1M instead of CIKM and AliEC, whose files cannot be had; the paper has no figures for it, so that only its claims ' +
      'are tested.',
    "The base is this project's SASRec, which normalises before each sub-layer; the next item is predicted at every position.",
    'When it serves, the user prompt reads "unknown" for every attribute: no value of one enters (the paper feeds the true ones).',
    'Micro-F1 is the share of users told rightly, for two classes as well, where the released code takes the F1 of one class.',
    'An eliminator stops after 7 minutes and keeps the epoch that its judge chooses; the paper keeps the last of 100.',
    "The attackers learn from 65 % of the users, keep their best epoch by another 10 % and are measured on 25 %; whether they are strong enough is seen by AFRL's figures for SASRec on MovieLens-1M.",
  ],
} as const satisfies Partial<PaperTable>
