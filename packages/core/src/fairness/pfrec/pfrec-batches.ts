import type { Histories } from '../../dataset.js'
import type { BatchShape } from '../../models/recommender.js'
import type { Rng } from '../../random.js'
import { nextItemBatch, rowsPerBatch, timeBucket } from '../../training/sequence-batches.js'

/** Users whose histories are padded to the same length. */
export interface UserBucket extends BatchShape {
  readonly users: Int32Array
}

/** The users with at least two items by the length that what they knew is padded to, the shortest first. */
export function userBuckets(
  { offsets }: Histories,
  users: Iterable<number>,
  options: { readonly historyLength: number; readonly batchTokens: number },
): UserBucket[] {
  const byTime = new Map<number, number[]>()
  for (const user of users) {
    const known = offsets[user + 1]! - offsets[user]! - 1
    if (known < 1) continue
    const time = timeBucket(known, options.historyLength)
    const members = byTime.get(time)
    if (members) members.push(user)
    else byTime.set(time, [user])
  }
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([time, members]) => {
      return { time, batch: rowsPerBatch(time, options.batchTokens), users: Int32Array.from(members) }
    })
}

/** A bucket, with the probability of its share of the batches that take every user once. */
export function drawBucket(buckets: readonly UserBucket[], rng: Rng): UserBucket {
  let draw = rng.uniform() * buckets.reduce((total, bucket) => total + batchesOf(bucket), 0)
  const found = buckets.find((bucket) => (draw -= batchesOf(bucket)) < 0)
  return found ?? buckets.at(-1)!
}

/** How many full batches the users of a bucket make, in parts of one. */
export function batchesOf({ users, batch }: UserBucket): number {
  return users.length / batch
}

/** Moments of users' lives as a recommender reads them, int32. */
export interface Moments {
  /** `[batch, time]`, 0 = padding. */
  readonly history: Int32Array
  /** The item that came next: `[batch]`, or after each position `[batch, time]`, 0 where there is none. */
  readonly targets: Int32Array
}

/**
 * One moment of each user: with probability 1/2 the newest, else any, with the newest `time` items before it.
 *
 * @param users at least two items each.
 */
export function singleMoments(
  { offsets, items }: Histories,
  users: Int32Array,
  time: number,
  rng: Rng,
): Moments {
  const history = new Int32Array(users.length * time)
  const targets = new Int32Array(users.length)
  users.forEach((user, row) => {
    const start = offsets[user]!
    const last = offsets[user + 1]! - 1
    const end = rng.int(2) === 0 ? last : start + 1 + rng.int(last - start)
    history.set(items.subarray(Math.max(start, end - time), end), row * time)
    targets[row] = items[end]!
  })
  return { history, targets }
}

/** Every moment of each user's newest `time` that a pass over a batch gives. */
export interface AllMoments extends Moments {
  /**
   * `[looks * batch]`, moments as places in the flattened history: first the newest of each row, then as often as there are more
   * looks one of each row's later half.
   */
  readonly looked: Int32Array
}

/** @param users at least two items each. */
export function allMoments(
  histories: Histories,
  users: Int32Array,
  { time, looks, rng }: { readonly time: number; readonly looks: number; readonly rng: Rng },
): AllMoments {
  const { history, targets } = nextItemBatch(histories, { users, time, batch: users.length })
  const looked = Int32Array.from({ length: looks * users.length }, (_, look) => {
    const row = look % users.length
    const user = users[row]!
    const known = Math.min(histories.offsets[user + 1]! - histories.offsets[user]! - 1, time)
    const before = look < users.length ? 0 : rng.int(Math.ceil(known / 2))
    return row * time + known - 1 - before
  })
  return { history, targets, looked }
}
