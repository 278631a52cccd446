import { VeilrecError } from '../../errors/veilrec-error.js'
import { transpose, type Matrix } from '../../linalg/matrix.js'
import { minimizeLbfgs, rescaled } from './lbfgs.js'
import { logisticObjective, type LogisticProblem } from './logistic-objective.js'
import { rankLabels } from './rank-labels.js'
import { rotateFeatures, rotateRow, type RotatedFeatures } from './rotated-features.js'

/** How a logistic regression is fitted. */
export interface LogisticRegressionOptions {
  /** Number of classes of the attribute; labels lie in `0..numClasses - 1`, or are -1. */
  readonly numClasses: number
  /** Strength of the L2 penalty on the weights (not the intercepts), 0 or more. */
  readonly l2: number
  /**
   * Stops when no gradient entry of the penalised mean loss exceeds this, each measured in units of its parameter's
   * curvature (square root of the Hessian's diagonal at the class shares); default 1e-6.
   */
  readonly gradientTolerance?: number
  /** Default 1,000. */
  readonly maxIterations?: number
  /** A fit of the same shape and classes to start from, which shortens a path over several `l2`. */
  readonly warmStart?: LogisticRegression
}

/** A fitted multinomial logistic regression. */
export interface LogisticRegression {
  readonly dimension: number
  readonly numClasses: number
  /** The classes seen in training, ascending; all others are predicted with probability 0. */
  readonly fittedClasses: readonly number[]
  /** `[numLogits, dimension + 1]` row-major, the intercept last; one logit for two classes, else one per class. */
  readonly parameters: Float64Array
  readonly converged: boolean
  /** Largest absolute gradient entry at the end, in the units of `gradientTolerance`. */
  readonly gradientNorm: number
  readonly iterations: number
}

/**
 * Fits a multinomial logistic regression with L2 penalty by L-BFGS, full-batch and deterministic.
 *
 * Minimises `-(1/n) sum_i log p(y_i | x_i) + (l2 / 2) ||W||^2`, `p = softmax(W x + b)` (Bishop 2006, section 4.3.4).
 * With two classes one logit (for the larger class index) is fitted, as is usual; the penalty then falls on that
 * one weight vector. The same model as scikit-learn's `LogisticRegression(C = 1 / (n l2))`. The solver works on
 * rotated features (up to 256) and rescaled parameters, which changes its path and not the minimum.
 *
 * @param features `[n, dimension]` row-major, standardised by the caller with training statistics.
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @throws VeilrecError `INVALID_ARGUMENT` on shapes that do not fit or fewer than two classes among the labels,
 * `NOT_FINITE` on a feature that is NaN or infinite.
 * @example
 * const fit = fitLogisticRegression(features, labels, { numClasses: 2, l2: 0.01 })
 * const probabilities = predictProbabilities(fit, unseen) // [m, 2]
 */
export function fitLogisticRegression(
  features: Float64Array,
  labels: ArrayLike<number>,
  options: LogisticRegressionOptions,
): LogisticRegression {
  const dimension = features.length / Math.max(1, labels.length)
  const { x, labels: known } = selectLabelled(features, labels, dimension)
  return fitRotatedLogisticRegression(rotateFeatures(x, dimension), known, options)
}

/**
 * {@link fitLogisticRegression} on features that were rotated before, for several fits on the same rows.
 *
 * @param rotated of finite features.
 * @param labels `[n]`, class index, none missing.
 * @throws VeilrecError `INVALID_ARGUMENT` on fewer than two classes among the labels.
 */
export function fitRotatedLogisticRegression(
  rotated: RotatedFeatures,
  labels: ArrayLike<number>,
  options: LogisticRegressionOptions,
): LogisticRegression {
  const dimension = rotated.moments.length
  const { classes, y } = rankLabels(labels)
  const numLogits = classes.length === 2 ? 1 : classes.length
  const problem = { x: rotated.x, y, dimension, numLogits }
  const scales = curvatureScales(problem, rotated.moments, options.l2)
  const start = new Float64Array(scales.length)
  const warm = options.warmStart?.parameters
  if (warm !== undefined && warm.length === start.length) {
    rotateParameters(warm, rotated.axes, start)
    for (let i = 0; i < start.length; i++) start[i]! *= scales[i]!
  }
  const objective = rescaled(logisticObjective(problem, options.l2), scales)
  const minimum = minimizeLbfgs(objective, start, {
    gradientTolerance: options.gradientTolerance ?? 1e-6,
    maxIterations: options.maxIterations ?? 1000,
  })
  const parameters = new Float64Array(scales.length)
  const point = minimum.point.map((value, i) => value / scales[i]!)
  rotateParameters(point, rotated.axes && transpose(rotated.axes), parameters)
  return {
    dimension,
    numClasses: options.numClasses,
    fittedClasses: classes,
    parameters,
    converged: minimum.converged,
    gradientNorm: minimum.gradientNorm,
    iterations: minimum.iterations,
  }
}

