import type { Histories } from '../../dataset.js'
import type { Rng } from '../../random.js'

/** Moments of users' lives: what was known of them, and the item that came next. */
export interface Windows {
  /** `[n]` */
  readonly users: Int32Array
  /** `[n]`, the item that came next. */
  readonly targets: Int32Array
  /** `[n]`, number of the user's items before it. */
  readonly lengths: Int32Array
}

/**
 * Draws moments of each user without replacement, the newest always among them: at most `perUser`, fewer of a user with
 * fewer items, none of one with fewer than two. In order of users, then of time.
 */
export function sampleWindows({ offsets, items }: Histories, perUser: number, rng: Rng): Windows {
  const users: number[] = []
  const lengths: number[] = []
  for (let user = 0; user + 1 < offsets.length; user++) {
    const last = offsets[user + 1]! - offsets[user]! - 1
    if (last < 1) continue
    const earlier = rng.shuffle(Int32Array.from({ length: last - 1 }, (_, index) => index + 1))
    const chosen = Int32Array.of(...earlier.subarray(0, perUser - 1), last).sort()
    for (const length of chosen) {
      users.push(user)
      lengths.push(length)
    }
  }
  const targets = Int32Array.from(users, (user, row) => items[offsets[user]! + lengths[row]!]!)
  return { users: Int32Array.from(users), lengths: Int32Array.from(lengths), targets }
}

/** What was known at each window, as histories of their own: the newest `historyLength` items before the target. */
export function windowHistories(
  { offsets, items }: Histories,
  { users, lengths }: Windows,
  historyLength: number,
): Histories {
  const ends = new Int32Array(users.length + 1)
  users.forEach((_, row) => (ends[row + 1] = ends[row]! + Math.min(lengths[row]!, historyLength)))
  const known = new Int32Array(ends[users.length]!)
  users.forEach((user, row) => {
    const end = offsets[user]! + lengths[row]!
    known.set(items.subarray(end - (ends[row + 1]! - ends[row]!), end), ends[row]!)
  })
  return { offsets: ends, items: known }
}
