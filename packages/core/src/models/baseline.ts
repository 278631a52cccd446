import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import type { ScoreRows } from '../metrics/vector-scores.js'

/**
 * A recommender without training steps that stands beside every model (evaluation.md rule 4).
 *
 * It is made from training interactions only; at test time it may read, like any model, what is known before the target.
 */
export interface Baseline {
  /** As shown in tables, such as `item-knn`. */
  readonly name: string
  /**
   * Overwrites the scores of all items.
   *
   * @param user user index.
   * @param known the user's items before the target, oldest first.
   * @param scores `[numItems + 1]`, by item index; entry 0 is padding.
   */
  score(user: number, known: Int32Array, scores: Float64Array): void
}

/** A baseline's scores as rows for rankings; one row of memory. */
export function baselineScores(baseline: Baseline, known: Histories, numItems: number): ScoreRows {
  const row = new Float64Array(numItems + 1)
  return (user) => {
    baseline.score(user, known.items.subarray(known.offsets[user], known.offsets[user + 1]), row)
    return row
  }
}

/** Every user's different items in training, in order of first occurrence, and how many users had each item. */
export interface BinaryTraining {
  readonly profiles: Histories
  /** `[numItems + 1]`, by item index. */
  readonly counts: Int32Array
}

/**
 * Training interactions as a binary matrix of users and items.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when an item index is outside the catalogue.
 */
export function binaryTraining(training: Histories, numItems: number): BinaryTraining {
  const numUsers = training.offsets.length - 1
  const counts = new Int32Array(numItems + 1)
  const offsets = new Int32Array(numUsers + 1)
  const items = new Int32Array(training.items.length)
  /** The user, counted from 1, who had the item last. */
  const hadBy = new Int32Array(numItems + 1)
  let length = 0
  for (let user = 0; user < numUsers; user++) {
    const end = training.offsets[user + 1]!
    for (let i = training.offsets[user]!; i < end; i++) {
      const item = training.items[i]!
      checkItem(item, user, numItems)
      if (hadBy[item] === user + 1) continue
      hadBy[item] = user + 1
      counts[item]!++
      items[length++] = item
    }
    offsets[user + 1] = length
  }
  return { profiles: { offsets, items: items.subarray(0, length) }, counts }
}

/** @throws VeilrecError `INVALID_ARGUMENT` when the item is outside the catalogue. */
export function checkItem(item: number, user: number, numItems: number): void {
  if (item >= 1 && item <= numItems) return
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `user ${user} has item ${item}, outside the catalogue 1..${numItems}`,
    { user, item, numItems },
  )
}
