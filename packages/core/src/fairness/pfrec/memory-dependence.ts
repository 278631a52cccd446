import {
  abs,
  add,
  cast,
  div,
  exp,
  greater,
  maximum,
  mul,
  sqrt,
  stopGradient,
  straightThrough,
  sub,
} from '../../graph/ops/elementwise.js'
import { matmul } from '../../graph/ops/linear-algebra.js'
import { mean, sum } from '../../graph/ops/reduction.js'
import { reshape } from '../../graph/ops/shaping.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { inLabelUnits } from '../learning/dependence.js'

/** Users by their vectors and by what can be told of them. */
export interface Crowd {
  /** float32 `[n, d]`, `n` static. */
  readonly vectors: Tensor
  /** float32 or int32 `[n]`, who each row is. */
  readonly users: Tensor
  /** float32 `[n, classes]` for each attribute. */
  readonly probabilities: readonly Tensor[]
}

/**
 * The `dependence` of vectors on attributes by pairs of a few users of a batch and many that are remembered,
 *
 * `1 / pairs sum_{i in batch, j in memory, j another user} k(x_i, x_j) y_i . y_j`,
 *
 * for who learns on batches too small to be compared within themselves. Its expected value is that of `dependence`, and so is
 * its gradient, as long as the memory holds users drawn like those of the batch and their vectors as they are now:
 *
 * - all are standardised by mean and variance of the memory;
 * - remembered vectors are constants. A pair has two sides, of which each is as often the remembered one, so that the gradient on the
 *   batch's side counts twice;
 * - the variance has its value from the memory and its gradient from the batch. Without that gradient, vectors would be driven
 *   apart without end, as if distance alone were independence.
 *
 * The part of the gradient that goes through the variance is a product of two estimates from one batch, whose expected value is off by
 * their covariance; it vanishes as the batch grows.
 *
 * With the same rows as batch and as memory, value and gradient are exactly those of `dependence`.
 *
 * @returns a scalar for each attribute; 0 where no pair is of two users.
 */
export function memoryDependence(batch: Crowd, memory: Crowd): Tensor[] {
  const rows = staticDim('memoryDependence', batch.vectors.shape, 0)
  const remembered = staticDim('memoryDependence', memory.vectors.shape, 0)
  const old = stopGradient(memory.vectors)
  const centre = mean(old, { axes: [0], keepDims: true })
  const spread = (x: Tensor): Tensor => {
    const centred = sub(x, centre)
    return mean(mul(centred, centred), { axes: [0], keepDims: true })
  }
  const variance = add(straightThrough(spread(old), spread(batch.vectors)), leastVariance)
  const scale = sqrt(variance)
  const twice = sub(mul(batch.vectors, 2), stopGradient(batch.vectors))
  const x = div(sub(twice, centre), scale)
  const others = div(sub(old, centre), scale)
  const squares = (z: Tensor): Tensor => sum(mul(z, z), { axes: [-1] })
  const distances = maximum(
    sub(
      add(reshape(squares(x), [rows, 1]), reshape(squares(others), [1, remembered])),
      mul(matmul(x, others, { transposeB: true }), 2),
    ),
    0,
  )
  // The mean squared distance of any two remembered vectors.
  const bandwidth = stopGradient(maximum(mul(mean(squares(others)), 2), 1e-6))
  const another = cast(greater(abs(sub(column(batch.users), row(memory.users))), 0.5), 'float32')
  const kernel = mul(exp(mul(div(distances, bandwidth), -1)), another)
  const pairs = maximum(sum(another), 1)
  return batch.probabilities.map((probabilities, index) => {
    const known = memory.probabilities[index]!
    const classes = staticDim('memoryDependence', known.shape, 1)
    const middle = mean(known, { axes: [0], keepDims: true })
    const y = inLabelUnits(probabilities, middle)
    return div(sum(mul(y, matmul(kernel, inLabelUnits(known, middle)))), mul(pairs, classes))
  })
}

// As in `dependence`.
const leastVariance = 1e-8

function column(users: Tensor): Tensor {
  return reshape(cast(users, 'float32'), [users.shape[0]!, 1])
}

function row(users: Tensor): Tensor {
  return reshape(cast(users, 'float32'), [1, users.shape[0]!])
}
