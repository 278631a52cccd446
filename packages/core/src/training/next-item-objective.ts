import { z } from 'zod'

import type { Histories } from '../dataset.js'
import { cast, greater } from '../graph/ops/elementwise.js'
import { replaceAlongLast } from '../graph/ops/indexing.js'
import { dot, matmul } from '../graph/ops/linear-algebra.js'
import { weightedMean } from '../graph/ops/reduction.js'
import { reshape } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import type { BatchInputs, Passage, PlannedBatch } from '../models/recommender.js'
import type { Rng } from '../random.js'
import {
  bayesianPersonalizedRanking,
  binaryCrossEntropy,
  generalizedBinaryCrossEntropy,
  softmaxCrossEntropy,
} from './losses.js'
import { negativesPerPosition, sharedNegatives } from './negative-sampling.js'
import { nextItemBatch } from './sequence-batches.js'

/** Settings that every model shares that predicts the next item at each position; part of its own schema. */
export const nextItemSettings = {
  loss: z
    .enum(['sampledSoftmax', 'softmax', 'bce', 'bpr', 'gbce'])
    .default('sampledSoftmax')
    .describe(
      'softmax over the target and numNegatives items, softmax over all items, binary cross-entropy or BPR ' +
        'against negativesPerPosition items, or the generalised BCE of gSASRec against numNegatives items',
    ),
  numNegatives: z
    .int()
    .min(1)
    .default(512)
    .describe('negatives shared by a batch, at most the catalogue (sampledSoftmax, gbce)'),
  negativesPerPosition: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('negatives drawn for each position outside the history of its user (bce, bpr)'),
  gbceCalibration: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe('t of gBCE: 0 is plain BCE, 1 makes scores calibrated probabilities (gbce)'),
  targets: z
    .enum(['all', 'last'])
    .default('all')
    .describe('predict the next item at every position, or only the newest item of each history'),
} as const

const nextItemSchema = z.strictObject(nextItemSettings)

/** Values of {@link nextItemSettings}. */
export type NextItemConfig = z.output<typeof nextItemSchema>

/**
 * Inputs of {@link nextItemLoss} and the `history` `[batch, time]` that the states are computed from, int32.
 *
 * @param rng negatives are drawn from it.
 */
export function nextItemInputs(
  config: NextItemConfig,
  numItems: number,
  histories: Histories,
  plan: PlannedBatch,
  rng: Rng,
): BatchInputs {
  const { history, targets } = nextItemBatch(histories, plan, config.targets)
  if (config.loss === 'bce' || config.loss === 'bpr') {
    const { negativesPerPosition: count } = config
    const negatives = negativesPerPosition(histories, plan, targets, { numItems, count, rng })
    return { history, targets, negatives }
  }
  return {
    history,
    targets,
    ...sharedNegatives(numSharedNegatives(config, numItems), numItems, targets, rng),
  }
}

/**
 * The mean loss of the next item over all positions that have one.
 *
 * Declares int32 inputs: `targets` `[batch, time]` (0 = none), and for `bce` and `bpr` `negatives`
 * `[batch, time, negativesPerPosition]`, for the others `negatives` `[n]` shared by the batch, all different, with
 * `hits` `[batch, time]`: the place of the target among the negatives, or -1. A target never competes with itself.
 *
 * Departure of `gbce` from gSASRec: its negatives are shared by the batch, so that they are one matrix product.
 *
 * @param bareStates `[batch, time, d]`, static.
 * @param table item vectors `[numItems + 1, d]`, row 0 padding.
 * @param passage what the states go through before they are scored.
 */
export function nextItemLoss(
  scope: Scope,
  config: NextItemConfig,
  numItems: number,
  bareStates: Tensor,
  table: Tensor,
  passage: Passage = (vectors) => vectors,
): Tensor {
  const [batch, time, width] = bareStates.shape as readonly [number, number, number]
  const targets = scope.input('targets', 'int32', [batch, time])
  const weights = cast(greater(targets, 0), 'float32')
  const states = passage(bareStates, weights)
  const positive = dot(states, scope.lookup(table, targets))
  const rows = batch * time

  const ownNegatives = (): Tensor => {
    const count = config.negativesPerPosition
    const vectors = scope.lookup(table, scope.input('negatives', 'int32', [batch, time, count]))
    if (count === 1) return reshape(dot(states, reshape(vectors, states.shape)), [batch, time, 1])
    const scores = matmul(reshape(states, [rows, 1, width]), reshape(vectors, [rows, count, width]), {
      transposeB: true,
    })
    return reshape(scores, [batch, time, count])
  }
  const numNegatives = numSharedNegatives(config, numItems)
  const batchNegatives = (): Tensor => {
    const vectors = scope.lookup(table, scope.input('negatives', 'int32', [numNegatives]))
    const hits = scope.input('hits', 'int32', [batch, time])
    const scores = matmul(reshape(states, [rows, width]), vectors, { transposeB: true })
    const others = replaceAlongLast(scores, reshape(hits, [rows]), -1e9)
    return reshape(others, [batch, time, numNegatives])
  }
  const perPosition = (): Tensor => {
    switch (config.loss) {
      case 'bce':
        return binaryCrossEntropy(positive, ownNegatives())
      case 'bpr':
        return bayesianPersonalizedRanking(positive, ownNegatives())
      case 'gbce': {
        const calibration = config.gbceCalibration
        const options = { numNegatives, numItems, calibration }
        return generalizedBinaryCrossEntropy(positive, batchNegatives(), options)
      }
      case 'softmax':
      case 'sampledSoftmax':
        return softmaxCrossEntropy(positive, batchNegatives())
    }
  }
  return weightedMean(perPosition(), weights)
}

function numSharedNegatives({ loss, numNegatives }: NextItemConfig, numItems: number): number {
  return loss === 'softmax' ? numItems : Math.min(numNegatives, numItems)
}
