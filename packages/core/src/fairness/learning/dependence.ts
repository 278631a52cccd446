import { add, div, exp, maximum, mul, sqrt, stopGradient, sub } from '../../graph/ops/elementwise.js'
import { matmul } from '../../graph/ops/linear-algebra.js'
import { mean, sum } from '../../graph/ops/reduction.js'
import { reshape } from '../../graph/ops/shaping.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'

/**
 * How much vectors depend on an attribute, in any way and not only linearly: an estimate of the Hilbert-Schmidt independence
 * criterion (Gretton et al. 2005, "Measuring statistical dependence with Hilbert-Schmidt norms") that needs no adversary,
 *
 * `HSIC = 1 / (n (n - 1)) sum_{i != j} k(x_i, x_j) y_i . y_j`
 *
 * with `k` a Gaussian kernel on the vectors, standardised over the batch as attackers do, whose bandwidth is the mean
 * squared distance, and a linear kernel on the class probabilities, each in units of the deviation of its class
 * ({@link inLabelUnits}) and divided by the number of classes. Where the probabilities are as good as they claim, this is the
 * dependence on the labels themselves: what tells little weighs little. No row is compared with itself, so that the expected value without dependence is 0 whatever the size of
 * the batch; single batches lie on either side of it.
 *
 * Departure: these units weigh rare classes up, as class weights do.
 *
 * @param vectors float32 `[n, d]`, `n` static, at least 2; a few hundred rows at least for a steady estimate. No gradient flows to
 * the bandwidth.
 * @param attributes float32 `[n, classes]` each: the probabilities of each row's class, one-hot where it is known.
 * @returns a scalar for each attribute.
 */
export function dependence(vectors: Tensor, attributes: readonly Tensor[]): Tensor[] {
  const n = staticDim('dependence', vectors.shape, 0)
  const x = standardized(vectors)
  const squares = sum(mul(x, x), { axes: [-1] })
  const distances = maximum(
    sub(add(reshape(squares, [n, 1]), reshape(squares, [1, n])), mul(matmul(x, x, { transposeB: true }), 2)),
    0,
  )
  // Vectors that are all the same have no distances.
  const bandwidth = stopGradient(maximum(mean(distances), 1e-6))
  const kernel = exp(mul(div(distances, bandwidth), -1))
  return attributes.map((probabilities) => {
    const classes = staticDim('dependence', probabilities.shape, 1)
    const y = inLabelUnits(probabilities, mean(probabilities, { axes: [0], keepDims: true }))
    const products = sum(mul(y, matmul(kernel, y)))
    // A row with itself: k = 1.
    const own = sum(mul(y, y))
    return mul(sub(products, own), 1 / (n * (n - 1) * classes))
  })
}

/**
 * Probabilities `[n, classes]` less their means, in units of the deviation that one-hot labels of these frequencies have,
 * `sqrt(f (1 - f))`.
 *
 * @param frequencies `[1, classes]`.
 */
export function inLabelUnits(probabilities: Tensor, frequencies: Tensor): Tensor {
  const variance = maximum(mul(frequencies, sub(1, frequencies)), leastLabelVariance)
  return div(sub(probabilities, frequencies), sqrt(variance))
}

// A class of nobody has no labels to vary.
const leastLabelVariance = 1e-4

/** Columns brought to mean 0 and variance 1 over the rows; one that hardly varies to 0. */
export function standardized(x: Tensor): Tensor {
  const centred = sub(x, mean(x, { axes: [0], keepDims: true }))
  const variance = mean(mul(centred, centred), { axes: [0], keepDims: true })
  return div(centred, sqrt(add(variance, 1e-8)))
}
