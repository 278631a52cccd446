import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'

/**
 * The popularity recommender: an item's score is how often it occurs in the training interactions.
 *
 * `score(i) = #{(u, t) : item(u, t) = i, t <= n_u - 2}`: every user's last two items (validation and test targets)
 * are left out, so that the baseline knows no more than a trained model.
 *
 * @param histories all interactions of a data set; item indices in `1..numItems`.
 * @returns `[numItems + 1]` float32 counts (exact below 2^24); entry 0, padding, is 0. Ties are left as ties.
 * @throws VeilrecError `INVALID_ARGUMENT` when an item index is outside the catalogue.
 */
export function popularityScores(histories: Histories, numItems: number): Float32Array {
  const scores = new Float32Array(numItems + 1)
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const end = histories.offsets[user + 1]! - 2
    for (let i = histories.offsets[user]!; i < end; i++) {
      const item = histories.items[i]!
      if (item < 1 || item > numItems) {
        throw new VeilrecError(
          'INVALID_ARGUMENT',
          `user ${user} has item ${item}, outside the catalogue 1..${numItems}`,
          { user, item, numItems },
        )
      }
      scores[item]!++
    }
  }
  return scores
}
