import { z } from 'zod'

import { constant, truncatedNormal } from '../graph/initializers.js'
import { add, cast, gelu, greater, less, maximum, mul, sub } from '../graph/ops/elementwise.js'
import { gather } from '../graph/ops/indexing.js'
import { sum } from '../graph/ops/reduction.js'
import { concat, reshape, slice } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticDim, type Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { multiHeadAttention } from '../layers/attention.js'
import { embeddingTable, lazyTableValues } from '../layers/embedding.js'
import { feedForward } from '../layers/feed-forward.js'
import { promptPrefix, unadapted, type Insertions } from '../layers/insertions.js'
import { linear } from '../layers/linear.js'
import { newestState } from '../layers/newest-state.js'
import { layerNorm } from '../layers/norm.js'
import type { CatalogueSize } from './recommender.js'

/** Settings of BERT4Rec. */
export const bert4recSchema = z
  .strictObject({
    historyLength: z
      .int()
      .min(1)
      .max(4095)
      .default(199)
      .describe('newest interactions that a query reads; [MASK] takes one more position'),
    hiddenSize: z.int().min(1).max(4096).default(128).describe('width of the transformer'),
    numBlocks: z.int().min(1).max(64).default(2).describe('transformer blocks'),
    numHeads: z.int().min(1).max(64).default(2).describe('attention heads; divide hiddenSize'),
    feedForwardFactor: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe('width of the feed-forward network, in hidden sizes'),
    norm: z
      .enum(['pre', 'post', 'output'])
      .default('pre')
      .describe(
        'layer norm before a sub-layer, after the residual sum, or on the output of a sub-layer alone',
      ),
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.1)
      .describe('share of values dropped after the embedding and each sub-layer'),
    objective: z
      .enum(['cloze', 'nextItemBpr'])
      .default('cloze')
      .describe('predict masked items, or rank the next item above one other without any mask'),
    maskShare: z.number().gt(0).lt(1).default(0.2).describe('masked share of a window (cloze)'),
    lastItemShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('share of windows whose newest item is surely masked, as in a query (cloze)'),
    replacement: z
      .enum(['mask', 'bert'])
      .default('mask')
      .describe('what stands for a masked item: always [MASK], or 80 % [MASK], 10 % any item, 10 % itself'),
    numNegatives: z
      .int()
      .min(1)
      .default(4096)
      .describe('negatives shared by a batch; a catalogue that is not larger gets the full softmax (cloze)'),
  })
  .refine(({ hiddenSize, numHeads }) => hiddenSize % numHeads === 0, {
    path: ['numHeads'],
    message: 'must divide hiddenSize',
  })

/** Settings of BERT4Rec with defaults filled in. */
export type Bert4recConfig = z.output<typeof bert4recSchema>

const initializer = truncatedNormal(0.02)

/** Positions of the transformer, so the longest window: the history, and [MASK] where the objective has one. */
export function bert4recPositions({ objective, historyLength }: Bert4recConfig): number {
  return objective === 'cloze' ? historyLength + 1 : historyLength
}

/** Masked items of a window of `length` items: the share rounded, at least one. */
export function maskedCount({ maskShare }: Bert4recConfig, length: number): number {
  return Math.max(1, Math.round(maskShare * length))
}

/** What the transformer reads, right-padded; made by {@link Bert4rec.sequence} or {@link Bert4rec.query}. */
export interface Bert4recSequence {
  /** `[batch, time, hiddenSize]`: of items, of [MASK], or 0 for padding. */
  readonly vectors: Tensor
  /** float32 `[batch, time]`, 0 for padding. */
  readonly keyMask: Tensor
  /** int32 `[batch, time]`, items from here to the newest one or to [MASK]; padding has any. */
  readonly distances: Tensor
}

/**
 * BERT4Rec (Sun et al. 2019): a transformer that looks both ways. It is trained to fill in masked items and asked for
 * the item at a [MASK] behind the history; equation numbers are those of the paper.
 *
 * Departures from the paper: layer norm comes before each sub-layer (`norm: 'post'` is the paper's) and follows the
 * projection of the output, as in the authors' code; linear layers start Xavier uniform (from N(0, 0.02^2) learning
 * hardly begins in the first epochs) and the feed-forward network is half as wide; dropout acts on the embeddings and
 * on each sub-layer's output, not on attention weights; positions count back from the query, so that padding, which
 * attention does not see, moves nobody. `objective: 'nextItemBpr'` with `norm: 'output'` is the "BERT4rec" of AFRL: no
 * mask, no projection, the state at the newest item is the user vector.
 */
