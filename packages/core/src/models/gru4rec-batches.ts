import type { Histories } from '../dataset.js'
import type { Rng } from '../random.js'
import { planEpoch, type BatchOptions } from '../training/sequence-batches.js'
import type { PlannedBatch } from './recommender.js'

/**
 * One epoch in which every item but the oldest of each history is a target exactly once: histories are cut, from the
 * newest item backwards, into windows of at most `historyLength` targets, and windows of similar length share a batch.
 *
 * @returns batches whose `positions` are the place of each window's newest target; users with fewer than two items
 *   are left out.
 */
export function planWindows(histories: Histories, options: BatchOptions, rng: Rng): PlannedBatch[] {
  const users: number[] = []
  const positions: number[] = []
  const offsets = [0]
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const length = histories.offsets[user + 1]! - histories.offsets[user]!
    for (let newest = length - 1; newest >= 1; newest -= options.historyLength) {
      users.push(user)
      positions.push(newest)
      offsets.push(offsets.at(-1)! + Math.min(newest, options.historyLength) + 1)
    }
  }
  // To the plan a window is a history of its own; which items it holds plays no part.
  const windows = { offsets: Int32Array.from(offsets), items: new Int32Array(0) }
  return planEpoch(windows, options, rng).map((plan) => ({
    ...plan,
    users: plan.users.map((window) => users[window]!),
    positions: plan.users.map((window) => positions[window]!),
  }))
}

/** The windows of a planned batch as histories, one per row: at most `time` inputs and the newest target. */
export function windowRows(histories: Histories, { users, positions, time }: PlannedBatch): Histories {
  const rows = [...users].map((user, row) => {
    const start = histories.offsets[user]!
    const newest = start + positions![row]!
    return histories.items.subarray(Math.max(start, newest - time), newest + 1)
  })
  const offsets = new Int32Array(rows.length + 1)
  rows.forEach((items, row) => (offsets[row + 1] = offsets[row]! + items.length))
  const items = new Int32Array(offsets[rows.length]!)
  rows.forEach((row, index) => items.set(row, offsets[index]))
  return { offsets, items }
}
