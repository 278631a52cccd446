import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'

/** What one split asks of every user: what is known before the target, and the target. */
export interface LeaveOneOutTargets {
  /** Each user's items before the target, oldest first: the query, and what a ranking masks. */
  readonly known: Histories
  /** `[numUsers]`, the item to be ranked. */
  readonly targets: Int32Array
}

/**
 * The leave-one-out query and target of every user.
 *
 * `test`: the target is the last item, known is everything before it (training and validation items).
 * `validation`: the target is the last item but one, known are the training items.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when a user has too few items to have a target.
 */
export function leaveOneOutTargets(histories: Histories, split: 'validation' | 'test'): LeaveOneOutTargets {
  const heldOut = split === 'test' ? 1 : 2
  const numUsers = histories.offsets.length - 1
  const offsets = new Int32Array(numUsers + 1)
  const items = new Int32Array(Math.max(0, histories.items.length - heldOut * numUsers))
  const targets = new Int32Array(numUsers)
  for (let user = 0; user < numUsers; user++) {
    const start = histories.offsets[user]!
    const targetAt = histories.offsets[user + 1]! - heldOut
    if (targetAt < start) {
      throw new VeilrecError(
        'INVALID_ARGUMENT',
        `user ${user} has fewer than ${heldOut} interactions, so no ${split} target`,
        { user, split },
        'Filter the data set so that every user has at least 3 interactions.',
      )
    }
    targets[user] = histories.items[targetAt]!
    items.set(histories.items.subarray(start, targetAt), offsets[user]!)
    offsets[user + 1] = offsets[user]! + targetAt - start
  }
  return { known: { offsets, items }, targets }
}