export interface Bert4rec {
  /** Width of user vectors: the hidden size, and for `cloze` a 1 that meets the item's bias. */
  readonly dimension: number
  /**
   * A window for training: ids `[batch, time]` with 0 for [MASK] and for padding, and the int32 number of items of
   * each row, masked ones included, `[batch]`.
   */
  sequence(scope: Scope, items: Tensor, lengths: Tensor): Bert4recSequence
  /** A query of ids `[batch, time]` with 0 for padding; for `cloze` [MASK] comes in one more column at the end. */
  query(scope: Scope, items: Tensor): Bert4recSequence
  /** The states of a sequence, `[batch, time, hiddenSize]`. */
  forward(scope: Scope, sequence: Bert4recSequence, insertions?: Insertions): Tensor
  /** What is multiplied with {@link Bert4rec.outputs}, `[rows, hiddenSize]` to `[rows, dimension]`. */
  predictions(scope: Scope, states: Tensor): Tensor
  /** Tables `[numItems + 1, ...]` whose rows side by side are the item vectors: the items' and, for `cloze`, their biases. */
  itemTables(scope: Scope): [Tensor, ...Tensor[]]
  /** Item vectors `[..., dimension]` by ids `[...]`, an input of the trace. */
  outputs(scope: Scope, ids: Tensor): Tensor
  /**
   * User vectors `[batch, dimension]` of a query `[batch, time]`, right-padded. An empty row asks what anybody would
   * see next; for `nextItemBpr` it gives 0.
   */
  userVectors(scope: Scope, items: Tensor, insertions?: Insertions): Tensor
}

