/**
 * Hit rate with a single relevant item, per user; with one target it equals recall.
 *
 * `HIT@k = 1[rank <= k]` (protocols.md section 5).
 *
 * @param ranks `[numUsers]`, mid-ranks (may be halves: rank 10.5 is no hit at 10).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, 0 or 1; empty for no users.
 */
export function hitAtK(ranks: Float64Array, k: number): Float64Array {
  return ranks.map((rank) => (rank <= k ? 1 : 0))
}
