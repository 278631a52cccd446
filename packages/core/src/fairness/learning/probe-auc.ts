import {
  fitRotatedLogisticRegression,
  predictProbabilities,
} from '../../attacks/linear/logistic-regression.js'
import { fitStandardizer, standardize } from '../../attacks/linear/standardize.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import type { Rng } from '../../random.js'

const numFolds = 3
/** Random features of the probe that is not linear. */
const numRandomFeatures = 256
/** Penalty on the mean loss: a few hundred users stand against as many features. */
const l2 = 0.1
/** A smaller class says more about the draw than about the vectors (evaluation.md rule 8). */
const smallestClass = 10

/** What {@link probeAuc} looks at. */
export interface ProbeInput {
  /** `[n, dimension]` row-major. */
  readonly vectors: Float32Array
  readonly dimension: number
  /** `[n]`, class index or -1. */
  readonly labels: ArrayLike<number>
  readonly numClasses: number
  /** Folds and random features are drawn from it. */
  readonly rng: Rng
}

/**
 * How well a cheap probe tells an attribute from vectors of users that it has not seen: the larger macro AUC of two
 * logistic regressions, 3-fold cross-validated with folds of equal class shares, one on the standardised vectors and one on
 * 256 random features `max(0, W x + b)` of them (Rahimi and Recht 2008, "Weighted sums of random kitchen sinks"), which
 * sees what linear erasure leaves.
 *
 * @returns in [0, 1]; null when no class can be told apart, each having fewer than 10 users or all of them.
 * @throws VeilrecError `NOT_FINITE` for a vector that holds NaN or an infinity.
 */
export function probeAuc({ vectors, dimension, labels, numClasses, rng }: ProbeInput): number | null {
  const rows = Int32Array.from(Array.from(labels).keys()).filter((row) => labels[row]! >= 0)
  const codes = Int16Array.from(rows, (row) => labels[row]!)
  if (new Set(codes).size < 2 || rows.length < numFolds) return null
  if (rows.some((row) => !vectors.subarray(row * dimension, (row + 1) * dimension).every(Number.isFinite))) {
    throw new VeilrecError('NOT_FINITE', 'a veiled vector holds a NaN or an infinity', {})
  }
  const fold = stratifiedFolds(codes, rng.split('folds'))
  const weights = randomWeights(dimension, rng.split('features'))
  const linear = new Float64Array(rows.length * numClasses)
  const nonlinear = linear.slice()
  for (let held = 0; held < numFolds; held++) {
    const training = [...codes.keys()].filter((i) => fold[i] !== held)
    const test = [...codes.keys()].filter((i) => fold[i] === held)
    const seen = training.map((i) => codes[i]!)
    if (new Set(seen).size < 2) continue
    const standardizer = fitStandardizer(vectors, dimension, ofRows(training, rows))
    const x = standardize(vectors, ofRows(training, rows), standardizer)
    const unseen = standardize(vectors, ofRows(test, rows), standardizer)
    put(linear, test, fitAndPredict(x, unseen, dimension, seen, numClasses), numClasses)
    const features = randomFeatures(x, weights, dimension)
    const unseenFeatures = randomFeatures(unseen, weights, dimension)
    put(
      nonlinear,
      test,
      fitAndPredict(features, unseenFeatures, numRandomFeatures, seen, numClasses),
      numClasses,
    )
  }
  const aucs = [linear, nonlinear].map(
    (probabilities) => macroRocAuc(probabilities, codes, numClasses, smallestClass).auc.value,
  )
  return aucs.reduce((worst, auc) => (worst === null || (auc !== null && auc > worst) ? auc : worst))
}

const ofRows = (places: readonly number[], rows: Int32Array): Int32Array =>
  Int32Array.from(places, (place) => rows[place]!)

/** `[n]`: users of a class are dealt out in turn, so that no fold knows its own share of a class. */
function stratifiedFolds(codes: Int16Array, rng: Rng): Uint8Array {
  const fold = new Uint8Array(codes.length)
  const order = rng.shuffle(Int32Array.from(codes.keys())).sort((a, b) => codes[a]! - codes[b]!)
  order.forEach((user, place) => (fold[user] = place % numFolds))
  return fold
}

/** `[numRandomFeatures, dimension + 1]`, the bias last. */
function randomWeights(dimension: number, rng: Rng): Float64Array {
  const scale = 1 / Math.sqrt(dimension)
  return Float64Array.from({ length: numRandomFeatures * (dimension + 1) }, (_, i) =>
    i % (dimension + 1) === dimension ? rng.normal() / 2 : rng.normal() * scale,
  )
}

function randomFeatures(x: Float64Array, weights: Float64Array, dimension: number): Float64Array {
  const numRows = x.length / dimension
  const features = new Float64Array(numRows * numRandomFeatures)
  for (let row = 0; row < numRows; row++) {
    for (let k = 0; k < numRandomFeatures; k++) {
      const from = k * (dimension + 1)
      let sum = weights[from + dimension]!
      for (let j = 0; j < dimension; j++) sum += weights[from + j]! * x[row * dimension + j]!
      features[row * numRandomFeatures + k] = Math.max(0, sum)
    }
  }
  return features
}

/** Probabilities `[test rows, numClasses]`. */
function fitAndPredict(
  training: Float64Array,
  test: Float64Array,
  dimension: number,
  labels: readonly number[],
  numClasses: number,
): Float64Array {
  const standardizer = fitStandardizer(training, dimension, Int32Array.from(labels.keys()))
  const x = standardize(training, Int32Array.from(labels.keys()), standardizer)
  const options = { numClasses, l2, gradientTolerance: 1e-2, maxIterations: 50 }
  // Rotation onto principal axes would take longer than the few iterations that it saves under this penalty.
  const moments = new Float64Array(dimension).fill(1)
  const model = fitRotatedLogisticRegression({ x, moments }, labels, options)
  const places = Int32Array.from({ length: test.length / dimension }, (_, row) => row)
  return predictProbabilities(model, standardize(test, places, standardizer))
}

function put(
  all: Float64Array,
  places: readonly number[],
  probabilities: Float64Array,
  numClasses: number,
): void {
  places.forEach((place, i) =>
    all.set(probabilities.subarray(i * numClasses, (i + 1) * numClasses), place * numClasses),
  )
}
