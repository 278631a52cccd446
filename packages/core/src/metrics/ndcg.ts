import { perUser, type Ranks } from './targets.js'

/**
 * Normalised discounted cumulative gain with binary relevance, per user.
 *
 * `NDCG@k = sum over targets of 1[rank <= k] / log2(rank + 1), divided by sum_(i = 1..min(k, |T|)) 1 / log2(i + 1)`.
 * Järvelin and Kekäläinen 2002; the ideal list is cut at the number of targets (protocols.md section 5; the code of HGN
 * and FairSR does not). With one target the ideal gain is 1.
 *
 * @param ranks mid-ranks (may be halves: a tie across the border at k counts as outside).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; NaN for a user without targets; empty for no users.
 * @example
 * ndcgAtK(new Float64Array([1, 3, 11]), 10) // [1, 0.5, 0]
 */
export function ndcgAtK(ranks: Ranks, k: number): Float64Array {
  return perUser(ranks, (ofUser) => {
    let gain = 0
    let ideal = 0
    for (const [i, rank] of ofUser.entries()) {
      if (rank <= k) gain += 1 / Math.log2(rank + 1)
      if (i < k) ideal += 1 / Math.log2(i + 2)
    }
    return gain / ideal
  })
}
