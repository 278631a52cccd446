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
  const place = new Map<number, number>()
  if (count * 2 > numItems) {
    const all = rng.shuffle(Int32Array.from({ length: numItems }, (_, index) => index + 1))
    all.subarray(0, count).forEach((item, index) => place.set(item, index))
  }
  while (place.size < count) {
    const item = 1 + rng.int(numItems)
    if (!place.has(item)) place.set(item, place.size)
  }
  return { negatives: Int32Array.from(place.keys()), hits: targets.map((target) => place.get(target) ?? -1) }
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
  plan.users.forEach((user, row) => {
    const own = new Set(histories.items.subarray(histories.offsets[user], histories.offsets[user + 1]))
    if (own.size >= numItems) return
    for (let position = row * plan.time; position < (row + 1) * plan.time; position++) {
      if (targets[position] === 0) break
      let item = 1 + rng.int(numItems)
      while (own.has(item)) item = 1 + rng.int(numItems)
      negatives[position] = item
    }
  })
  return negatives
}
