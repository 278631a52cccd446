import { add, exp, mul, sub } from '../../graph/ops/elementwise.js'
import { mean, sum } from '../../graph/ops/reduction.js'
import { concat, reshape, slice } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { mlp } from '../../layers/feed-forward.js'
import { linear } from '../../layers/linear.js'

/** `KL(N(mean, e^logVariance) || N(0, I)) = 1/2 sum (mean^2 + e^logVariance - 1 - logVariance)`, the mean over rows. */
export function gaussianDivergence(average: Tensor, logVariance: Tensor): Tensor {
  const perDimension = sub(add(mul(average, average), exp(logVariance)), add(logVariance, 1))
  return mul(mean(sum(perDimension, { axes: [1] })), 0.5)
}

/**
 * Rows `[batch, n]` moved on by some places, the last ones to the front: with rows in random order a draw of the column's
 * distribution by itself, as the permutation over the batch of Kim and Mnih 2018.
 */
export function moveRows(x: Tensor, places: number): Tensor {
  const rows = staticDim('moveRows', x.shape, 0)
  const from = rows - (places % rows)
  return from === rows ? x : concat([slice(x, 0, from, rows), slice(x, 0, 0, from)], 0)
}

/**
 * Each part from another row: with z a draw of q(z) prod_i q(b_i). Moves are even, so that a row meets rows of its own kind where a
 * batch alternates between two.
 */
export function ofOtherRows(parts: readonly Tensor[]): Tensor[] {
  return parts.map((part, index) => moveRows(part, 2 * (index + 1)))
}

/**
 * `log D / (1 - D)`, `[batch]`: how much likelier a row's z and parts are together than apart, as a discriminator sees it.
 *
 * Departure: besides a perceptron on all of them it multiplies features of z with features of each part, `phi(z)' psi_i(b_i)`, because
 * a perceptron alone is slow to learn that two of its inputs go together.
 */
export function densityRatio(
  scope: Scope,
  z: Tensor,
  parts: readonly Tensor[],
  hidden: readonly number[],
): Tensor {
  const options = { activation: 'leakyRelu' } as const
  const together = mlp(scope.child('together'), concat([z, ...parts], 1), [...hidden, 1], options)
  const width = parts.length * numFeatures
  const ofZ = mlp(scope.child('z'), z, [...hidden, width], options)
  const ofParts = parts.map((part, index) =>
    linear(scope.child('parts').child(String(index)), part, numFeatures),
  )
  const products = mul(ofZ, concat(ofParts as [Tensor, ...Tensor[]], 1))
  return add(reshape(together, [z.shape[0]!]), mul(sum(products, { axes: [1] }), 1 / Math.sqrt(width)))
}

/** Features of each part, and of z for each part. */
const numFeatures = 8
