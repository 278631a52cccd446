/**
 * Reciprocal rank of the single relevant item, per user; its mean is MRR@k.
 *
 * `RR@k = 1[rank <= k] / rank`; without a cutoff pass `Infinity`.
 *
 * @param ranks `[numUsers]`, mid-ranks (may be halves).
 * @param k cutoff, at least 1.
 * @returns `[numUsers]`, values in `[0, 1]`; empty for no users.
 */
export function reciprocalRankAtK(ranks: Float64Array, k: number): Float64Array {
  return ranks.map((rank) => (rank <= k ? 1 / rank : 0))
}
