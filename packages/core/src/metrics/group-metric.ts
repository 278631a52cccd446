import type { UserAttribute } from '../dataset.js'
import type { Rng } from '../random.js'
import { estimateMean, type MeanEstimate } from '../statistics/bootstrap-mean.js'
import {
  bootstrapDefaults,
  percentileInterval,
  quantile,
  standardDeviation,
  type Interval,
} from '../statistics/interval.js'
import { groupNoiseFloors, type NoiseFloor } from './group-noise-floor.js'
import {
  comparedGroups,
  groupValues,
  replicateRanges,
  resampleGroups,
  type GroupedValues,
  type GroupOptions,
} from './group-values.js'
import type { MetricSummary } from './summarize.js'

/** A metric's mean over one group, with its interval; of few users the interval is too narrow. */
export type GroupSummary = MetricSummary & {
  /** The class that the users share. */
  readonly group: string
  /** Whether the group is large enough to be best or worst. */
  readonly isCompared: boolean
}

/** How far the best and the worst group are apart, or why that is undefined. */
export type GroupGap =
  | {
      /** Mean of the best minus mean of the worst group, at least 0. */
      readonly value: number
      readonly interval: Interval
      readonly noiseFloor: NoiseFloor
      /** Of equal means the first group. */
      readonly best: GroupSummary
      /** Worst-group utility; the lowest of several noisy means is on average too low. */
      readonly worst: GroupSummary
      readonly reason?: never
    }
  | {
      readonly value: null
      readonly reason: string
      readonly interval?: never
      readonly noiseFloor?: never
      readonly best?: never
      readonly worst?: never
    }

/** The difference of two groups with its sign, `mean(first) - mean(second)`, in the order of the attribute's classes. */
export interface SignedGap extends MeanEstimate {
  readonly first: string
  readonly second: string
}

/** Standard deviation over groups, weighted by their users. */
export interface GroupSpread {
  readonly value: number
  readonly noiseFloor: NoiseFloor
}

/** A metric by group: what {@link groupMetric} finds. */
export interface GroupMetric {
  readonly attribute: string
  /** In the order of the attribute's classes, all of them. */
  readonly groups: readonly GroupSummary[]
  /** Users whose value of the attribute is missing; left out. */
  readonly missingUsers: number
  readonly gap: GroupGap
  /** Null unless exactly two groups are compared. */
  readonly signedGap: SignedGap | null
  /** Over all groups that have users; null with fewer than two. */
  readonly spread: GroupSpread | null
}

/**
 * A per-user metric by group of users (evaluation.md rule 10): how well each group is served, and how unequally.
 *
 * - `gap = max_g m_g - min_g m_g` over the groups with at least 10 users, m_g the mean over the group. With two groups that
 *   is the gap of A-FSR, `|m_1 - m_2|` (SIGIR 2024, equation 1), beside which stands the difference with its sign.
 * - Its interval is `gap -+ c`, cut at 0, with c the 95 % quantile of `max_g (m*_g - m_g) - min_g (m*_g - m_g)` over
 *   resamples m* of the users within groups, or the noise floor's `upper` where that is larger: resamples of a small group
 *   without a single hit would say that it is known exactly. As `|gap(m) - gap(mu)| <= gap(m - mu)` for the true means mu, it
 *   covers the true gap at least as often as it says; in simulations less often only where a group of a dozen or two
 *   varies more than the others. The percentiles of gap(m*) would not: noise only ever widens a gap, and they never reach 0.
 * - `spread = sqrt(sum_g n_g / n (m_g - m)^2)` over all groups (protocols.md section 6.4), which small groups do not rule.
 * - The noise floors say what gap and spread are when all groups have the same distribution ({@link NoiseFloor}). A gap
 *   below its `upper` is no evidence of unequal service.
 *
 * @param values `[numUsers]`; NaN marks a user for whom the metric is undefined, who is left out and counted.
 * @param attribute of the same users; those without a value are left out and counted.
 * @param rng not advanced, so that every system draws the same users.
 * @returns nulls with reasons where there are too few users.
 * @throws VeilrecError `INVALID_ARGUMENT` when the attribute is of another number of users.
 * @example
 * const { gap } = groupMetric(ndcgAtK(ranks, 10), gender, Rng.fromSeed(1).split('groups'))
 */
