import type { Objective } from './lbfgs.js'

/** Rows with labels, in the form the objective walks over. */
export interface LogisticProblem {
  /** `[n, dimension]` row-major. */
  readonly x: Float64Array
  /** `[n]`, `0..number of classes - 1`, every class present. */
  readonly y: Int32Array
  readonly dimension: number
  /** 1 for two classes (class 0 is the reference with logit 0), else the number of classes. */
  readonly numLogits: number
}

/** A weight that is read once serves so many rows; memory, not arithmetic, is what takes the time. */
const rowsAtOnce = 4

/**
 * Mean negative log-likelihood of a (multinomial) logistic regression plus `(l2 / 2) ||W||^2`, with its gradient.
 *
 * Parameters are `[numLogits, dimension + 1]` row-major, the intercept, unpenalised, last. Log-sum-exp is shifted by
 * the largest logit, so that it neither overflows nor loses the small side.
 */
export function logisticObjective(problem: LogisticProblem, l2: number): Objective {
  const { x, y, dimension, numLogits } = problem
  const n = y.length
  const stride = dimension + 1
  const reference = numLogits === 1 ? 1 : 0
  const block = new Float64Array(rowsAtOnce * numLogits)
  return (parameters, gradient) => {
    gradient.fill(0)
    let loss = 0
    for (let i = 0; i < n; i += rowsAtOnce) {
      const known = Math.min(rowsAtOnce, n - i)
      // Past the end the last row stands in, and its residuals are set to 0.
      const rows = [i, Math.min(i + 1, n - 1), Math.min(i + 2, n - 1), Math.min(i + 3, n - 1)]
      const [a, b, c, e] = rows.map((row) => row * dimension) as [number, number, number, number]
      for (let k = 0; k < numLogits; k++) {
        const weights = k * stride
        let s0 = parameters[weights + dimension]!
        let s1 = s0
        let s2 = s0
        let s3 = s0
        for (let j = 0; j < dimension; j++) {
          const weight = parameters[weights + j]!
          s0 += weight * x[a + j]!
          s1 += weight * x[b + j]!
          s2 += weight * x[c + j]!
          s3 += weight * x[e + j]!
        }
        block[k] = s0
        block[numLogits + k] = s1
        block[2 * numLogits + k] = s2
        block[3 * numLogits + k] = s3
      }
      for (let row = 0; row < known; row++) {
        loss += toResiduals(block, row * numLogits, numLogits, y[i + row]! - reference)
      }
      block.fill(0, known * numLogits)
      for (let k = 0; k < numLogits; k++) {
        const weights = k * stride
        const r0 = block[k]! / n
        const r1 = block[numLogits + k]! / n
        const r2 = block[2 * numLogits + k]! / n
        const r3 = block[3 * numLogits + k]! / n
        for (let j = 0; j < dimension; j++) {
          gradient[weights + j]! += r0 * x[a + j]! + r1 * x[b + j]! + (r2 * x[c + j]! + r3 * x[e + j]!)
        }
        gradient[weights + dimension]! += r0 + r1 + (r2 + r3)
      }
    }
    let penalty = 0
    for (let k = 0; k < numLogits; k++) {
      for (let j = 0; j < dimension; j++) {
        const weight = parameters[k * stride + j]!
        penalty += weight * weight
        gradient[k * stride + j]! += l2 * weight
      }
    }
    return loss / n + (l2 / 2) * penalty
  }
}

/**
 * Turns the logits of one row into `p - [k is the label]` and returns its negative log-likelihood; label -1 is the
 * reference class with logit 0, which only one logit has.
 */
function toResiduals(block: Float64Array, from: number, numLogits: number, label: number): number {
  const hasReference = numLogits === 1
  let peak = hasReference ? 0 : Number.NEGATIVE_INFINITY
  for (let k = from; k < from + numLogits; k++) if (block[k]! > peak) peak = block[k]!
  let total = hasReference ? Math.exp(-peak) : 0
  const own = label >= 0 ? block[from + label]! : 0
  for (let k = from; k < from + numLogits; k++) {
    block[k] = Math.exp(block[k]! - peak)
    total += block[k]!
  }
  for (let k = from; k < from + numLogits; k++) block[k]! /= total
  if (label >= 0) block[from + label]! -= 1
  return peak + Math.log(total) - own
}
