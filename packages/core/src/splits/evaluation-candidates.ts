import type { Histories } from '../dataset.js'
import type { Rng } from '../random.js'

/**
 * Draws the items that compete with a user's target where a ranking is over a sample: uniform, without replacement,
 * from the catalogue without the user's whole history, so that a held-out item is never a negative (evaluation
 * contract, rules 2 and 3).
 *
 * They are in the order of drawing, so the first `n` of a user are themselves a uniform draw of `n`. A user who has
 * fewer than `perUser` items left gets all of these; one who knows the whole catalogue gets none.
 *
 * @param histories everything a user did, in training, validation and test
 * @param numItems catalogue size; items are `1..numItems`
 * @param perUser items wanted for each user, >= 0
 * @param rng a stream of their own, so that nothing else changes them
 * @returns drawn items as rows: the offsets are `[numUsers + 1]`, no item is 0 or the target
 *
 * @example
 * const negatives = drawCandidates(histories, numItems, 100, Rng.fromSeed(1).split('candidates'))
 */
export function drawCandidates(histories: Histories, numItems: number, perUser: number, rng: Rng): Histories {
  const numUsers = histories.offsets.length - 1
  const offsets = new Int32Array(numUsers + 1)
  const items = new Int32Array(numUsers * Math.min(perUser, numItems))
  const takenBy = new Int32Array(numItems + 1).fill(-1)
  let length = 0
  for (let user = 0; user < numUsers; user++) {
    let left = numItems
    for (let i = histories.offsets[user]!; i < histories.offsets[user + 1]!; i++) {
      const item = histories.items[i]!
      if (takenBy[item] === user) continue
      takenBy[item] = user
      left--
    }
    const end = length + Math.min(perUser, left)
    if (left < 2 * perUser) {
      for (const item of someOf(unseen(takenBy, user, left), end - length, rng)) items[length++] = item
    }
    while (length < end) {
      const item = 1 + rng.int(numItems)
      if (takenBy[item] === user) continue
      takenBy[item] = user
      items[length++] = item
    }
    offsets[user + 1] = length
  }
  return { offsets, items: items.slice(0, length) }
}

function unseen(takenBy: Int32Array, user: number, count: number): Int32Array {
  const items = new Int32Array(count)
  let length = 0
  for (let item = 1; item < takenBy.length; item++) if (takenBy[item] !== user) items[length++] = item
  return items
}

/** The first `count` of a random order (the beginning of a Fisher-Yates shuffle). */
function someOf(items: Int32Array, count: number, rng: Rng): Int32Array {
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(items.length - i)
    const kept = items[i]!
    items[i] = items[j]!
    items[j] = kept
  }
  return items.subarray(0, count)
}
