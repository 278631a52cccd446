import { cast, greater, sub } from '../graph/ops/elementwise.js'
import { gather, replaceAlongLast } from '../graph/ops/indexing.js'
import { dot, matmul } from '../graph/ops/linear-algebra.js'
import { logSumExp, weightedMean } from '../graph/ops/reduction.js'
import { reshape } from '../graph/ops/shaping.js'
import type { ParameterStore } from '../graph/parameter-store.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import { bayesianPersonalizedRanking, softmaxCrossEntropy } from '../training/losses.js'
import { negativesPerPosition, sharedNegatives } from '../training/negative-sampling.js'
import { clozeBatch, lastTargetBatch, planClozeEpoch, planNextItemEpoch } from './bert4rec-batches.js'
import { bert4rec, maskedCount, bert4recPositions, bert4recSchema, type Bert4recConfig } from './bert4rec.js'
import type { BatchShape, CatalogueSize, Passage, Recommender, RecommenderKind } from './recommender.js'
import { innerProduct } from './scorer.js'

/**
 * The training objective, a mean over what is predicted: for `cloze` cross-entropy at the masked positions (equation 8)
 * over the whole catalogue or over the target and shared negatives; for `nextItemBpr`
 * `-log sigmoid(positive - negative)` of the state at the newest item.
 *
 * Inputs, int32: `history` `[batch, time]` and, for `cloze`, `lengths` `[batch]` as in {@link Bert4rec.sequence},
 * `targets` and `maskedAt` `[batch * maskedCount(time)]` (0 = none; places in the flattened history), `negatives`
 * `[min(numNegatives, numItems)]`, and unless these are the catalogue `hits`, as many as targets: the place of the
 * target among the negatives, or -1. For `nextItemBpr` `targets` and `negatives` `[batch]`.
 */
export function bert4recObjective(
  scope: Scope,
  config: Bert4recConfig,
  size: CatalogueSize,
  { batch, time }: BatchShape,
  passage: Passage = (vectors) => vectors,
): { readonly loss: Tensor } {
  const model = bert4rec(config, size)
  const history = scope.input('history', 'int32', [batch, time])
  if (config.objective === 'nextItemBpr') {
    const targets = scope.input('targets', 'int32', [batch])
    const user = passage(model.userVectors(scope, history), real(targets))
    const positive = dot(user, model.outputs(scope, targets))
    const negative = dot(user, model.outputs(scope, scope.input('negatives', 'int32', [batch])))
    const losses = bayesianPersonalizedRanking(positive, reshape(negative, [batch, 1]))
    return { loss: weightedMean(losses, real(targets)) }
  }
  const masked = batch * maskedCount(config, time)
  const count = Math.min(config.numNegatives, size.numItems)
  const lengths = scope.input('lengths', 'int32', [batch])
  const targets = scope.input('targets', 'int32', [masked])
  const maskedAt = scope.input('maskedAt', 'int32', [masked])
  const negatives = scope.input('negatives', 'int32', [count])
  const states = model.forward(scope, model.sequence(scope, history, lengths))
  // [masked, dimension]: only masked positions are projected and scored
  const atMasks = gather(reshape(states, [batch * time, config.hiddenSize]), maskedAt)
  const predicted = passage(model.predictions(scope, atMasks), real(targets))
  const positive = dot(predicted, model.outputs(scope, targets))
  const scores = matmul(predicted, model.outputs(scope, negatives), { transposeB: true })
  if (count === size.numItems) {
    return { loss: weightedMean(sub(logSumExp(scores), positive), real(targets)) }
  }
  const hits = scope.input('hits', 'int32', [masked])
  const losses = softmaxCrossEntropy(positive, replaceAlongLast(scores, hits, -1e9))
  return { loss: weightedMean(losses, real(targets)) }
}

/** float32, 1 where there is a target. */
function real(targets: Tensor): Tensor {
  return cast(greater(targets, 0), 'float32')
}

