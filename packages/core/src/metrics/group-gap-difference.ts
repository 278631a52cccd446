import type { UserAttribute } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { bootstrapDefaults, mean, percentileInterval, standardDeviation } from '../statistics/interval.js'
import { bootstrapPValue, type PairedDifference } from '../statistics/paired-bootstrap.js'
import {
  comparedGroups,
  groupValues,
  replicateRanges,
  resampleGroups,
  type GroupOptions,
} from './group-values.js'

/** The group gaps of two systems over the same users and their difference, or why there is none. */
export type GroupGapDifference =
  | (PairedDifference & {
      readonly gapA: number
      readonly gapB: number
      /** Users in the groups compared. */
      readonly users: number
      readonly reason?: never
    })
  | { readonly value: null; readonly reason: string }

/**
 * How much larger the gap between best and worst group is with system a than with system b: `gap(a) - gap(b)`, by a paired
 * bootstrap (evaluation.md rule 12).
 *
 * Users are resampled within groups, and each brings both values; best and worst group are found anew in each
 * resample and for each system. Noise widens gaps, most those of a noisy metric and of near-equal groups, and in a
 * resample it does so once more. So interval and p-value are of `2 d - d*` instead of the replicates d* (the basic
 * bootstrap, Davison and Hinkley 1997, section 5.2), which takes that away to first order. What stays is the noise in
 * the estimate itself: of a gap that vanishes, about its noise floor is still counted, so the gain is understated.
 *
 * `effectSize` is the difference of gaps in units of the pooled standard deviation of `a - b` within groups.
 *
 * @param a `[numUsers]`, a metric per user, NaN where undefined; for instance of the base recommender.
 * @param b `[numUsers]`, of the other system. Only users for whom both are defined count.
 * @param rng not advanced.
 * @returns a null value with the reason when fewer than two groups have enough users.
 * @throws VeilrecError `INVALID_ARGUMENT` on unequal numbers of users.
 */
export function groupGapDifference(
  a: Float64Array,
  b: Float64Array,
  attribute: UserAttribute,
  rng: Rng,
  options: GroupOptions = {},
): GroupGapDifference {
  if (a.length !== b.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `two gaps are compared over the same users, got ${a.length} and ${b.length}`,
      { a: a.length, b: b.length },
    )
  }
  const both = (values: Float64Array): Float64Array =>
    values.map((value, user) => (Number.isNaN(a[user]! + b[user]!) ? Number.NaN : value))
  const ofA = groupValues(both(a), attribute).byGroup
  const ofB = groupValues(both(b), attribute).byGroup
  const compared = comparedGroups(ofA, options)
  if (compared.length < 2) {
    return { value: null, reason: `fewer than two groups have at least ${options.minimumUsers ?? 10} users` }
  }
  const gapOf = (groups: readonly Float64Array[]): number => {
    const means = compared.map((g) => mean(groups[g]!))
    return Math.max(...means) - Math.min(...means)
  }
  const gapReplicates = (groups: readonly Float64Array[]): Float64Array => {
    const replicates = resampleGroups(groups, attribute, rng, options)
    return replicateRanges(
      compared.map((g) => replicates[g]!),
      compared.map(() => 0),
    )
  }
  const [gapA, gapB] = [gapOf(ofA), gapOf(ofB)]
  const replicatesOfB = gapReplicates(ofB)
  const value = gapA - gapB
  const replicates = gapReplicates(ofA).map((gap, i) => 2 * value - (gap - replicatesOfB[i]!))
  const differences = compared.map((g) => ofA[g]!.map((value, i) => value - ofB[g]![i]!))
  const users = differences.reduce((sum, { length }) => sum + length, 0)
  const squares = differences.reduce((sum, d) => sum + (d.length - 1) * standardDeviation(d) ** 2, 0)
  const spread = Math.sqrt(squares / (users - compared.length))
  return {
    value,
    interval: percentileInterval(replicates, bootstrapDefaults(options).confidence),
    standardError: standardDeviation(replicates),
    // Equal differences leave rounding dust in the standard deviation, which must not become an effect.
    effectSize: spread > 1e-12 * Math.max(gapA, gapB) ? value / spread : null,
    pValue: bootstrapPValue(replicates),
    gapA,
    gapB,
    users,
  }
}
