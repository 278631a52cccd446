import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { sampleWindows, windowHistories } from './windows.js'

/** Histories of the given lengths, items numbered through. */
function histories(lengths: readonly number[]) {
  const offsets = new Int32Array(lengths.length + 1)
  lengths.forEach((length, user) => (offsets[user + 1] = offsets[user]! + length))
  return { offsets, items: Int32Array.from({ length: offsets[lengths.length]! }, (_, i) => i + 1) }
}

describe('windows', () => {
  it('are moments of each user, the newest among them, none of one with fewer than two items', () => {
    const known = histories([3, 1, 0, 2])
    const all = sampleWindows(known, 10, Rng.fromSeed(1))
    expect([...all.users]).toEqual([0, 0, 3])
    expect([...all.lengths]).toEqual([1, 2, 1])
    expect([...all.targets]).toEqual([2, 3, 6])
    const newest = sampleWindows(known, 1, Rng.fromSeed(1))
    expect([...newest.lengths]).toEqual([2, 1])
  })

  it('have what was known before the target, the newest items of it', () => {
    const known = histories([4, 2])
    const windows = sampleWindows(known, 10, Rng.fromSeed(1))
    const { offsets, items } = windowHistories(known, windows, 2)
    const rows = [...windows.users.keys()].map((row) => [...items.subarray(offsets[row], offsets[row + 1])])
    expect(rows).toEqual([[1], [1, 2], [2, 3], [5]])
    expect([...windows.targets]).toEqual([2, 3, 4, 6])
  })

  it('are drawn without replacement, in order, and end before their target', () => {
    const input = fc.record({
      lengths: fc.array(fc.nat(12), { maxLength: 8 }),
      perUser: fc.integer({ min: 1, max: 6 }),
      historyLength: fc.integer({ min: 1, max: 5 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(input, ({ lengths, perUser, historyLength, seed }) => {
        const known = histories(lengths)
        const windows = sampleWindows(known, perUser, Rng.fromSeed(seed))
        const { users, targets } = windows
        const of = lengths.map((_, user) => [...windows.lengths].filter((_, row) => users[row] === user))
        lengths.forEach((length, user) => {
          const expected = Math.min(perUser, Math.max(0, length - 1))
          expect(of[user]).toHaveLength(expected)
          expect(of[user]).toEqual([...new Set(of[user])].sort((a, b) => a - b))
          expect(of[user]!.at(-1)).toBe(expected > 0 ? length - 1 : undefined)
        })
        expect([...users]).toEqual([...users].sort((a, b) => a - b))
        const { offsets, items } = windowHistories(known, windows, historyLength)
        targets.forEach((target, row) => {
          const history = items.subarray(offsets[row], offsets[row + 1])
          expect(history.length).toBe(Math.min(historyLength, windows.lengths[row]!))
          // Items are numbered through, so that the one before the target is one less.
          expect(history.at(-1)).toBe(target - 1)
        })
      }),
    )
  })
})
