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
 * squared distance, and a linear kernel on the class probabilities, standardised over the batch too and divided by the
 * number of classes. No row is compared with itself, so that the expected value without dependence is 0 whatever the size of
 * the batch; single batches lie on either side of it.
 *
 * Departure: standardising the probabilities weighs rare classes up, as class weights do.
 *
 * @param vectors float32 `[n, d]`, `n` static, at least 2; a few hundred rows at least for a steady estimate. No gradient flows to
 * the bandwidth.
 * @param attributes float32 `[n, classes]` each: the probabilities of each row's class, one-hot where it is known.
 * @returns a scalar for each attribute.
 */
export function dependence(vectors: Tensor, attributes: readonly Tensor[]): Tensor[] {
  const n = staticDim('dependence', vectors.shape, 0)
  const x = standardized(vectors, 1e-8)
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
    const y = standardized(probabilities, 1e-4)
    const products = sum(mul(y, matmul(kernel, y)))
    // A row with itself: k = 1.
    const own = sum(mul(y, y))
    return mul(sub(products, own), 1 / (n * (n - 1) * classes))
  })
}

/** Columns brought to mean 0 and variance 1 over the rows; one that hardly varies beside `least`, a variance, to 0. */
function standardized(x: Tensor, least: number): Tensor {
  const centred = sub(x, mean(x, { axes: [0], keepDims: true }))
  const variance = mean(mul(centred, centred), { axes: [0], keepDims: true })
  return div(centred, sqrt(add(variance, least)))
}
