import { perUser, type Ranks } from './targets.js'

/**
 * Recall per user: the share of the targets that are among the best k.
 *
 * `Recall@k = |{t : rank_t <= k}| / |T|` (protocols.md section 5). A user with more than k targets cannot reach 1.
 *
 * @param ranks mid-ranks (may be halves: rank 10.5 is outside the best 10).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; NaN for a user without targets; empty for no users.
 */
export function recallAtK(ranks: Ranks, k: number): Float64Array {
  return perUser(ranks, (ofUser) => targetsWithin(ofUser, k) / ofUser.length)
}

/** How many of a user's targets rank at most k. */
export function targetsWithin(ranks: Float64Array, k: number): number {
  let count = 0
  for (const rank of ranks) if (rank <= k) count++
  return count
}
