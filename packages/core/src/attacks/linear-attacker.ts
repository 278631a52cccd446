import { macroRocAuc } from '../metrics/macro-roc-auc.js'
import {
  fitLogisticRegression,
  predictProbabilities,
  type LogisticRegression,
} from './logistic-regression.js'
import { fitStandardizer, standardize, type Standardizer } from './standardize.js'

/** Vectors and the labels to be guessed from them. */
export interface AttackData {
  /** `[numUsers, dimension]` row-major. */
  readonly vectors: Float32Array | Float64Array
  readonly dimension: number
  /** `[numUsers]`, class index or -1. */
  readonly codes: ArrayLike<number>
  readonly numClasses: number
}

/** A trained attacker: it takes raw vectors and standardises them as its training users were. */
export interface LinearAttacker {
  readonly l2: number
  readonly standardizer: Standardizer
  readonly model: LogisticRegression
}

/** A {@link LinearAttacker} chosen on validation users. */
export interface TunedAttacker extends LinearAttacker {
  readonly validationAuc: number
  /** Whether every fit of the grid reached its gradient tolerance. */
  readonly converged: boolean
}

/**
 * Tuning budget of evaluation.md rule 7, at most 6 configurations. From strong to weak, so that each fit starts from
 * the one before; strengths are those of the mean loss.
 */
export const attackL2Grid: readonly number[] = [10, 1, 0.1, 0.01, 0.001, 0.0001]

/** On the mean loss; far below what moves an AUC in its third digit. */
export const attackGradientTolerance = 1e-5

/**
 * Fits the linear attacker on some users, with feature statistics of these users only.
 *
 * @param rows training users, with labels of at least two classes.
 * @param labels `[rows.length]`; default are the users' own codes (a control passes shuffled ones).
 */
export function fitLinearAttacker(
  data: AttackData,
  rows: readonly number[],
  l2: number,
  labels: ArrayLike<number> = rows.map((row) => data.codes[row]!),
): LinearAttacker {
  const standardizer = fitStandardizer(data.vectors, data.dimension, rows)
  const features = standardize(data.vectors, rows, standardizer)
  const model = fitLogisticRegression(features, labels, {
    numClasses: data.numClasses,
    l2,
    gradientTolerance: attackGradientTolerance,
  })
  return { l2, standardizer, model }
}

/**
 * Fits the whole grid on some users and keeps the attacker with the highest validation AUC (on ties the stronger L2).
 *
 * @param rows training users, with labels of at least two classes.
 * @param validationRows users to choose on, with labels of at least two classes.
 */
export function tuneLinearAttacker(
  data: AttackData,
  rows: readonly number[],
  validationRows: readonly number[],
): TunedAttacker {
  const standardizer = fitStandardizer(data.vectors, data.dimension, rows)
  const features = standardize(data.vectors, rows, standardizer)
  const labels = rows.map((row) => data.codes[row]!)
  const validationFeatures = standardize(data.vectors, validationRows, standardizer)
  const validationLabels = validationRows.map((row) => data.codes[row]!)
  let best: Omit<TunedAttacker, 'converged'> | undefined
  let model: LogisticRegression | undefined
  let converged = true
  for (const l2 of attackL2Grid) {
    model = fitLogisticRegression(features, labels, {
      numClasses: data.numClasses,
      l2,
      gradientTolerance: attackGradientTolerance,
      ...(model === undefined ? {} : { warmStart: model }),
    })
    converged &&= model.converged
    const probabilities = predictProbabilities(model, validationFeatures)
    const validationAuc = macroRocAuc(probabilities, validationLabels, data.numClasses).auc.value!
    if (best === undefined || validationAuc > best.validationAuc) {
      best = { l2, standardizer, model, validationAuc }
    }
  }
  return { ...best!, converged }
}

/** `[rows.length, numClasses]` probabilities for some users. */
export function predictLinearAttacker(
  attacker: LinearAttacker,
  vectors: Float32Array | Float64Array,
  rows: readonly number[],
): Float64Array {
  return predictProbabilities(attacker.model, standardize(vectors, rows, attacker.standardizer))
}
