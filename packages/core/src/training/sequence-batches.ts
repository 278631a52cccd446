import type { Histories } from '../dataset.js'
import type { BatchShape, PlannedBatch } from '../models/recommender.js'
import type { Rng } from '../random.js'

/** How batches are cut. */
export interface BatchOptions {
  /** Newest interactions that are read. */
  readonly historyLength: number
  /** Positions per batch, `batch * time`; at least one user per batch. */
  readonly batchTokens: number
}

/**
 * The lengths that histories are padded to: the limit, its half, quarter and eighth. Users of similar
 * length share a batch, so that little is spent on padding and few shapes are compiled.
 */
export function timeBuckets(historyLength: number): number[] {
  const lengths = [8, 4, 2, 1].map((divisor) => Math.ceil(historyLength / divisor))
  return [...new Set(lengths)]
}

/** Number of rows of a batch whose histories are padded to `time`. */
export function rowsPerBatch(time: number, batchTokens: number): number {
  return Math.max(1, Math.floor(batchTokens / time))
}

/**
 * One epoch: every user with at least two items once, in random order within its length bucket, the
 * batches in random order.
 */
export function planEpoch(histories: Histories, options: BatchOptions, rng: Rng): PlannedBatch[] {
  const { historyLength, batchTokens } = options
  const byTime = new Map<number, number[]>()
  for (let user = 0; user + 1 < histories.offsets.length; user++) {
    const inputs = Math.min(lengthOf(histories, user) - 1, historyLength)
    if (inputs < 1) continue
    const time = timeBucket(inputs, historyLength)
    const users = byTime.get(time)
    if (users) users.push(user)
    else byTime.set(time, [user])
  }
  const plans: PlannedBatch[] = []
  for (const [time, users] of [...byTime].sort(([a], [b]) => a - b)) {
    rng.shuffle(users)
    const batch = rowsPerBatch(time, batchTokens)
    for (let from = 0; from < users.length; from += batch) {
      plans.push({ users: Int32Array.from(users.slice(from, from + batch)), time, batch })
    }
  }
  return rng.shuffle(plans)
}

/** The smallest time bucket that holds `length` items (the largest for longer histories). */
export function timeBucket(length: number, historyLength: number): number {
  const buckets = timeBuckets(historyLength)
  return buckets.find((bucket) => bucket >= length) ?? historyLength
}

/** Item ids of a next-item batch, `[batch, time]` each, padded with 0 on the right. */
export interface NextItemBatch {
  readonly history: Int32Array
  /** The item after each position of `history`; 0 where there is none or it is not asked for. */
  readonly targets: Int32Array
}

/**
 * The newest items of each user as inputs, and the item after each position (`all`) or after the newest one only
 * (`last`) as target.
 */
export function nextItemBatch(
  histories: Histories,
  plan: PlannedBatch,
  which: 'all' | 'last' = 'all',
): NextItemBatch {
  const { users, time, batch } = plan
  const history = new Int32Array(batch * time)
  const targets = new Int32Array(batch * time)
  users.forEach((user, row) => {
    const end = histories.offsets[user + 1]!
    const start = Math.max(histories.offsets[user]!, end - time - 1)
    history.set(histories.items.subarray(start, end - 1), row * time)
    const first = which === 'all' ? start + 1 : end - 1
    targets.set(histories.items.subarray(first, end), row * time + first - start - 1)
  })
  return { history, targets }
}

/**
 * The newest `time` items of the users in the rows of a batch, padded with 0 on the right: the query of a
 * recommender that reads histories.
 *
 * @param users at most `batch`; rows beyond are padding.
 * @returns `[batch, time]`
 */
export function historyQuery(
  histories: Histories,
  users: ArrayLike<number>,
  { batch, time }: BatchShape,
): Int32Array {
  const query = new Int32Array(batch * time)
  for (let row = 0; row < users.length; row++) {
    const end = histories.offsets[users[row]! + 1]!
    const start = Math.max(histories.offsets[users[row]!]!, end - time)
    query.set(histories.items.subarray(start, end), row * time)
  }
  return query
}

function lengthOf({ offsets }: Histories, user: number): number {
  return offsets[user + 1]! - offsets[user]!
}