export function groupMetric(
  values: Float64Array,
  attribute: UserAttribute,
  rng: Rng,
  options: GroupOptions = {},
): GroupMetric {
  const grouped = groupValues(values, attribute)
  const { byGroup, missingUsers } = grouped
  const { confidence, resamples } = bootstrapDefaults(options)
  const compared = comparedGroups(byGroup, options)
  const replicates = resampleGroups(byGroup, attribute, rng, options)
  const groups = summarizeGroups(grouped, attribute, replicates, compared, options)
  const head = { attribute: attribute.name, groups, missingUsers }

  const sizes = byGroup.map(({ length }) => length)
  if (sizes.filter((size) => size > 0).length < 2) {
    return {
      ...head,
      gap: { value: null, reason: 'fewer than two groups have users' },
      signedGap: null,
      spread: null,
    }
  }
  const [spreadFloor, gapFloor] = groupNoiseFloors(
    byGroup,
    [(means) => weightedSpread(means, sizes), (means) => gapOf(means, compared).value],
    rng.split('permutations'),
    resamples,
  )
  const means = groups.map(({ value }) => value ?? Number.NaN)
  const spread = { value: weightedSpread(means, sizes), noiseFloor: spreadFloor! }
  if (compared.length < 2) {
    const reason = `fewer than two groups have at least ${options.minimumUsers ?? 10} users`
    return { ...head, gap: { value: null, reason }, signedGap: null, spread }
  }
  const { value, best, worst } = gapOf(means, compared)
  const ofCompared = compared.map((g) => replicates[g]!)
  const deviations = replicateRanges(
    ofCompared,
    compared.map((g) => means[g]!),
  ).sort()
  const margin = Math.max(quantile(deviations, confidence), gapFloor!.upper)
  const gap: GroupGap = {
    value,
    interval: { lower: Math.max(0, value - margin), upper: value + margin },
    noiseFloor: gapFloor!,
    best: groups[best]!,
    worst: groups[worst]!,
  }
  return { ...head, gap, signedGap: signedGapOf(groups, compared, ofCompared, confidence), spread }
}

function summarizeGroups(
  { byGroup, undefinedUsers }: GroupedValues,
  { classes }: UserAttribute,
  replicates: readonly Float64Array[],
  compared: readonly number[],
  options: GroupOptions,
): GroupSummary[] {
  return byGroup.map((values, g) => {
    const users = values.length
    const head = {
      group: classes[g]!,
      isCompared: compared.includes(g),
      users,
      undefinedUsers: undefinedUsers[g]!,
    }
    if (users > 0) return { ...head, ...estimateMean(values, replicates[g]!.slice(), options) }
    return {
      ...head,
      value: null,
      reason: head.undefinedUsers === 0 ? 'no user' : 'undefined for every user',
    }
  })
}

/** The largest difference among the groups given; 0 without groups. */
function gapOf(
  means: ArrayLike<number>,
  among: readonly number[],
): { value: number; best: number; worst: number } {
  let best = among[0] ?? 0
  let worst = best
  for (const g of among) {
    if (means[g]! > means[best]!) best = g
    if (means[g]! < means[worst]!) worst = g
  }
  return { value: among.length === 0 ? 0 : means[best]! - means[worst]!, best, worst }
}

function weightedSpread(means: ArrayLike<number>, sizes: readonly number[]): number {
  const users = sizes.reduce((sum, size) => sum + size, 0)
  const weighted = (term: (mean: number) => number): number =>
    sizes.reduce((sum, size, g) => (size === 0 ? sum : sum + (size / users) * term(means[g]!)), 0)
  const center = weighted((mean) => mean)
  return Math.sqrt(weighted((mean) => (mean - center) ** 2))
}

function signedGapOf(
  groups: readonly GroupSummary[],
  compared: readonly number[],
  replicates: readonly Float64Array[],
  confidence: number,
): SignedGap | null {
  if (compared.length !== 2) return null
  const [first, second] = compared.map((g) => groups[g]!)
  const differences = replicates[0]!.map((value, b) => value - replicates[1]![b]!)
  return {
    first: first!.group,
    second: second!.group,
    value: first!.value! - second!.value!,
    standardError: standardDeviation(differences),
    interval: percentileInterval(differences, confidence),
  }
}
