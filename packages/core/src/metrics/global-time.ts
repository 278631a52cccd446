import type { GlobalTimeSplit, Histories } from '../dataset.js'
import { concatenate } from './top-k-lists.js'

/** What the split by time asks of every user. */
export interface GlobalTimeTargets {
  /** Each user's items before the border, oldest first: the query, and what a ranking masks. */
  readonly known: Histories
  /** The different items that each user had first after the border, in order of time; none for many users. */
  readonly targets: Histories
  /** Interactions after the border that are no targets, because the user had known the item or meets it again. */
  readonly repeated: number
}

/**
 * The query and the targets of every user under the split by time.
 *
 * `test`: targets are the items from `testFrom` on, known is everything before. `validation`: targets are the items from
 * `validationFrom` until before `testFrom`, known is what came before. Targets are a set (protocols.md section 5), and
 * what a user knew already is none, as the ranking masks it.
 *
 * @param histories all interactions of the data set.
 */
export function globalTimeTargets(
  histories: Histories,
  globalTime: GlobalTimeSplit,
  split: 'validation' | 'test',
): GlobalTimeTargets {
  const { trainLength, validationLength } = globalTime
  const known: Int32Array[] = []
  const targets: Int32Array[] = []
  let after = 0
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const items = histories.items.subarray(histories.offsets[user], histories.offsets[user + 1])
    const from = split === 'test' ? validationLength[user]! : trainLength[user]!
    const end = split === 'test' ? items.length : validationLength[user]!
    const before = items.subarray(0, from)
    const fresh = new Set(items.subarray(from, end))
    for (const item of before) fresh.delete(item)
    known.push(before)
    targets.push(Int32Array.from(fresh))
    after += end - from
  }
  const ofUsers = concatenate(targets)
  return { known: concatenate(known), targets: ofUsers, repeated: after - ofUsers.items.length }
}
