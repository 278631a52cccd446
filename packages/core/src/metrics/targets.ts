import type { Histories } from '../dataset.js'

/** What is to be ranked: one item per user (`[numUsers]`), or any number of different items per user, none included. */
export type Targets = Int32Array | Histories

/** Ranks of every target of every user: those of user `u` are `ranks[offsets[u] .. offsets[u + 1])`. */
export interface TargetRanks {
  /** `[numUsers + 1]`, as in the targets. */
  readonly offsets: Int32Array
  /**
   * `[numTargets]` float64, in the order of the targets; at least 1, possibly between whole numbers, infinite where the
   * target was not recommended at all.
   */
  readonly ranks: Float64Array
}

/** Ranks as a metric takes them: `[numUsers]` with one target per user, or with offsets. */
export type Ranks = Float64Array | TargetRanks

/** Any targets with their offsets; shares the items. */
export function targetsPerUser(targets: Targets): Histories {
  if (!(targets instanceof Int32Array)) return targets
  return { offsets: Int32Array.from({ length: targets.length + 1 }, (_, user) => user), items: targets }
}

/**
 * A metric per user from the ranks of the user's targets.
 *
 * @param metric is called with one or more ranks, and must not keep them.
 * @returns `[numUsers]`; NaN for a user without targets, whose metric is undefined.
 */
export function perUser(ranks: Ranks, metric: (ranks: Float64Array, user: number) => number): Float64Array {
  if (ranks instanceof Float64Array) {
    return ranks.map((_, user) => metric(ranks.subarray(user, user + 1), user))
  }
  const { offsets } = ranks
  return Float64Array.from({ length: offsets.length - 1 }, (_, user) => {
    const [start, end] = [offsets[user]!, offsets[user + 1]!]
    return start === end ? Number.NaN : metric(ranks.ranks.subarray(start, end), user)
  })
}
