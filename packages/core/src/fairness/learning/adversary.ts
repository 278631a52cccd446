import { cast, greater, maximum, minimum, mul, sub } from '../../graph/ops/elementwise.js'
import { gather, takeAlongLast } from '../../graph/ops/indexing.js'
import { logSumExp, mean, weightedMean } from '../../graph/ops/reduction.js'
import { reshape } from '../../graph/ops/shaping.js'
import { softmax } from '../../graph/ops/softmax.js'
import type { Scope } from '../../graph/scope.js'
import type { Dim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { mlp, type MlpOptions } from '../../layers/feed-forward.js'
import type { DefenceAttribute } from './defence-labels.js'
import type { VeilTrainingConfig } from './veil-settings.js'

/** No class weighs more than so many times as much as another. */
const largestRatio = 10

/**
 * The weight of each class `[numClasses]` by how often it occurs among the labels that train: `n_c^-1`, `n_c^-1/2` or 1, no
 * weight above ten times the smallest, scaled so that the mean over those users is 1. A class that does not occur weighs as
 * much as the rarest that does.
 */
export function classWeights(
  { training, numClasses }: Pick<DefenceAttribute, 'training' | 'numClasses'>,
  form: VeilTrainingConfig['classWeights'],
): Float32Array {
  const counts = new Float64Array(numClasses)
  for (const code of training) if (code >= 0) counts[code]!++
  const rarest = counts
    .filter((count) => count > 0)
    .reduce((least, count) => Math.min(least, count), Infinity)
  const exponent = { none: 0, sqrtInverse: -0.5, inverse: -1 }[form]
  const raw = counts.map((count) => Math.max(count, rarest) ** exponent)
  const most = largestRatio * Math.min(...raw)
  const capped = raw.map((weight) => Math.min(weight, most))
  const users = counts.reduce((total, count) => total + count, 0)
  const total = capped.reduce((sum, weight, c) => sum + weight * counts[c]!, 0)
  return Float32Array.from(capped, (weight) => (weight * users) / total)
}

/** A classifier of one attribute: `[batch, d]` to logits `[batch, numClasses]`. Parameters as {@link mlp}. */
export function attributeClassifier(
  scope: Scope,
  x: Tensor,
  numClasses: number,
  options: MlpOptions & { readonly hidden: readonly number[] },
): Tensor {
  return mlp(scope, x, [...options.hidden, numClasses], options)
}

/** Labels of a batch and what they weigh. */
export interface AdversaryTarget {
  /** int32 `[batch]`, -1 where the label is missing or not to be seen: such a row counts nothing. */
  readonly labels: Tensor
  /** `[numClasses]`, see {@link classWeights}. */
  readonly weights: Float32Array
}

/**
 * Cross-entropy `-log q(a)` of the rows that have a label, the mean weighted by class (0 when no row has one): what an
 * adversary or an alignment classifier minimises.
 *
 * @param logits `[batch, numClasses]`.
 */
export function classifierLoss(logits: Tensor, target: AdversaryTarget): Tensor {
  return weightedMean(crossEntropy(logits, target), rowWeights(target))
}

/**
 * What the veil minimises against an adversary:
 *
 * - `negCE`: minus its cross-entropy (PFRec equation 5), which has no lower bound;
 * - `bounded`: minus the cross-entropy up to `log numClasses`, that of an adversary who knows nothing; beyond it no gradient;
 * - `probability`: the probability it gives the true class, as PFRec's released code does for more than two classes;
 * - `uniform`: its cross-entropy against equal probabilities for all classes, least where it prefers none.
 */
export type AdversarialForm = 'negCE' | 'bounded' | 'probability' | 'uniform'

/** The loss of {@link AdversarialForm} over the rows that have a label, weighted by class. */
export function adversarialLoss(logits: Tensor, target: AdversaryTarget, form: AdversarialForm): Tensor {
  const perRow = (): Tensor => {
    switch (form) {
      case 'negCE':
        return mul(crossEntropy(logits, target), -1)
      case 'bounded':
        return mul(minimum(crossEntropy(logits, target), Math.log(target.weights.length)), -1)
      case 'probability':
        return picked(softmax(logits), target)
      case 'uniform':
        return sub(logSumExp(logits), mean(logits, { axes: [-1] }))
    }
  }
  return weightedMean(perRow(), rowWeights(target))
}

/** `[batch]`; of any class where the label is missing. */
function crossEntropy(logits: Tensor, target: AdversaryTarget): Tensor {
  return sub(logSumExp(logits), picked(logits, target))
}

/** The element of each row that belongs to its label, `[batch]`. */
function picked(values: Tensor, { labels }: AdversaryTarget): Tensor {
  const [batch] = values.shape as readonly [Dim]
  return reshape(takeAlongLast(values, reshape(known(labels), [batch, 1])), [batch])
}

/** The class weight of each row, 0 without a label. */
function rowWeights({ labels, weights }: AdversaryTarget): Tensor {
  const { graph } = labels
  const table = graph.constant(weights, 'float32', [weights.length])
  return mul(gather(table, known(labels)), cast(greater(labels, -1), 'float32'))
}

/** Labels with any class where there is none. */
function known(labels: Tensor): Tensor {
  return cast(maximum(cast(labels, 'float32'), 0), 'int32')
}