/** BERT4Rec over a catalogue. */
export function bert4rec(config: Bert4recConfig, { numItems }: CatalogueSize): Bert4rec {
  const { hiddenSize, numBlocks, numHeads, feedForwardFactor, norm, dropout, objective } = config
  const cloze = objective === 'cloze'
  const rows = numItems + 1
  const update = rows * hiddenSize > lazyTableValues ? 'lazy' : 'dense'
  const itemTable = (scope: Scope): Tensor => {
    return embeddingTable(scope.child('items'), { rows, width: hiddenSize, initializer, update })
  }
  const lookup = (scope: Scope, ids: Tensor): Tensor => scope.lookup(itemTable(scope), ids)
  /** `[1, 1, hiddenSize]` */
  const mask = (scope: Scope): Tensor =>
    scope.child('mask').parameter('weight', [1, 1, hiddenSize], initializer)
  const sequence = (scope: Scope, items: Tensor, lengths: Tensor): Bert4recSequence => {
    const columns = columnNumbers(items)
    const counts = reshape(cast(lengths, 'float32'), [...lengths.shape, 1])
    const keyMask = cast(less(columns, counts), 'float32')
    const distances = cast(maximum(sub(add(counts, -1), columns), 0), 'int32')
    const vectors = lookup(scope, items)
    if (!cloze) return { vectors, keyMask, distances }
    const masked = sub(keyMask, real(items))
    return { vectors: add(vectors, mul(mask(scope), column(masked))), keyMask, distances }
  }
  const query = (scope: Scope, items: Tensor): Bert4recSequence => {
    const keyMask = real(items)
    const counts = sum(keyMask, { axes: [1], keepDims: true })
    if (!cloze) return sequence(scope, items, cast(reshape(counts, counts.shape.slice(0, 1)), 'int32'))
    // [batch, 1]; made from the query because the number of rows may be symbolic
    const one = add(mul(counts, 0), 1)
    const distances = concat([maximum(sub(counts, columnNumbers(items)), 0), add(one, -1)], 1)
    return {
      vectors: concat([lookup(scope, items), mul(mask(scope), column(one))], 1),
      keyMask: concat([keyMask, one], 1),
      distances: cast(distances, 'int32'),
    }
  }
  /** Equation 4 or 5 with the layer norm where the settings want it. */
  const residual = (
    scope: Scope,
    x: Tensor,
    subLayer: (input: Tensor) => Tensor,
    adapt: (output: Tensor, residual: Tensor) => Tensor,
  ): Tensor => {
    const normalize = (y: Tensor): Tensor => layerNorm(scope.child('norm'), y)
    if (norm === 'pre') return add(x, adapt(scope.dropout(subLayer(normalize(x)), dropout), x))
    if (norm === 'post') return normalize(add(x, adapt(scope.dropout(subLayer(x), dropout), x)))
    return add(x, adapt(scope.dropout(normalize(subLayer(x)), dropout), x))
  }
  const forward = (
    scope: Scope,
    { vectors, keyMask, distances }: Bert4recSequence,
    { prompts, adapt = unadapted }: Insertions = {},
  ): Tensor => {
    const size = [bert4recPositions(config), hiddenSize]
    const positions = scope.child('positions').parameter('weight', size, initializer)
    // Section 3.4: h0 = v + p
    const embedded = layerNorm(scope.child('embeddingNorm'), add(vectors, gather(positions, distances)))
    let x = scope.dropout(embedded, dropout)
    for (let index = 0; index < numBlocks; index++) {
      const block = scope.child(`block${index}`)
      const attention = block.child('attention')
      const attend = (input: Tensor): Tensor => {
        const rows = prompts?.(index)
        const entering = rows && norm === 'pre' ? layerNorm(attention.child('norm'), rows) : rows
        const prefix = entering && promptPrefix(attention, entering, input)
        return multiHeadAttention(attention, input, input, {
          heads: numHeads,
          keyMask,
          ...(prefix && { prefix }),
        })
      }
      x = residual(attention, x, attend, (output, entered) => adapt(index, 'attention', output, entered))
      const network = block.child('feedForward')
      const hidden = feedForwardFactor * hiddenSize
      const transform = (input: Tensor): Tensor => feedForward(network, input, { hidden, activation: 'gelu' })
      x = residual(network, x, transform, (output, entered) => adapt(index, 'feedForward', output, entered))
    }
    return norm === 'pre' ? layerNorm(scope.child('finalNorm'), x) : x
  }
  const predictions = (scope: Scope, states: Tensor): Tensor => {
    if (!cloze) return states
    // Equation 7: GELU(h W + b), to be multiplied with the item table, and a bias per item
    const head = scope.child('head')
    const projected = layerNorm(head.child('norm'), gelu(linear(head, states, hiddenSize)))
    return concat([projected, add(mul(slice(projected, 1, 0, 1), 0), 1)], 1)
  }
  const itemTables = (scope: Scope): [Tensor, ...Tensor[]] => {
    if (!cloze) return [itemTable(scope)]
    const options = { rows, width: 1, initializer: constant(0), update } as const
    return [itemTable(scope), embeddingTable(scope.child('itemBias'), options)]
  }
  const outputs = (scope: Scope, ids: Tensor): Tensor => {
    const [vectors, biases] = itemTables(scope).map((table) => scope.lookup(table, ids))
    return biases ? concat([vectors!, biases], -1) : vectors!
  }
  const userVectors = (scope: Scope, items: Tensor, insertions?: Insertions): Tensor => {
    const asked = query(scope, items)
    const states = forward(scope, asked, insertions)
    if (!cloze) return newestState(states, items)
    const [batch, time, width] = states.shape as readonly [Dim, number, Dim]
    return predictions(scope, reshape(slice(states, 1, time - 1, time), [batch, width]))
  }
  const dimension = cloze ? hiddenSize + 1 : hiddenSize
  return { dimension, sequence, query, forward, predictions, itemTables, outputs, userVectors }
}

/** float32, 1 where an id is none of padding. */
function real(ids: Tensor): Tensor {
  return cast(greater(ids, 0), 'float32')
}

/** `[...]` as `[..., 1]`. */
function column(x: Tensor): Tensor {
  return reshape(x, [...x.shape, 1])
}

/** float32 `[1, time]`: 0, 1, ... for ids `[batch, time]`. */
function columnNumbers(ids: Tensor): Tensor {
  const time = staticDim('bert4rec', ids.shape, 1)
  return ids.graph.sharedConstant(`columns${time}`, () => {
    const numbers = Float32Array.from({ length: time }, (_, index) => index)
    return ids.graph.constant(numbers, 'float32', [1, time])
  })
}
