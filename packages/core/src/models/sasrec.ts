import { z } from 'zod'

import { truncatedNormal } from '../graph/initializers.js'
import { add, mul } from '../graph/ops/elementwise.js'
import { reshape, slice } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticDim, type Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { multiHeadAttention } from '../layers/attention.js'
import { embeddingTable } from '../layers/embedding.js'
import { feedForward } from '../layers/feed-forward.js'
import { promptPrefix, unadapted, type Insertions } from '../layers/insertions.js'
import { newestItems, type NewestItems } from '../layers/newest-state.js'
import { layerNorm } from '../layers/norm.js'
import { nextItemInputs, nextItemLoss, nextItemSettings } from '../training/next-item-objective.js'
import { planEpoch } from '../training/sequence-batches.js'
import type { BatchShape, CatalogueSize, Passage, Recommender, RecommenderKind } from './recommender.js'
import { innerProduct } from './scorer.js'

/** Settings of SASRec. */
export const sasrecSchema = z
  .strictObject({
    historyLength: z.int().min(1).max(4096).default(200).describe('newest interactions that are read'),
    hiddenSize: z.int().min(1).max(4096).default(128).describe('width of user and item vectors'),
    numBlocks: z.int().min(1).max(64).default(2).describe('transformer blocks'),
    numHeads: z.int().min(1).max(64).default(2).describe('attention heads; divide hiddenSize'),
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.2)
      .describe('share of values dropped after the embedding and each sub-layer'),
    ...nextItemSettings,
  })
  .refine(({ hiddenSize, numHeads }) => hiddenSize % numHeads === 0, {
    path: ['numHeads'],
    message: 'must divide hiddenSize',
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
 * loss is a sampled softmax, the paper's own is `bce` with one negative per position.
 */
export interface Sasrec {
  /** Item table `[numItems + 1, hiddenSize]`; row 0 is padding. Also the output table. */
  itemTable(scope: Scope): Tensor
  /** Embeds item ids `[batch, time]` with their positions: `[batch, time, hiddenSize]`. */
  embed(scope: Scope, items: Tensor): Tensor
  /** The transformer over embeddings: `[batch, time, hiddenSize]` to states of the same shape. */
  forwardFromEmbeddings(scope: Scope, embeddings: Tensor, insertions?: Insertions): Tensor
  /** User vectors `[batch, hiddenSize]` of histories `[batch, time]`: the state at the newest item, zero without one. */
  userVectors(scope: Scope, items: Tensor, insertions?: Insertions): Tensor
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
  /** The block of a number: the states `x` attend to themselves, or `newest.of(x)`, of the newest items, to the real ones. */
  const transform = (
    scope: Scope,
    index: number,
    x: Tensor,
    { prompts, adapt = unadapted }: Insertions,
    newest?: NewestItems,
  ): Tensor => {
    const block = scope.child(`block${index}`)
    const normalize = (rows: Tensor): Tensor => layerNorm(block.child('attentionNorm'), rows)
    const memory = normalize(x)
    const attention = block.child('attention')
    const prefix = prompts && promptPrefix(attention, normalize(prompts(index)), memory, initializer)
    const options = { heads: numHeads, initializer, ...(prefix && { prefix }) }
    const attended = newest
      ? multiHeadAttention(attention, newest.of(memory), memory, { ...options, keyMask: newest.isReal })
      : multiHeadAttention(attention, memory, memory, { ...options, causal: true })
    const entering = newest ? newest.of(x) : x
    const attending = add(entering, adapt(index, 'attention', scope.dropout(attended, dropout), entering))
    const normalized = layerNorm(block.child('feedForwardNorm'), attending)
    const transformed = feedForward(block.child('feedForward'), normalized, { initializer })
    return add(attending, adapt(index, 'feedForward', scope.dropout(transformed, dropout), attending))
  }
  const forwardFromEmbeddings = (scope: Scope, embeddings: Tensor, insertions: Insertions = {}): Tensor => {
    let x = embeddings
    for (let index = 0; index < numBlocks; index++) x = transform(scope, index, x, insertions)
    return layerNorm(scope.child('finalNorm'), x)
  }
  return {
    itemTable,
    embed,
    forwardFromEmbeddings,
    userVectors(scope, items, insertions = {}) {
      // Of the last block nobody asks for older states, so only their keys and values are computed.
      const newest = newestItems(items)
      let x = embed(scope, items)
      for (let index = 0; index < numBlocks; index++) {
        x = transform(scope, index, x, insertions, index === numBlocks - 1 ? newest : undefined)
      }
      const states = layerNorm(scope.child('finalNorm'), x)
      return mul(reshape(states, [items.shape[0] as Dim, hiddenSize]), newest.exists)
    },
  }
}

/**
 * The training objective: the mean loss of the next item over all positions that have one.
 *
 * Inputs, int32: `history` `[batch, time]` (0 = padding) and those of {@link nextItemLoss}.
 */
export function sasrecObjective(
  scope: Scope,
  config: SasrecConfig,
  numItems: number,
  { batch, time }: BatchShape,
  passage?: Passage,
): { readonly loss: Tensor } {
  const model = sasrec(config, numItems)
  const history = scope.input('history', 'int32', [batch, time])
  const states = model.forwardFromEmbeddings(scope, model.embed(scope, history))
  return { loss: nextItemLoss(scope, config, numItems, states, model.itemTable(scope), passage) }
}

function sasrecRecommender(config: SasrecConfig, { numItems }: CatalogueSize): Recommender {
  const { historyLength, hiddenSize } = config
  const model = sasrec(config, numItems)
  const served = sasrec({ ...config, dropout: 0 }, numItems)
  return {
    dimension: hiddenSize,
    historyLength,
    planEpoch: (histories, batchTokens, rng) => planEpoch(histories, { historyLength, batchTokens }, rng),
    trainingInputs: (histories, plan, rng) => nextItemInputs(config, numItems, histories, plan, rng),
    objective: (scope, shape, passage) => sasrecObjective(scope, config, numItems, shape, passage),
    userVectors: (scope, query) => model.userVectors(scope, query),
    scorer: innerProduct({
      tables: (scope) => [model.itemTable(scope)],
      values: (store) => store.get('items/weight').data,
      dimension: hiddenSize,
    }),
    promptable: {
      numBlocks: config.numBlocks,
      width: hiddenSize,
      userVectors: (scope, query, insertions) => served.userVectors(scope, query, insertions),
      prefixVectors(scope, query, insertions) {
        return served.forwardFromEmbeddings(scope, served.embed(scope, query), insertions)
      },
    },
  }
}

/** SASRec as a kind of recommender. */
export const sasrecKind: RecommenderKind<SasrecConfig> = {
  name: 'sasrec',
  summary: 'causal transformer over the history (Kang and McAuley 2018)',
  schema: sasrecSchema,
  presets: {
    fast: { training: { maxMinutes: 11 } },
    paper: {
      model: { hiddenSize: 50, numHeads: 1, loss: 'bce' },
      training: { batchTokens: 25_600, warmupSteps: 0, patience: 20 },
    },
  },
  create: sasrecRecommender,
}
