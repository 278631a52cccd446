import { cast, greater } from '../../graph/ops/elementwise.js'
import { replaceAlongLast } from '../../graph/ops/indexing.js'
import { weightedMean } from '../../graph/ops/reduction.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { BatchInputs } from '../../models/recommender.js'
import type { Rng } from '../../random.js'
import { bayesianPersonalizedRanking, softmaxCrossEntropy } from '../../training/losses.js'
import { sharedNegatives } from '../../training/negative-sampling.js'
import type { FrozenScorer } from './frozen-scorer.js'
import type { VeilTrainingConfig } from './veil-settings.js'

type LossSettings = Pick<VeilTrainingConfig, 'loss' | 'numNegatives'>

/** Inputs of {@link recommendationLoss}: the targets, and negatives drawn from `rng`. */
export function recommendationInputs(
  settings: LossSettings,
  numItems: number,
  targets: Int32Array,
  rng: Rng,
): BatchInputs {
  return { targets, ...sharedNegatives(numNegatives(settings, numItems), numItems, targets, rng) }
}

/** The int32 inputs that {@link recommendationInputs} fills. */
export interface RecommendationTargets {
  /** `[batch]`, 0 = none. */
  readonly targets: Tensor
  /** `[n]`, all different. */
  readonly negatives: Tensor
  /** `[batch]`, place of the target among the negatives, or -1. */
  readonly hits: Tensor
}

/** Declares the inputs of {@link recommendationLoss}, `targets`, `negatives` and `hits`. */
export function recommendationTargets(
  scope: Scope,
  batch: number,
  settings: LossSettings,
  numItems: number,
): RecommendationTargets {
  return {
    targets: scope.input('targets', 'int32', [batch]),
    negatives: scope.input('negatives', 'int32', [numNegatives(settings, numItems)]),
    hits: scope.input('hits', 'int32', [batch]),
  }
}

/**
 * How well vectors predict what came next as the frozen recommender scores them: a softmax over the target and negatives
 * that the batch shares, or BPR against them; the mean over the rows that have a target. A target never competes with
 * itself.
 *
 * Departure of `bpr` from the papers: they draw one negative for each row; here each row meets all that the batch shares,
 * {@link numBprNegatives}, and the mean over them is the same in expectation.
 *
 * @param vectors `[batch, dimension]`, static.
 */
export function recommendationLoss(
  scope: Scope,
  vectors: Tensor,
  { targets, negatives, hits }: RecommendationTargets,
  scorer: FrozenScorer,
  { loss }: LossSettings,
): Tensor {
  const positive = scorer.one(scope, vectors, targets)
  const scores = scorer.shared(scope, vectors, negatives)
  // What is left out must not change the loss: in BPR a score far below the target adds nothing.
  const others = replaceAlongLast(scores, hits, -1e9)
  const perRow = loss === 'bpr' ? bayesianPersonalizedRanking : softmaxCrossEntropy
  return weightedMean(perRow(positive, others), cast(greater(targets, 0), 'float32'))
}

/** Negatives that a batch shares under BPR. */
const numBprNegatives = 64

function numNegatives({ loss, numNegatives: wanted }: LossSettings, numItems: number): number {
  return Math.min(loss === 'bpr' ? numBprNegatives : wanted, numItems)
}
