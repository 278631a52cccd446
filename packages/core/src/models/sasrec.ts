import { z } from 'zod'

import { truncatedNormal } from '../graph/initializers.js'
import { add, cast, greater, mul, softplus, sub } from '../graph/ops/elementwise.js'
import { replaceAlongLast, takeTimeStep } from '../graph/ops/indexing.js'
import { dot, matmul } from '../graph/ops/linear-algebra.js'
import { logSumExp, weightedMean } from '../graph/ops/reduction.js'
import { reshape, slice } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticDim, type Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { multiHeadAttention } from '../layers/attention.js'
import { embeddingTable } from '../layers/embedding.js'
import { feedForward } from '../layers/feed-forward.js'
import { layerNorm } from '../layers/norm.js'

/** Settings of SASRec. */
export const sasrecSchema = z.strictObject({
  historyLength: z.int().min(1).max(4096).default(200).describe('newest interactions that are read'),
  hiddenSize: z.int().min(1).max(4096).default(128),
  numBlocks: z.int().min(1).max(64).default(2),
  numHeads: z.int().min(1).max(64).default(2),
  dropout: z.number().min(0).lt(1).default(0.2),
  loss: z
    .enum(['sampledSoftmax', 'bce'])
    .default('sampledSoftmax')
    .describe(
      'softmax over the target and shared uniform negatives, or binary cross-entropy with one negative',
    ),
  numNegatives: z
    .int()
    .min(1)
    .default(512)
    .describe('negatives shared by a batch; the whole catalogue if it is smaller (sampledSoftmax)'),
})

/** Settings of SASRec with defaults filled in. */
export type SasrecConfig = z.output<typeof sasrecSchema>

const initializer = truncatedNormal(0.02)

/**
 * SASRec (Kang and McAuley 2018): a causal transformer over the user's history whose state at the
 * newest item is scored against the item table by inner product (equation 6).
 *
 * Departures from the paper: layer norm comes before each sub-layer for queries, keys and values
 * alike and once more at the end (pre-norm), the residual carries the unnormalised sum; dropout acts
 * on the embeddings and on each sub-layer's output, not on attention weights; histories are padded
 * on the right, so that the causal mask alone keeps padding out of every real position; the default
 * loss is a sampled softmax.
 */
export interface Sasrec {
  /** Item table `[numItems + 1, hiddenSize]`; row 0 is padding. Also the output table. */
  itemTable(scope: Scope): Tensor
  /** Embeds item ids `[batch, time]` with their positions: `[batch, time, hiddenSize]`. */
  embed(scope: Scope, items: Tensor): Tensor
  /** The transformer over embeddings: `[batch, time, hiddenSize]` to states of the same shape. */
  forwardFromEmbeddings(scope: Scope, embeddings: Tensor): Tensor
  /** User vectors `[batch, hiddenSize]`: the state at each history's newest item. */
  userVectors(scope: Scope, items: Tensor, lastPositions: Tensor): Tensor
}

/** SASRec over a catalogue of `numItems`. */
export function sasrec(config: SasrecConfig, numItems: number): Sasrec {
  const { historyLength, hiddenSize, numBlocks, numHeads, dropout } = config
  const itemTable = (scope: Scope): Tensor => {
    return embeddingTable(scope.child('items'), { rows: numItems + 1, width: hiddenSize, initializer })
  }
  const embed = (scope: Scope, items: Tensor): Tensor => {
    const time = staticDim('sasrec', items.shape, 1)
    const positions = scope.child('positions').parameter('weight', [historyLength, hiddenSize], initializer)
    const embedded = scope.lookup(itemTable(scope), items)
    // Equation 1: E_hat = M_s + P
    return scope.dropout(add(mul(embedded, Math.sqrt(hiddenSize)), slice(positions, 0, 0, time)), dropout)
  }
  const forwardFromEmbeddings = (scope: Scope, embeddings: Tensor): Tensor => {
    let x = embeddings
    for (let index = 0; index < numBlocks; index++) {
      const block = scope.child(`block${index}`)
      const normalized = layerNorm(block.child('attentionNorm'), x)
      const attended = multiHeadAttention(block.child('attention'), normalized, normalized, {
        heads: numHeads,
        causal: true,
        initializer,
      })
      x = add(x, scope.dropout(attended, dropout))
      const transformed = feedForward(
        block.child('feedForward'),
        layerNorm(block.child('feedForwardNorm'), x),
        {
          initializer,
        },
      )
      x = add(x, scope.dropout(transformed, dropout))
    }
    return layerNorm(scope.child('finalNorm'), x)
  }
  return {
    itemTable,
    embed,
    forwardFromEmbeddings,
    userVectors(scope, items, lastPositions) {
      return takeTimeStep(forwardFromEmbeddings(scope, embed(scope, items)), lastPositions)
    },
  }
}

/** Shape of one training batch. */
export interface SasrecBatchShape {
  readonly batch: number
  readonly time: number
}

/**
 * The training objective at every position: the mean over real positions of the loss of the next item.
 *
 * Inputs, int32: `history` and `targets` `[batch, time]` (0 = padding), and for `bce` `negatives`
 * `[batch, time]`, for `sampledSoftmax` `negatives` `[min(numNegatives, numItems)]` shared by the batch, all
 * different, with `hits` `[batch, time]`: the place of the target among the negatives, or -1.
 */
export function sasrecObjective(
  scope: Scope,
  config: SasrecConfig,
  numItems: number,
  { batch, time }: SasrecBatchShape,
): { readonly loss: Tensor } {
  const model = sasrec(config, numItems)
  const history = scope.input('history', 'int32', [batch, time])
  const targets = scope.input('targets', 'int32', [batch, time])
  const states = model.forwardFromEmbeddings(scope, model.embed(scope, history))
  const table = model.itemTable(scope)
  const positive = dot(states, scope.lookup(table, targets))
  const weights = cast(greater(targets, 0), 'float32')
  const perPosition =
    config.loss === 'bce'
      ? binaryCrossEntropy(scope, states, positive, table)
      : sampledSoftmax(scope, Math.min(config.numNegatives, numItems), states, positive, table)
  return { loss: weightedMean(perPosition, weights) }
}

/** `-log sigmoid(positive) - log(1 - sigmoid(negative))`, equation 7 with one negative per position. */
function binaryCrossEntropy(scope: Scope, states: Tensor, positive: Tensor, table: Tensor): Tensor {
  const negatives = scope.input('negatives', 'int32', positive.shape)
  const negative = dot(states, scope.lookup(table, negatives))
  return add(softplus(mul(positive, -1)), softplus(negative))
}

/** `-log(e^positive / (e^positive + sum of e^negative))` with negatives equal to the target left out. */
function sampledSoftmax(
  scope: Scope,
  count: number,
  states: Tensor,
  positive: Tensor,
  table: Tensor,
): Tensor {
  const [batch, time, width] = states.shape as readonly [number, number, Dim]
  const rows = batch * time
  const negatives = scope.lookup(table, scope.input('negatives', 'int32', [count]))
  const hits = scope.input('hits', 'int32', [batch, time])
  const scores = matmul(reshape(states, [rows, width]), negatives, { transposeB: true })
  const others = logSumExp(replaceAlongLast(scores, reshape(hits, [rows]), -1e9))
  return softplus(sub(reshape(others, [batch, time]), positive))
}
