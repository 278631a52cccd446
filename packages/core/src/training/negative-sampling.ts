import type { Histories } from '../dataset.js'
import type { PlannedBatch } from '../models/recommender.js'
import type { Rng } from '../random.js'

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

/** How {@link negativesPerPosition} draws. */
export interface NegativeDraw {
  readonly numItems: number
  /** Negatives per position, with replacement. */
  readonly count: number
  readonly rng: Rng
}

/**
 * Items for each position that has a target, uniform over the catalogue without the user's own history; 0 elsewhere.
 * A user who knows the whole catalogue gets 0, which is a padding item.
 *
 * @param targets `[batch, time]`, 0 where there is none.
 * @returns `[batch, time, count]`
 */
export function negativesPerPosition(
  histories: Histories,
  plan: PlannedBatch,
  targets: Int32Array,
  { numItems, count, rng }: NegativeDraw,
): Int32Array {
  const negatives = new Int32Array(targets.length * count)
  plan.users.forEach((user, row) => {
    const own = new Set(histories.items.subarray(histories.offsets[user], histories.offsets[user + 1]))
    if (own.size >= numItems) return
    for (let position = row * plan.time; position < (row + 1) * plan.time; position++) {
      if (targets[position] === 0) continue
      for (let at = position * count; at < (position + 1) * count; at++) {
        let item = 1 + rng.int(numItems)
        while (own.has(item)) item = 1 + rng.int(numItems)
        negatives[at] = item
      }
    }
  })
  return negatives
}