/**
 * Class probabilities of a fitted model.
 *
 * @param features `[m, dimension]` row-major, standardised as in training.
 * @returns `[m, numClasses]` float64; rows sum to 1, classes unseen in training have 0.
 */
export function predictProbabilities(model: LogisticRegression, features: Float64Array): Float64Array {
  const { dimension, numClasses, fittedClasses, parameters } = model
  const numLogits = parameters.length / (dimension + 1)
  const rows = features.length / dimension
  const probabilities = new Float64Array(rows * numClasses)
  const logits = new Float64Array(fittedClasses.length)
  // With one logit the first class is the reference and keeps logit 0.
  const offset = fittedClasses.length - numLogits
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < numLogits; k++) {
      const weights = k * (dimension + 1)
      let sum = parameters[weights + dimension]!
      for (let j = 0; j < dimension; j++) sum += parameters[weights + j]! * features[row * dimension + j]!
      logits[k + offset] = sum
    }
    const peak = Math.max(...logits)
    let total = 0
    for (let c = 0; c < logits.length; c++) total += Math.exp(logits[c]! - peak)
    for (let c = 0; c < logits.length; c++) {
      probabilities[row * numClasses + fittedClasses[c]!] = Math.exp(logits[c]! - peak) / total
    }
  }
  return probabilities
}

/**
 * The most probable class of every row; ties go to the lower class index.
 *
 * @param probabilities `[m, numClasses]` row-major.
 * @returns `[m]` class indices.
 */
export function mostProbableClass(probabilities: Float64Array, numClasses: number): Int16Array {
  const predicted = new Int16Array(probabilities.length / numClasses)
  for (let row = 0; row < predicted.length; row++) {
    let best = 0
    for (let c = 1; c < numClasses; c++) {
      if (probabilities[row * numClasses + c]! > probabilities[row * numClasses + best]!) best = c
    }
    predicted[row] = best
  }
  return predicted
}

function selectLabelled(
  features: Float64Array,
  labels: ArrayLike<number>,
  dimension: number,
): { x: Float64Array; labels: Int32Array } {
  if (!Number.isInteger(dimension) || dimension === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${features.length} feature values do not make ${labels.length} rows of equal length`,
      { features: features.length, labels: labels.length },
    )
  }
  const rows = Uint32Array.from(Array.from(labels).keys()).filter((row) => labels[row]! >= 0)
  const x = new Float64Array(rows.length * dimension)
  for (const [i, row] of rows.entries()) {
    x.set(features.subarray(row * dimension, (row + 1) * dimension), i * dimension)
  }
  const bad = x.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) {
    const row = rows[Math.floor(bad / dimension)]!
    throw new VeilrecError('NOT_FINITE', `feature ${bad % dimension} of row ${row} is ${x[bad]}`, { row })
  }
  return { x, labels: Int32Array.from(rows, (row) => labels[row]!) }
}

/** Square roots of the Hessian's diagonal where every row is predicted by the class shares alone. */
function curvatureScales(problem: LogisticProblem, moments: Float64Array, l2: number): Float64Array {
  const { y, dimension, numLogits } = problem
  const counts = new Float64Array(Math.max(2, numLogits))
  for (const label of y) counts[label]!++
  const scales = new Float64Array(numLogits * (dimension + 1))
  for (let k = 0; k < numLogits; k++) {
    const share = counts[k]! / y.length
    const curvature = share * (1 - share)
    const intercept = k * (dimension + 1) + dimension
    for (let j = 0; j < dimension; j++) {
      // An axis without spread and without penalty has no curvature at all; any scale will do.
      scales[intercept - dimension + j] = Math.sqrt(curvature * moments[j]! + l2) || 1
    }
    scales[intercept] = Math.sqrt(curvature)
  }
  return scales
}

/** Rotates the weights of every logit and copies its intercept; without axes copies all. */
function rotateParameters(parameters: Float64Array, axes: Matrix | undefined, out: Float64Array): void {
  if (axes === undefined) {
    out.set(parameters)
    return
  }
  const stride = axes.rows + 1
  for (let at = 0; at < parameters.length; at += stride) {
    rotateRow(parameters.subarray(at), axes, out.subarray(at))
    out[at + stride - 1] = parameters[at + stride - 1]!
  }
}
