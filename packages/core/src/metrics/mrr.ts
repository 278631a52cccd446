import { perUser, type Ranks } from './targets.js'

/**
 * Reciprocal rank of the best target, per user; its mean is MRR@k.
 *
 * `RR@k = 1[r <= k] / r` with `r = min over targets of rank`; without a cutoff pass `Infinity`. A target that was not
 * recommended at all (infinite rank) gives 0.
 *
 * @param ranks mid-ranks (may be halves).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; NaN for a user without targets; empty for no users.
 */
export function reciprocalRankAtK(ranks: Ranks, k: number): Float64Array {
  return perUser(ranks, (ofUser) => {
    let best = Infinity
    for (const rank of ofUser) best = Math.min(best, rank)
    return best <= k ? 1 / best : 0
  })
}