function bert4recRecommender(config: Bert4recConfig, size: CatalogueSize): Recommender {
  const { numItems } = size
  const { historyLength, objective, numNegatives } = config
  const positions = bert4recPositions(config)
  const cloze = objective === 'cloze'
  const model = bert4rec(config, size)
  const served = bert4rec({ ...config, dropout: 0 }, size)
  const everyItem = (): Int32Array => Int32Array.from({ length: numItems }, (_, index) => index + 1)
  return {
    dimension: model.dimension,
    historyLength,
    planEpoch(histories, batchTokens, rng) {
      const plan = cloze ? planClozeEpoch : planNextItemEpoch
      return plan(histories, positions, batchTokens, rng)
    },
    trainingInputs(histories, plan, rng) {
      if (!cloze) {
        const { history, targets } = lastTargetBatch(histories, plan)
        const rows = { users: plan.users, batch: plan.batch, time: 1 }
        const negatives = negativesPerPosition(histories, rows, targets, { numItems, count: 1, rng })
        return { history, targets, negatives }
      }
      const batch = clozeBatch(histories, plan, config, numItems, rng)
      if (numNegatives >= numItems) return { ...batch, negatives: everyItem() }
      return { ...batch, ...sharedNegatives(numNegatives, numItems, batch.targets, rng) }
    },
    objective: (scope, shape, passage) => bert4recObjective(scope, config, size, shape, passage),
    userVectors: (scope, query) => model.userVectors(scope, query),
    scorer: innerProduct({
      tables: (scope) => model.itemTables(scope),
      values: (store) => itemVectors(store, config.hiddenSize, cloze),
      dimension: model.dimension,
    }),
    promptable: {
      numBlocks: config.numBlocks,
      width: config.hiddenSize,
      userVectors: (scope, query, insertions) => served.userVectors(scope, query, insertions),
    },
  }
}

/** The item table, live, or for `cloze` a copy with each item's bias as one more column. */
function itemVectors(store: ParameterStore, width: number, biased: boolean): Float32Array {
  const table = store.get('items/weight').data
  if (!biased) return table
  const biases = store.get('itemBias/weight').data
  const vectors = new Float32Array(table.length + biases.length)
  biases.forEach((bias, item) => {
    vectors.set(table.subarray(item * width, (item + 1) * width), item * (width + 1))
    vectors[item * (width + 1) + width] = bias
  })
  return vectors
}

/** BERT4Rec as the recommender `bert4rec`. */
export const bert4recKind: RecommenderKind<Bert4recConfig> = {
  name: 'bert4rec',
  summary: 'BERT4Rec (Sun et al. 2019): a transformer that looks both ways, trained to fill in masked items',
  schema: bert4recSchema,
  // A window gives a fifth of its items as targets: training is long, and its progress between evaluations small.
  training: { epochs: 1000, evaluateEvery: 8, patience: 6 },
  presets: {
    fast: {
      model: {
        historyLength: 99,
        hiddenSize: 64,
        feedForwardFactor: 2,
        lastItemShare: 0.8,
        numNegatives: 512,
      },
      training: { maxMinutes: 11 },
    },
    // Section 4.3 and the authors' settings for MovieLens-1M
    paper: {
      model: {
        hiddenSize: 64,
        feedForwardFactor: 4,
        norm: 'post',
        dropout: 0.2,
        lastItemShare: 0.1,
        replacement: 'bert',
      },
      training: {
        batchTokens: 51_200,
        optimizer: { kind: 'adamw', learningRate: 1e-4, weightDecay: 0.01 },
      },
    },
    // The base model "BERT4rec" of AFRL
    afrl: {
      model: {
        objective: 'nextItemBpr',
        historyLength: 100,
        hiddenSize: 64,
        numBlocks: 1,
        numHeads: 1,
        feedForwardFactor: 1,
        norm: 'output',
        dropout: 0.2,
      },
      training: {
        batchTokens: 102_400,
        optimizer: { kind: 'adam', learningRate: 1e-3, weightDecay: 1e-8 },
      },
    },
  },
  create: bert4recRecommender,
}
