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
  const logits = new Float64Array(numLogits)
  return (parameters, gradient) => {
    gradient.fill(0)
    let loss = 0
    for (let i = 0; i < n; i++) {
      const row = i * dimension
      let peak = reference === 1 ? 0 : Number.NEGATIVE_INFINITY
      for (let k = 0; k < numLogits; k++) {
        const weights = k * stride
        const sum = parameters[weights + dimension]! + dot(parameters, weights, x, row, dimension)
        logits[k] = sum
        if (sum > peak) peak = sum
      }
      let total = reference === 1 ? Math.exp(-peak) : 0
      for (let k = 0; k < numLogits; k++) total += Math.exp(logits[k]! - peak)
      const label = y[i]! - reference
      loss += peak + Math.log(total) - (label >= 0 ? logits[label]! : 0)
      for (let k = 0; k < numLogits; k++) {
        const residual = (Math.exp(logits[k]! - peak) / total - (k === label ? 1 : 0)) / n
        const weights = k * stride
        for (let j = 0; j < dimension; j++) gradient[weights + j]! += residual * x[row + j]!
        gradient[weights + dimension]! += residual
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

/** Four partial sums, because one alone would wait for each addition to finish. */
function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let j = 0
  for (; j + 3 < length; j += 4) {
    s0 += a[fromA + j]! * b[fromB + j]!
    s1 += a[fromA + j + 1]! * b[fromB + j + 1]!
    s2 += a[fromA + j + 2]! * b[fromB + j + 2]!
    s3 += a[fromA + j + 3]! * b[fromB + j + 3]!
  }
  for (; j < length; j++) s0 += a[fromA + j]! * b[fromB + j]!
  return s0 + s1 + (s2 + s3)
}
