import { perUser, type Ranks } from './targets.js'

/**
 * Hit rate per user: whether any target is among the best k. With one target it equals recall.
 *
 * `HIT@k = 1[min over targets of rank <= k]` (protocols.md section 5).
 *
 * @param ranks mid-ranks (may be halves: rank 10.5 is no hit at 10).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, 0 or 1; NaN for a user without targets; empty for no users.
 */
export function hitAtK(ranks: Ranks, k: number): Float64Array {
  return perUser(ranks, (ofUser) => (ofUser.some((rank) => rank <= k) ? 1 : 0))
}
