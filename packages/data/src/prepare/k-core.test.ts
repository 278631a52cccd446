import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kCore as coreOf } from './k-core.js'

/** The k-core of all rows. */
function kCore(
  user: Int32Array,
  item: Int32Array,
  numUsers: number,
  numItems: number,
  k: number,
): Int32Array {
  return coreOf(Int32Array.from(user.keys()), user, item, numUsers, numItems, k)
}

describe('kCore', () => {
  it('drops in several rounds: user 2 goes, so item 2 goes, so user 1 goes', () => {
    // users 0 and 3 share items 0 and 1; user 1 has items 1 and 2; user 2 has item 2 only
    const user = Int32Array.from([0, 0, 1, 1, 2, 3, 3])
    const item = Int32Array.from([0, 1, 1, 2, 2, 0, 1])
    expect(Array.from(kCore(user, item, 4, 3, 2))).toEqual([0, 1, 5, 6])
  })

  it('keeps all for k = 1 and nothing where there is no core', () => {
    const user = Int32Array.from([0, 1])
    const item = Int32Array.from([0, 1])
    expect(Array.from(kCore(user, item, 2, 2, 1))).toEqual([0, 1])
    expect(kCore(user, item, 2, 2, 2)).toHaveLength(0)
    expect(kCore(new Int32Array(0), new Int32Array(0), 0, 0, 3)).toHaveLength(0)
  })

  it('leaves k interactions or more to everybody left, and drops nobody it need not (any data)', () => {
    const rows = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 80 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 5 }), (pairs, k) => {
        const user = Int32Array.from(pairs, ([u]) => u)
        const item = Int32Array.from(pairs, ([, i]) => i)
        const kept = Array.from(kCore(user, item, 10, 10, k))
        // The core by removing single rows, in another order: the result has to be the same set.
        const slow = new Set(pairs.keys())
        const count = (numbers: Int32Array, value: number): number =>
          [...slow].filter((row) => numbers[row] === value).length
        for (let changed = true; changed;) {
          changed = false
          for (const row of [...slow].reverse()) {
            if (count(user, user[row]!) >= k && count(item, item[row]!) >= k) continue
            slow.delete(row)
            changed = true
          }
        }
        expect(kept).toEqual([...slow].sort((a, b) => a - b))
      }),
      { numRuns: 50 },
    )
  })
})
