import type { Histories } from '../dataset.js'
import { topK } from './top-k.js'
import { userMask } from './user-mask.js'
import type { ScoreRows } from './vector-scores.js'

/**
 * The best k items of every user, best first, ties to the lower item index.
 *
 * @param masked items of each user that are no candidates; left out: only padding.
 * @returns lists by user; shorter than k where a user has fewer candidates.
 * @throws VeilrecError `NOT_FINITE` when a candidate's score is NaN; `INVALID_ARGUMENT` when `masked` has another number
 * of users.
 */
export function topKLists(scores: ScoreRows, numUsers: number, k: number, masked?: Histories): Histories {
  const mask = userMask(masked, numUsers)
  return concatenate(
    Array.from({ length: numUsers }, (_, user) => {
      const row = scores(user)
      return topK(row, k, mask(user, row.length)).items
    }),
  )
}

/** Lists of all users behind one another. */
export function concatenate(lists: readonly Int32Array[]): Histories {
  const offsets = new Int32Array(lists.length + 1)
  for (const [user, list] of lists.entries()) offsets[user + 1] = offsets[user]! + list.length
  const items = new Int32Array(offsets[lists.length]!)
  for (const [user, list] of lists.entries()) items.set(list, offsets[user])
  return { offsets, items }
}
