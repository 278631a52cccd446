import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { binaryTraining, type Baseline } from './baseline.js'

/** Largest catalogue for which all pairs are kept, 32 MiB of counts. */
const maxItems = 2896

/**
 * The co-occurrence recommender for small catalogues: how many of those who had the user's items had this one too.
 *
 * `score(u, j) = sum over the different known items i of u of c(i, j) / c(i)`, where `c(i, j)` users had both and `c(i)`
 * users had i in training: a sum of conditional frequencies P(j | i) (Deshpande and Karypis 2004, section 4.1.2, without
 * their damping of popular items). Where a catalogue has a few dozen items, nothing personal does much better
 * (protocols.md section 2.4). For a user without known items the score is `c(j)`, popularity. A known item that nobody
 * had in training adds nothing.
 *
 * @param training training interactions only; an item that a user had twice counts once.
 * @throws VeilrecError `INVALID_ARGUMENT` for more than 2,896 items, or when an item index is outside the catalogue.
 */
export function coOccurrence(training: Histories, numItems: number): Baseline {
  if (numItems > maxItems) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `co-occurrence keeps all pairs of items, and ${numItems} items are too many for that`,
      { numItems, maxItems },
      'Use item-knn, which keeps the nearest neighbours only.',
    )
  }
  const { profiles, counts } = binaryTraining(training, numItems)
  const width = numItems + 1
  const together = new Int32Array(width * width)
  for (let user = 0; user + 1 < profiles.offsets.length; user++) {
    const items = profiles.items.subarray(profiles.offsets[user], profiles.offsets[user + 1])
    for (const i of items) for (const j of items) together[i * width + j]!++
  }
  return {
    name: 'co-occurrence',
    score: (_user, known, scores) => {
      scores.fill(0)
      if (known.length === 0) scores.set(counts)
      for (const i of new Set(known)) {
        if (counts[i] === 0) continue
        for (let j = 1; j < width; j++) scores[j]! += together[i * width + j]! / counts[i]!
      }
    },
  }
}
