import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../dataset.js'
import { Rng } from '../random.js'
import { nextItemBatch, planEpoch, rowsPerBatch, timeBucket, timeBuckets } from './sequence-batches.js'

function histories(...users: readonly (readonly number[])[]): Histories {
  const offsets = new Int32Array(users.length + 1)
  users.forEach((items, user) => (offsets[user + 1] = offsets[user]! + items.length))
  return { offsets, items: Int32Array.from(users.flat()) }
}

describe('time buckets', () => {
  it('are the limit, its half, quarter and eighth', () => {
    expect(timeBuckets(200)).toEqual([25, 50, 100, 200])
    expect(timeBuckets(1)).toEqual([1])
  })

  it('hold what they are chosen for', () => {
    expect(timeBucket(25, 200)).toBe(25)
    expect(timeBucket(26, 200)).toBe(50)
    expect(timeBucket(5000, 200)).toBe(200)
  })
})

describe('nextItemBatch', () => {
  it('shifts the newest items by one and pads on the right', () => {
    const { history, targets } = nextItemBatch(histories([1, 2, 3], [4, 5, 6, 7, 8]), {
      users: Int32Array.of(0, 1),
      time: 3,
      batch: 3,
    })
    expect([...history]).toEqual([1, 2, 0, 5, 6, 7, 0, 0, 0])
    expect([...targets]).toEqual([2, 3, 0, 6, 7, 8, 0, 0, 0])
  })
})

describe('planEpoch', () => {
  it('has every user with two items or more exactly once, in a bucket that fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 }),
        fc.integer(),
        (lengths, seed) => {
          const data = histories(...lengths.map((length) => Array.from({ length }, (_, i) => i + 1)))
          const plans = planEpoch(data, { historyLength: 16, batchTokens: 64 }, Rng.fromSeed(seed))
          const users = plans.flatMap((plan) => [...plan.users]).sort((a, b) => a - b)
          expect(users).toEqual(lengths.flatMap((length, user) => (length >= 2 ? [user] : [])))
          for (const { users: members, time, batch } of plans) {
            expect(members.length).toBeLessThanOrEqual(batch)
            expect(batch).toBe(rowsPerBatch(time, 64))
            for (const user of members) expect(timeBucket(Math.min(lengths[user]! - 1, 16), 16)).toBe(time)
          }
        },
      ),
    )
  })

  it('depends on the stream alone', () => {
    const data = histories(
      ...Array.from({ length: 30 }, (_, u) => Array.from({ length: 3 + (u % 9) }, (__, i) => i + 1)),
    )
    const plan = (seed: number): unknown =>
      planEpoch(data, { historyLength: 8, batchTokens: 32 }, Rng.fromSeed(seed)).map(({ users }) => [
        ...users,
      ])
    expect(plan(1)).toEqual(plan(1))
    expect(plan(1)).not.toEqual(plan(2))
  })
})
