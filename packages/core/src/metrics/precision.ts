import { targetsWithin } from './recall.js'
import { perUser, type Ranks } from './targets.js'

/**
 * Precision per user: the share of the best k places that targets hold.
 *
 * `Precision@k = |{t : rank_t <= k}| / k` (protocols.md section 5). Places that a short list leaves empty count as
 * misses; a user with fewer than k targets cannot reach 1.
 *
 * @param ranks mid-ranks (may be halves: rank 10.5 is outside the best 10).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; NaN for a user without targets; empty for no users.
 */
export function precisionAtK(ranks: Ranks, k: number): Float64Array {
  return perUser(ranks, (ofUser) => targetsWithin(ofUser, k) / k)
}
