import { z } from 'zod'

import { constant, kaimingUniform, normal } from '../graph/initializers.js'
import { add, cast, greater, relu } from '../graph/ops/elementwise.js'
import { affine } from '../graph/ops/linear-algebra.js'
import { weightedMean } from '../graph/ops/reduction.js'
import { reshape, slice } from '../graph/ops/shaping.js'
import type { ParameterStore } from '../graph/parameter-store.js'
import type { Scope } from '../graph/scope.js'
import type { Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { embeddingTable } from '../layers/embedding.js'
import { linear } from '../layers/linear.js'
import type { DenseLayer } from '../metrics/pair-network-kernel.js'
import { pairNetworkScores } from '../metrics/pair-network-scores.js'
import { bayesianPersonalizedRanking } from '../training/losses.js'
import { interactionBatches } from './interaction-batches.js'
import type { CatalogueSize, Recommender, RecommenderKind } from './recommender.js'
import type { Scorer } from './scorer.js'

/** Settings of DeepModel. */
export const deepmodelSchema = z.strictObject({
  hiddenSize: z.int().min(1).max(4096).default(64).describe('width of user and item vectors'),
  layers: z
    .array(z.int().min(1).max(4096))
    .min(1)
    .max(16)
    .default([64, 32, 16])
    .describe('widths between the pair of vectors and the score'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.2)
    .describe('share of values dropped after each of these layers'),
  numNegatives: z.int().min(1).max(1000).default(1).describe('negatives per interaction'),
})

/** Settings of DeepModel with defaults filled in. */
export type DeepmodelConfig = z.output<typeof deepmodelSchema>

/**
 * The deep half of Wide & Deep (Cheng et al. 2016), as AFRL uses it under the name DeepModel: the score is a multi-layer
 * perceptron of the user's and the item's vector, `score(u, i) = MLP([p_u; q_i])`, its loss and its batches those of PMF. What a
 * veil changes is `p_u`.
 *
 * The first layer is computed in two halves, `W [p; q] + b = (W_u p + b) + W_i q`, so that a user and an item pass it once each
 * and not once per pair. Row 0 of both tables is padding, so user `u` has row `u + 1`. The order of a history plays no part, and
 * a user vector exists only for users trained on.
 *
 * Departures: no wide part, as in AFRL; weights start by He's uniform rule, biases at 0 and the tables at N(0, 0.01^2) as PMF's
 * do; the last layer has no bias, which would change no ranking; dropout acts after each ReLU, and not while a veil is trained on
 * the finished model.
 */
export function deepmodel(config: DeepmodelConfig, { numUsers, numItems }: CatalogueSize): Recommender {
  const { hiddenSize, layers, dropout, numNegatives } = config
  const widths = [...layers, 1]
  const table = (scope: Scope, name: string, count: number): Tensor => {
    const options = { rows: count + 1, width: hiddenSize, initializer: normal(0.01) }
    return embeddingTable(scope.child(name), options)
  }
  const items = (scope: Scope): Tensor => table(scope, 'items', numItems)
  const userVectors = (scope: Scope, query: Tensor): Tensor => {
    return scope.lookup(table(scope, 'users', numUsers), query)
  }
  const network = (scope: Scope, layer: number): Scope => scope.child('network').child(String(layer))
  /** The first layer's `W_u p + b` or `W_i q`, `[..., d]` to `[..., layers[0]]`. */
  const half = (scope: Scope, vectors: Tensor, part: 'user' | 'item'): Tensor => {
    const first = network(scope, 0)
    const weight = first.parameter('weight', [2 * hiddenSize, widths[0]!], kaimingUniform())
    const from = part === 'user' ? 0 : hiddenSize
    const bias = part === 'user' ? first.parameter('bias', [widths[0]!], constant(0)) : undefined
    return affine(vectors, slice(weight, 0, from, from + hiddenSize), bias)
  }
  /** Scores `[...]` of pairs of halves that broadcast to `[..., layers[0]]`. */
  const joined = (scope: Scope, user: Tensor, item: Tensor, rate = 0): Tensor => {
    let x = add(user, item)
    for (let layer = 1; layer < widths.length; layer++) {
      x = scope.dropout(relu(x), rate)
      const options = { bias: layer < widths.length - 1, initializer: kaimingUniform() }
      x = linear(network(scope, layer), x, widths[layer]!, options)
    }
    return reshape(x, x.shape.slice(0, -1))
  }
  /** Scores `[batch, n]` of every user `[batch, d]` and every item `[n, d]`. */
  const everyPair = (scope: Scope, vectors: Tensor, itemVectors: Tensor): Tensor => {
    const [batch, n] = [vectors.shape[0] as Dim, itemVectors.shape[0] as Dim]
    const user = reshape(half(scope, vectors, 'user'), [batch, 1, widths[0]!])
    const item = reshape(half(scope, itemVectors, 'item'), [1, n, widths[0]!])
    return joined(scope, user, item)
  }
  const scorer: Scorer = {
    one: (scope, vectors, ids) => {
      const item = half(scope, scope.lookup(items(scope), ids), 'item')
      return joined(scope, half(scope, vectors, 'user'), item)
    },
    shared: (scope, vectors, ids) => everyPair(scope, vectors, scope.lookup(items(scope), ids)),
    catalogue: (scope, vectors) => everyPair(scope, vectors, items(scope)),
    scores: (store, vectors) =>
      pairNetworkScores({
        userVectors: vectors,
        itemVectors: store.get('items/weight').data,
        dimension: hiddenSize,
        layers: widths.map((width, layer) => denseLayer(store, layer, width)) as [DenseLayer, DenseLayer],
      }),
  }
  return {
    dimension: hiddenSize,
    historyLength: 0,
    ...interactionBatches({ numItems, numNegatives }),

    objective(scope, { batch }, passage = (vectors) => vectors) {
      const positives = scope.input('positives', 'int32', [batch])
      const counts = cast(greater(positives, 0), 'float32')
      const vectors = passage(userVectors(scope, scope.input('users', 'int32', [batch])), counts)
      const user = half(scope, vectors, 'user')
      const negatives = scope.input('negatives', 'int32', [batch, numNegatives])
      const ofItems = (ids: Tensor): Tensor => half(scope, scope.lookup(items(scope), ids), 'item')
      const loss = bayesianPersonalizedRanking(
        joined(scope, user, ofItems(positives), dropout),
        joined(scope, reshape(user, [batch, 1, widths[0]!]), ofItems(negatives), dropout),
      )
      return { loss: weightedMean(loss, counts) }
    },

    userVectors,
    scorer,
  }
}

function denseLayer(store: ParameterStore, layer: number, width: number): DenseLayer {
  const bias = store.find(`network/${layer}/bias`)?.data ?? new Float32Array(width)
  return { weight: store.get(`network/${layer}/weight`).data, bias }
}

/** DeepModel as a kind of recommender. */
export const deepmodelKind: RecommenderKind<DeepmodelConfig> = {
  name: 'deepmodel',
  summary:
    'perceptron over one vector per user and item by BPR, blind to order (as in AFRL; Cheng et al. 2016)',
  schema: deepmodelSchema,
  training: { batchTokens: 8192, optimizer: { learningRate: 5e-3, beta2: 0.999, weightDecay: 1e-6 } },
  presets: {
    fast: { training: { maxMinutes: 11 } },
    paper: {
      training: {
        batchTokens: 1024,
        epochs: 500,
        evaluateEvery: 1,
        patience: 10,
        warmupSteps: 0,
        optimizer: { kind: 'adam', learningRate: 1e-3, beta2: 0.999, weightDecay: 1e-8 },
      },
    },
  },
  create: deepmodel,
}
