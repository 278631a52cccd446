import { z } from 'zod'

import { truncatedNormal } from '../graph/initializers.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import { embeddingTable } from '../layers/embedding.js'
import { linear } from '../layers/linear.js'
import { newestState } from '../layers/newest-state.js'
import { negativesPerPosition } from '../training/negative-sampling.js'
import { nextItemInputs, nextItemLoss, nextItemSettings } from '../training/next-item-objective.js'
import { planEpoch } from '../training/sequence-batches.js'
import { planWindows, windowRows } from './gru4rec-batches.js'
import { gru } from '../layers/gru.js'
import type { CatalogueSize, Recommender, RecommenderKind } from './recommender.js'
import { innerProduct } from './scorer.js'

/** Settings of GRU4Rec. */
export const gru4recSchema = z.strictObject({
  historyLength: z.int().min(1).max(1024).default(50).describe('newest interactions that are read'),
  hiddenSize: z.int().min(1).max(4096).default(128).describe('width of user and item vectors'),
  stateSize: z.int().min(1).max(4096).default(128).describe('width of the recurrent state'),
  numLayers: z.int().min(1).max(16).default(1).describe('recurrent layers, one on the states of the other'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.2)
    .describe('share of values dropped after the embedding and each recurrent layer'),
  ...nextItemSettings,
})

/** Settings of GRU4Rec with defaults filled in. */
export type Gru4recConfig = z.output<typeof gru4recSchema>

/**
 * GRU4Rec (Hidasi et al. 2016, https://arxiv.org/abs/1511.06939): gated recurrent units read the user's history item
 * by item; the state after the newest item, brought to the width of an item by a linear layer where it has another,
 * is scored against the item table by inner product.
 *
 * Departures from the paper: the input is an embedding, shared with the output ("constrained embedding" of the
 * authors' later code) and not a one-hot vector; a batch holds whole histories padded on the right, which the
 * recurrence passes only after every real position, and not parallel sessions whose state goes on from batch to
 * batch: longer histories are cut into windows of `historyLength` items, and the state starts at zero in each; negatives are uniform and not the other
 * targets of a batch; the losses are those of {@link nextItemSettings}, not TOP1 nor the BPR-max of Hidasi and
 * Karatzoglou 2018; the optimizer is Adam, not Adagrad.
 */
export interface Gru4rec {
  /** Item table `[numItems + 1, hiddenSize]`; row 0 is padding. Also the output table. */
  itemTable(scope: Scope): Tensor
  /** The output at every position of item ids `[batch, time]`: `[batch, time, hiddenSize]`. */
  states(scope: Scope, items: Tensor): Tensor
}

/** GRU4Rec over a catalogue of `numItems`. */
export function gru4rec(config: Gru4recConfig, numItems: number): Gru4rec {
  const { hiddenSize, stateSize, numLayers, dropout } = config
  const itemTable = (scope: Scope): Tensor => {
    const options = { rows: numItems + 1, width: hiddenSize, initializer: truncatedNormal(0.05) }
    return embeddingTable(scope.child('items'), options)
  }
  return {
    itemTable,
    states(scope, items) {
      let x = scope.dropout(scope.lookup(itemTable(scope), items), dropout)
      for (let layer = 0; layer < numLayers; layer++) {
        // [batch, time, stateSize]
        x = scope.dropout(gru(scope.child(`gru${layer}`), x, stateSize), dropout)
      }
      return stateSize === hiddenSize ? x : linear(scope.child('output'), x, hiddenSize)
    },
  }
}

function gru4recRecommender(config: Gru4recConfig, { numItems }: CatalogueSize): Recommender {
  const { historyLength, hiddenSize } = config
  const model = gru4rec(config, numItems)
  return {
    dimension: hiddenSize,
    historyLength,
    planEpoch(histories, batchTokens, rng) {
      const plan = config.targets === 'all' ? planWindows : planEpoch
      return plan(histories, { historyLength, batchTokens }, rng)
    },
    trainingInputs(histories, plan, rng) {
      if (!plan.positions) return nextItemInputs(config, numItems, histories, plan, rng)
      const rows = { ...plan, users: plan.users.map((_, row) => row) }
      const inputs = nextItemInputs(config, numItems, windowRows(histories, plan), rows, rng)
      if (config.loss !== 'bce' && config.loss !== 'bpr') return inputs
      // A user knows more than the items of a window.
      const draw = { numItems, count: config.negativesPerPosition, rng }
      return {
        ...inputs,
        negatives: negativesPerPosition(histories, plan, inputs['targets'] as Int32Array, draw),
      }
    },
    objective(scope, { batch, time }, passage) {
      const states = model.states(scope, scope.input('history', 'int32', [batch, time]))
      return { loss: nextItemLoss(scope, config, numItems, states, model.itemTable(scope), passage) }
    },
    userVectors: (scope, query) => newestState(model.states(scope, query), query),
    scorer: innerProduct({
      tables: (scope) => [model.itemTable(scope)],
      values: (store) => store.get('items/weight').data,
      dimension: hiddenSize,
    }),
  }
}

/** GRU4Rec as a kind of recommender. */
export const gru4recKind: RecommenderKind<Gru4recConfig> = {
  name: 'gru4rec',
  summary: 'gated recurrent units over the history (Hidasi et al. 2016)',
  schema: gru4recSchema,
  training: { optimizer: { learningRate: 3e-3 } },
  presets: {
    fast: { model: { hiddenSize: 64, stateSize: 64 }, training: { maxMinutes: 11 } },
  },
  create: gru4recRecommender,
}
