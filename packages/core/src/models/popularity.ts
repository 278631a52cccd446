import type { Histories } from '../dataset.js'
import { checkItem, type Baseline } from './baseline.js'

/**
 * The popularity recommender: an item's score is how often it occurs in the training interactions.
 *
 * `score(i) = #{(u, t) : item(u, t) = i}`, the same for every user. Ties are left as ties.
 *
 * @param training training interactions only, so that the baseline knows no more than a trained model; for
 * leave-one-out that is without every user's last two items.
 * @throws VeilrecError `INVALID_ARGUMENT` when an item index is outside the catalogue.
 */
export function popularity(training: Histories, numItems: number): Baseline {
  const counts = new Float64Array(numItems + 1)
  for (let user = 0; user + 1 < training.offsets.length; user++) {
    const end = training.offsets[user + 1]!
    for (let i = training.offsets[user]!; i < end; i++) {
      checkItem(training.items[i]!, user, numItems)
      counts[training.items[i]!]!++
    }
  }
  return { name: 'popularity', score: (_user, _known, scores) => scores.set(counts) }
}
