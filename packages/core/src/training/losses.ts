import { add, mul, softplus, sub } from '../graph/ops/elementwise.js'
import { logSumExp, mean, sum } from '../graph/ops/reduction.js'
import { reshape } from '../graph/ops/shaping.js'
import type { Tensor } from '../graph/tensor.js'

/**
 * Binary cross-entropy of a target against sampled negatives: `-log sigmoid(s+) - sum_j log(1 - sigmoid(s_j))`
 * (Kang and McAuley 2018, equation 7, there with one negative).
 *
 * @param positive float32 scores of the targets, `[...]`.
 * @param negatives scores of their negatives, `[..., n]`; one of -1e9 counts as left out.
 * @returns `[...]`, at least 0; does not overflow.
 */
export function binaryCrossEntropy(positive: Tensor, negatives: Tensor): Tensor {
  return add(softplus(mul(positive, -1)), sum(softplus(negatives), { axes: [-1] }))
}

/**
 * Bayesian personalised ranking (Rendle et al. 2009, section 4.1, BPR-Opt without its prior):
 * `-log sigmoid(s+ - s_j)`, the mean over the negatives.
 *
 * @param positive float32 `[...]`.
 * @param negatives `[..., n]`, none of which may be left out.
 * @returns `[...]`, at least 0.
 */
export function bayesianPersonalizedRanking(positive: Tensor, negatives: Tensor): Tensor {
  const difference = sub(negatives, reshape(positive, [...positive.shape, 1]))
  return mean(softplus(difference), { axes: [-1] })
}

/** How far {@link generalizedBinaryCrossEntropy} corrects for sampling. */
export interface GbceOptions {
  /** Negatives per target, at least 1. */
  readonly numNegatives: number
  readonly numItems: number
  /** `t` in [0, 1]: 0 is binary cross-entropy, 1 gives scores that are calibrated probabilities. */
  readonly calibration: number
}

/**
 * Generalised binary cross-entropy of gSASRec (Petrov and Macdonald 2023, section 5):
 * `-(beta log sigmoid(s+) + sum_j log(1 - sigmoid(s_j))) / (n + 1)` with `beta = alpha (t (1 - 1/alpha) + 1/alpha)`
 * and the sampling rate `alpha = n / (numItems - 1)`, which is at most 1.
 *
 * @param positive float32 `[...]`.
 * @param negatives `[..., n]`; one of -1e9 counts as left out.
 * @returns `[...]`, at least 0.
 */
export function generalizedBinaryCrossEntropy(
  positive: Tensor,
  negatives: Tensor,
  options: GbceOptions,
): Tensor {
  const { numNegatives, numItems, calibration } = options
  const alpha = Math.min(1, numNegatives / Math.max(1, numItems - 1))
  const beta = alpha * (calibration * (1 - 1 / alpha) + 1 / alpha)
  const total = add(mul(softplus(mul(positive, -1)), beta), sum(softplus(negatives), { axes: [-1] }))
  return mul(total, 1 / (numNegatives + 1))
}

/**
 * Cross-entropy of a softmax over the target and its negatives: `-log(e^(s+) / (e^(s+) + sum_j e^(s_j)))`; with the
 * rest of the catalogue as negatives it is the full softmax.
 *
 * @param positive float32 `[...]`.
 * @param negatives `[..., n]`; one of -1e9 counts as left out.
 * @returns `[...]`, at least 0; does not overflow.
 */
export function softmaxCrossEntropy(positive: Tensor, negatives: Tensor): Tensor {
  return softplus(sub(logSumExp(negatives), positive))
}
