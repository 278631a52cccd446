/**
 * Normalised discounted cumulative gain with a single relevant item, per user.
 *
 * `NDCG@k = 1[rank <= k] / log2(rank + 1)`; the ideal gain is 1. Järvelin and Kekäläinen 2002, the binary
 * single-target form of protocols.md section 5.
 *
 * @param ranks `[numUsers]`, mid-ranks (may be halves: a tie across the border at k counts as outside).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; empty for no users.
 * @example
 * ndcgAtK(new Float64Array([1, 3, 11]), 10) // [1, 0.5, 0]
 */
export function ndcgAtK(ranks: Float64Array, k: number): Float64Array {
  return ranks.map((rank) => (rank <= k ? 1 / Math.log2(rank + 1) : 0))
}
