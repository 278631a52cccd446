import type { Rng } from '../../random.js'
import type { Evidence } from '../attacker.js'
import { vectorScores } from '../../metrics/vector-scores.js'
import { mostRotated, rotateFeatures, rotateRow } from '../linear/rotated-features.js'
import { fitStandardizer, standardize } from '../linear/standardize.js'

/** Penalty on the mean loss: light, as shuffled labels need little and a real leak is not to be shrunk away. */
const l2 = 0.01

/** Columns that lists, and vectors of more, are projected onto. */
const projectedColumns = mostRotated

/** What all label vectors on the same users share. */
export interface OneStepDesign {
  readonly dimension: number
  /** `[dimension]`, mean square along each principal axis. */
  readonly moments: Float64Array
  /** `[training users, dimension]`, standardised and turned onto the axes. */
  readonly training: Float64Array
  /** `[test users, dimension]`, the same. */
  readonly test: Float64Array
}

/**
 * Standardises by the training users and turns everything onto the principal axes, once for any number of labels.
 *
 * @param rng of the projection of lists and wide vectors; not advanced.
 */
export function oneStepDesign(
  evidence: Evidence,
  trainingUsers: Int32Array,
  testUsers: Int32Array,
  rng: Rng,
): OneStepDesign {
  const { values, dimension } =
    evidence.kind === 'lists'
      ? projectLists(evidence, rng)
      : evidence.dimension > projectedColumns
        ? projectVectors(evidence, trainingUsers, rng)
        : evidence
  const standardizer = fitStandardizer(values, dimension, trainingUsers)
  const rotated = rotateFeatures(standardize(values, trainingUsers, standardizer), dimension)
  const raw = standardize(values, testUsers, standardizer)
  const test = new Float64Array(raw.length)
  for (let at = 0; at < raw.length; at += dimension) {
    rotateRow(raw.subarray(at), rotated.axes!, test.subarray(at))
  }
  return { dimension, moments: rotated.moments, training: rotated.x, test }
}

/**
 * Test AUC (macro one-vs-rest) of a logistic regression after one Newton step from the class shares, one class
 * against the rest at a time.
 *
 * At zero weights and the intercept of share `p` the gradient is `-mean(x (y - p))` and the Hessian
 * `p (1 - p) E[x x^T] + l2`, diagonal on the principal axes; the step is their quotient. If labels tell nothing the
 * optimum lies next to it; if they do, the step points the way of linear discriminant analysis.
 *
 * @param training `[training users]`, class index of each.
 * @param test `[test users]`, of at least two classes; classes absent there are skipped.
 */
export function oneStepAuc(
  design: OneStepDesign,
  training: Int32Array,
  test: Int32Array,
  numClasses: number,
): number {
  const { dimension, moments, training: x } = design
  const sums = new Float64Array(numClasses * dimension)
  const counts = new Float64Array(numClasses)
  for (let i = 0; i < training.length; i++) {
    const to = training[i]! * dimension
    const from = i * dimension
    counts[training[i]!]!++
    for (let j = 0; j < dimension; j++) sums[to + j]! += x[from + j]!
  }
  const present = new Set(test)
  const columns = numClasses === 2 ? [1] : [...present]
  let total = 0
  for (const c of columns) {
    const share = counts[c]! / training.length
    // The features have mean 0, so that the share's part of the gradient vanishes.
    const weights = sums.subarray(c * dimension, (c + 1) * dimension)
    for (let j = 0; j < dimension; j++) weights[j]! /= share * (1 - share) * moments[j]! + l2
    total += columnAuc(design, weights, test, c)
  }
  return total / columns.length
}

/** AUC of one linear score; sorting each side as plain numbers is several times faster than sorting indices. */
function columnAuc(
  { dimension, test }: OneStepDesign,
  weights: Float64Array,
  labels: Int32Array,
  c: number,
): number {
  let size = 0
  for (const label of labels) if (label === c) size++
  const positives = new Float64Array(size)
  const negatives = new Float64Array(labels.length - size)
  let p = 0
  let n = 0
  for (let i = 0; i < labels.length; i++) {
    const score = dot(weights, test, i * dimension)
    if (labels[i] === c) positives[p++] = score
    else negatives[n++] = score
  }
  positives.sort()
  negatives.sort()
  let won = 0
  let below = 0
  let notAbove = 0
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++
    while (notAbove < negatives.length && negatives[notAbove]! <= score) notAbove++
    won += (below + notAbove) / 2
  }
  return won / (positives.length * negatives.length)
}

interface Projected {
  readonly values: Float64Array
  readonly dimension: number
}

/** Every item gets a random sign per column; a list is the sum of its items (a random projection of its multi-hot row). */
function projectLists({ lists, numItems }: Extract<Evidence, { kind: 'lists' }>, rng: Rng): Projected {
  const signs = randomSigns(numItems + 1, rng)
  const numUsers = lists.offsets.length - 1
  const values = new Float64Array(numUsers * projectedColumns)
  for (let user = 0; user < numUsers; user++) {
    const row = values.subarray(user * projectedColumns, (user + 1) * projectedColumns)
    for (let at = lists.offsets[user]!; at < lists.offsets[user + 1]!; at++) {
      const from = lists.items[at]! * projectedColumns
      for (let j = 0; j < projectedColumns; j++) row[j]! += signs[from + j]!
    }
  }
  return { values, dimension: projectedColumns }
}

/** The same of standardised vectors; what the mean adds to a column is the same for everybody. */
function projectVectors(
  { values: userVectors, dimension }: Extract<Evidence, { kind: 'vectors' }>,
  trainingUsers: Int32Array,
  rng: Rng,
): Projected {
  const { scale } = fitStandardizer(userVectors, dimension, trainingUsers)
  const signs = randomSigns(dimension, rng)
  const itemVectors = new Float64Array((1 + projectedColumns) * dimension)
  for (let j = 0; j < dimension; j++) {
    for (let column = 0; column < projectedColumns; column++) {
      itemVectors[(1 + column) * dimension + j] = signs[j * projectedColumns + column]! / scale[j]!
    }
  }
  const columnsOf = vectorScores({ userVectors, itemVectors, dimension })
  const numUsers = userVectors.length / dimension
  const values = new Float64Array(numUsers * projectedColumns)
  for (let user = 0; user < numUsers; user++) {
    values.set(columnsOf(user).subarray(1), user * projectedColumns)
  }
  return { values, dimension: projectedColumns }
}

/** `[rows, projectedColumns]`, each 1 or -1. */
function randomSigns(rows: number, rng: Rng): Int8Array {
  const words = new Int32Array((rows * projectedColumns) / 32)
  rng.split('signs').fillInt32(words)
  return Int8Array.from({ length: rows * projectedColumns }, (_, at) =>
    (words[at >> 5]! >> (at & 31)) & 1 ? 1 : -1,
  )
}

/** Product with a stretch of `b`; four partial sums, because one alone would wait for each addition to finish. */
function dot(a: Float64Array, b: Float64Array, fromB: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let j = 0
  for (; j + 3 < a.length; j += 4) {
    s0 += a[j]! * b[fromB + j]!
    s1 += a[j + 1]! * b[fromB + j + 1]!
    s2 += a[j + 2]! * b[fromB + j + 2]!
    s3 += a[j + 3]! * b[fromB + j + 3]!
  }
  for (; j < a.length; j++) s0 += a[j]! * b[fromB + j]!
  return s0 + s1 + (s2 + s3)
}
