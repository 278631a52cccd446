import { VeilrecError } from '../errors/veilrec-error.js'
import { labelledRows, macroRocAuc } from '../metrics/macro-roc-auc.js'
import { ascendingOrder } from '../metrics/roc-auc.js'
import type { Rng } from '../random.js'
import type { MeanEstimate } from './bootstrap-mean.js'
import {
  bootstrapDefaults,
  percentileInterval,
  standardDeviation,
  type BootstrapOptions,
} from './interval.js'

/** The scores of one one-vs-rest problem, sorted once; a resample only changes how often each user counts. */
interface SortedProblem {
  /** `[n]`, user positions by ascending score. */
  readonly order: Uint32Array
  /** `[n]`, 1 at the last position of each run of equal scores. */
  readonly lastOfTie: Uint8Array
  /** `[n]`, 1 for positives, in sorted order. */
  readonly positive: Uint8Array
}

/**
 * Bootstrap of the macro one-vs-rest AUC, stratified by class, over users and attack seeds together
 * (evaluation.md rule 8).
 *
 * Each resample draws, within every class, as many users as the class has, and as many seeds as there are, both with
 * replacement; its value is the mean over the drawn seeds of {@link macroRocAuc} on the drawn users. Stratification
 * keeps every class as it is, so that the same classes are skipped in each resample. The estimate itself is the mean
 * over the seeds on all users. Cost: O(resamples * seeds * classes * n) after one sort.
 *
 * @param probabilitiesBySeed one `[n, numClasses]` matrix per attack seed, at least one, rows in the same order.
 * @param labels `[n]`, class index; rows with -1 (missing) are left out.
 * @param rng advanced by `resamples * (labelled rows + seeds)` draws.
 * @returns null when no class can be scored.
 * @throws VeilrecError `INVALID_ARGUMENT` without seeds or on matrices of a wrong size, `NOT_FINITE` on NaN.
 */
export function bootstrapAuc(
  probabilitiesBySeed: readonly (Float32Array | Float64Array)[],
  labels: ArrayLike<number>,
  numClasses: number,
  rng: Rng,
  options: BootstrapOptions = {},
): MeanEstimate | null {
  const numSeeds = probabilitiesBySeed.length
  if (numSeeds === 0 || probabilitiesBySeed.some((p) => p.length !== labels.length * numClasses)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `bootstrapAuc needs matrices of ${labels.length} x ${numClasses} probabilities, one per seed`,
      { seeds: numSeeds, rows: labels.length, numClasses },
    )
  }
  const { resamples, confidence } = bootstrapDefaults(options)
  const { rows, sizes } = labelledRows(labels, numClasses)
  const columns = scorableColumns(sizes)
  if (columns.length === 0) return null
  const problems = probabilitiesBySeed.map((probabilities) =>
    columns.map((column) => sortProblem(probabilities, labels, numClasses, rows, column)),
  )
  const members = Array.from(sizes, (_, c) => membersOf(rows, labels, c))

  const counts = new Float64Array(rows.length)
  const seedCounts = new Float64Array(numSeeds)
  const replicates = new Float64Array(resamples)
  for (let b = 0; b < resamples; b++) {
    counts.fill(0)
    for (const users of members) {
      for (let i = 0; i < users.length; i++) counts[users[rng.int(users.length)]!]!++
    }
    seedCounts.fill(0)
    for (let s = 0; s < numSeeds; s++) seedCounts[rng.int(numSeeds)]!++
    let sum = 0
    for (let s = 0; s < numSeeds; s++) {
      if (seedCounts[s] === 0) continue
      for (const problem of problems[s]!) sum += seedCounts[s]! * countedAuc(problem, counts)
    }
    replicates[b] = sum / (numSeeds * columns.length)
  }
  let value = 0
  for (const probabilities of probabilitiesBySeed) {
    value += macroRocAuc(probabilities, labels, numClasses).auc.value! / numSeeds
  }
  const standardError = standardDeviation(replicates)
  return { value, interval: percentileInterval(replicates, confidence), standardError }
}

/** Columns with users inside and outside the class; for two classes the one problem there is. */
function scorableColumns(sizes: Uint32Array): number[] {
  const present = Array.from(sizes.keys()).filter((c) => sizes[c]! > 0)
  if (present.length < 2) return []
  return sizes.length === 2 ? [1] : present
}

function membersOf(rows: Uint32Array, labels: ArrayLike<number>, c: number): number[] {
  return Array.from(rows.keys()).filter((i) => labels[rows[i]!] === c)
}

function sortProblem(
  probabilities: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  numClasses: number,
  rows: Uint32Array,
  column: number,
): SortedProblem {
  const scores = Float64Array.from(rows, (row) => probabilities[row * numClasses + column]!)
  const order = ascendingOrder(scores)
  const lastOfTie = new Uint8Array(order.length)
  const positive = new Uint8Array(order.length)
  for (let i = 0; i < order.length; i++) {
    lastOfTie[i] = i + 1 === order.length || scores[order[i]!] !== scores[order[i + 1]!] ? 1 : 0
    positive[i] = labels[rows[order[i]!]!] === column ? 1 : 0
  }
  return { order, lastOfTie, positive }
}

/** AUC where user i counts `counts[i]` times: pairs won plus half the pairs tied, over all pairs. */
function countedAuc(problem: SortedProblem, counts: Float64Array): number {
  const { order, lastOfTie, positive } = problem
  let won = 0
  let positives = 0
  let negatives = 0
  let tiedPositives = 0
  let tiedNegatives = 0
  for (let i = 0; i < order.length; i++) {
    const count = counts[order[i]!]!
    if (positive[i] === 1) tiedPositives += count
    else tiedNegatives += count
    if (lastOfTie[i] === 0) continue
    won += tiedPositives * (negatives + tiedNegatives / 2)
    positives += tiedPositives
    negatives += tiedNegatives
    tiedPositives = 0
    tiedNegatives = 0
  }
  return won / (positives * negatives)
}
