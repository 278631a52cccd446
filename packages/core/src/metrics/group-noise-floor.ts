import type { Rng } from '../random.js'
import { mean, quantile } from '../statistics/interval.js'

/** What differences between groups come to when there are none: the same statistic over groups drawn at random. */
export interface NoiseFloor {
  /** Mean over the permutations: what to expect of equal groups. */
  readonly expected: number
  /** 95th percentile over the permutations. */
  readonly upper: number
  /**
   * `(1 + #{permuted >= observed}) / (B + 1)`: how often equal groups differ that much (Davison and Hinkley 1997,
   * section 4.3). Never below `1 / (B + 1)`.
   */
  readonly pValue: number
}

/** A statistic of the groups' means; gets the means by group, and must not keep them. */
type GroupStatistic = (means: Float64Array) => number

/**
 * The noise floor of statistics of group means by permutation of the group labels over users.
 *
 * All groups keep their sizes and draw their users from everybody together, so the null hypothesis is that all groups
 * have the same distribution of the metric, not only the same mean. With B permutations the expectation is known to
 * `sd / sqrt(B)`.
 *
 * @param byGroup the values of each group.
 * @param statistics each gets `[groups]` means, NaN for a group without users.
 * @param rng advanced by `permutations * users` draws.
 * @returns as many floors as statistics, in the same order.
 */
export function groupNoiseFloors(
  byGroup: readonly Float64Array[],
  statistics: readonly GroupStatistic[],
  rng: Rng,
  permutations: number,
): NoiseFloor[] {
  const pool = Float64Array.from(byGroup.flatMap((values) => [...values]))
  const means = new Float64Array(byGroup.length)
  const meansOfPool = (): Float64Array => {
    let next = 0
    for (const [g, { length }] of byGroup.entries()) {
      let sum = 0
      for (let i = 0; i < length; i++) sum += pool[next++]!
      means[g] = sum / length
    }
    return means
  }
  meansOfPool()
  const observed = statistics.map((statistic) => statistic(means))
  const permuted = statistics.map(() => new Float64Array(permutations))
  for (let b = 0; b < permutations; b++) {
    rng.shuffle(pool)
    meansOfPool()
    for (const [s, statistic] of statistics.entries()) permuted[s]![b] = statistic(means)
  }
  // Sums of the same numbers in another order differ by rounding, which must not decide whether two values are equal.
  const dust = 1e-12 * pool.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  return permuted.map((values, s) => {
    const reached = values.reduce((count, value) => count + (value >= observed[s]! - dust ? 1 : 0), 0)
    values.sort()
    return {
      expected: mean(values),
      upper: quantile(values, 0.95),
      pValue: (1 + reached) / (permutations + 1),
    }
  })
}
