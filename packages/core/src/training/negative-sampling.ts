import type { Histories } from '../dataset.js'
import type { Rng } from '../random.js'
import type { BatchPlan } from './sequence-batches.js'

/** Negatives shared by all positions of a batch. */
export interface SharedNegatives {
  /** Distinct item ids, uniform over the catalogue. */
  readonly negatives: Int32Array
  /** For each target its place among the negatives, or -1. */
  readonly hits: Int32Array
}

/**
 * Draws `count <= numItems` distinct items for a sampled softmax and finds the targets among them, so
 * that no target competes with itself. Other items of a user's history may be among them, as they are
 * in the full softmax that is being approximated.
 */
export function sharedNegatives(
  count: number,
  numItems: number,
  targets: Int32Array,
  rng: Rng,
): SharedNegatives {
  const place = new Int32Array(numItems + 1).fill(-1)
  const negatives = new Int32Array(count)
  if (count * 2 > numItems) {
    const all = rng.shuffle(Int32Array.from({ length: numItems }, (_, index) => index + 1))
    negatives.set(all.subarray(0, count))
    negatives.forEach((item, index) => (place[item] = index))
  } else {
    for (let index = 0; index < count;) {
      const item = 1 + rng.int(numItems)
      if (place[item] !== -1) continue
      place[item] = index
      negatives[index++] = item
    }
  }
  return { negatives, hits: targets.map((target) => place[target]!) }
}

/**
 * One item per position, uniform over the catalogue without the user's own history (0 at padding).
 * A user who knows the whole catalogue gets 0, which is a padding item.
 */
export function negativePerPosition(
  histories: Histories,
  plan: BatchPlan,
  targets: Int32Array,
  numItems: number,
  rng: Rng,
): Int32Array {
  const negatives = new Int32Array(targets.length)
  const seenBy = new Int32Array(numItems + 1)
  plan.users.forEach((user, row) => {
    const own = histories.items.subarray(histories.offsets[user], histories.offsets[user + 1])
    let distinct = 0
    for (const item of own) {
      if (seenBy[item] !== row + 1) distinct++
      seenBy[item] = row + 1
    }
    if (distinct >= numItems) return
    for (let position = row * plan.time; position < (row + 1) * plan.time; position++) {
      if (targets[position] === 0) break
      let item = 1 + rng.int(numItems)
      while (seenBy[item] === row + 1) item = 1 + rng.int(numItems)
      negatives[position] = item
    }
  })
  return negatives
}
