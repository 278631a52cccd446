import { minimizeLbfgs, rescaled } from './lbfgs.js'
import { rankLabels } from './rank-labels.js'
import { sparseLogisticObjective, type SparseRows } from './sparse-logistic-objective.js'

/** How a sparse logistic regression is fitted. */
export interface SparseLogisticOptions {
  readonly numClasses: number
  /** Strength of the L2 penalty on the weights (not the intercepts), above 0. */
  readonly l2: number
  /** As for `fitLogisticRegression`; default 1e-6. */
  readonly gradientTolerance?: number
  /** Default 1,000. */
  readonly maxIterations?: number
  /** A fit to the same rows and labels to start from, which shortens a path over several `l2`. */
  readonly warmStart?: SparseLogisticRegression
}

/** A fitted multinomial logistic regression on sparse rows. */
export interface SparseLogisticRegression {
  readonly numClasses: number
  /** The classes seen in training, ascending; all others are predicted with probability 0. */
  readonly fittedClasses: readonly number[]
  /** `[numColumns, numLogits]` row-major; one logit for two classes, else one per class. */
  readonly weights: Float64Array
  /** `[numLogits]` */
  readonly intercepts: Float64Array
  readonly converged: boolean
  readonly iterations: number
}

/**
 * `fitLogisticRegression` for sparse rows: the same model and minimum, at a cost per step of the entries that are not 0
 * (times the logits) instead of all columns, and without anything of the size columns x columns.
 *
 * @param labels `[n]`, class index.
 * @throws VeilrecError `INVALID_ARGUMENT` on labels of fewer than two classes.
 */
export function fitSparseLogisticRegression(
  rows: SparseRows,
  labels: Int32Array,
  options: SparseLogisticOptions,
): SparseLogisticRegression {
  const { numClasses, l2, warmStart } = options
  const { numColumns } = rows
  const { classes: fittedClasses, y } = rankLabels(labels)
  const numLogits = fittedClasses.length === 2 ? 1 : fittedClasses.length
  const { means, variances } = columnMoments(rows)
  const scales = curvatureScales(y, variances, numLogits, l2)
  const start = new Float64Array(scales.length)
  if (warmStart !== undefined) {
    const shift = shifts(warmStart.weights, means, numLogits)
    start.set(warmStart.weights)
    for (let k = 0; k < numLogits; k++) {
      start[numColumns * numLogits + k] = warmStart.intercepts[k]! + shift[k]!
    }
    for (let i = 0; i < start.length; i++) start[i]! *= scales[i]!
  }
  const objective = sparseLogisticObjective({ rows, y, numLogits, means }, l2)
  const minimum = minimizeLbfgs(rescaled(objective, scales), start, {
    gradientTolerance: options.gradientTolerance ?? 1e-6,
    maxIterations: options.maxIterations ?? 1000,
  })
  const parameters = minimum.point.map((value, i) => value / scales[i]!)
  const weights = parameters.slice(0, numColumns * numLogits)
  const shift = shifts(weights, means, numLogits)
  return {
    numClasses,
    fittedClasses,
    weights,
    intercepts: parameters.slice(weights.length).map((value, k) => value - shift[k]!),
    converged: minimum.converged,
    iterations: minimum.iterations,
  }
}

/**
 * Class probabilities of a fitted model.
 *
 * @param rows with the columns of training.
 * @returns `[n, numClasses]` float64; rows add up to 1, classes unseen in training have 0.
 */
export function predictSparseProbabilities(model: SparseLogisticRegression, rows: SparseRows): Float64Array {
  const { numClasses, fittedClasses, weights, intercepts } = model
  const { offsets, columns, values } = rows
  const numLogits = intercepts.length
  // With one logit the first class is the reference and keeps logit 0.
  const first = fittedClasses.length - numLogits
  const logits = new Float64Array(fittedClasses.length)
  const probabilities = new Float64Array(values.length * numClasses)
  for (let row = 0; row < values.length; row++) {
    logits.fill(0)
    for (let entry = offsets[row]!; entry < offsets[row + 1]!; entry++) {
      const at = columns[entry]! * numLogits
      for (let k = 0; k < numLogits; k++) logits[first + k]! += weights[at + k]!
    }
    for (let k = 0; k < numLogits; k++) {
      logits[first + k] = intercepts[k]! + values[row]! * logits[first + k]!
    }
    const peak = Math.max(...logits)
    let total = 0
    for (const logit of logits) total += Math.exp(logit - peak)
    for (let k = 0; k < logits.length; k++) {
      probabilities[row * numClasses + fittedClasses[k]!] = Math.exp(logits[k]! - peak) / total
    }
  }
  return probabilities
}

function columnMoments({ offsets, columns, values, numColumns }: SparseRows): {
  means: Float64Array
  variances: Float64Array
} {
  const n = values.length
  const means = new Float64Array(numColumns)
  const squares = new Float64Array(numColumns)
  for (let row = 0; row < n; row++) {
    const value = values[row]!
    for (let entry = offsets[row]!; entry < offsets[row + 1]!; entry++) {
      means[columns[entry]!]! += value / n
      squares[columns[entry]!]! += (value * value) / n
    }
  }
  return { means, variances: squares.map((square, c) => Math.max(0, square - means[c]! ** 2)) }
}

/** Square roots of the Hessian's diagonal where every row is predicted by the class shares alone. */
function curvatureScales(
  y: Int32Array,
  variances: Float64Array,
  numLogits: number,
  l2: number,
): Float64Array {
  const shares = new Float64Array(Math.max(2, numLogits))
  for (const k of y) shares[k]! += 1 / y.length
  const numColumns = variances.length
  const scales = new Float64Array((numColumns + 1) * numLogits)
  for (let k = 0; k < numLogits; k++) {
    const curvature = shares[k]! * (1 - shares[k]!)
    for (let c = 0; c < numColumns; c++) {
      scales[c * numLogits + k] = Math.sqrt(curvature * variances[c]! + l2)
    }
    scales[numColumns * numLogits + k] = Math.sqrt(curvature)
  }
  return scales
}

/** `W means`, what centring the columns moves into the intercepts. */
function shifts(weights: Float64Array, means: Float64Array, numLogits: number): Float64Array {
  const result = new Float64Array(numLogits)
  for (let at = 0; at < weights.length; at++) {
    result[at % numLogits]! += means[Math.floor(at / numLogits)]! * weights[at]!
  }
  return result
}
