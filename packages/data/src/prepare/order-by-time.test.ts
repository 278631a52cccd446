import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderByTime } from './order-by-time.js'

describe('orderByTime', () => {
  it('orders a hand-made case: users 2 and 0 of three, equal times in source order', () => {
    const user = Int32Array.from([0, 2, 1, 0, 0, 2])
    const time = Float64Array.from([5, 9.5, 1, 4, 4, 9.25])
    const { rows, times } = orderByTime(
      Int32Array.from([0, 1, 3, 4, 5]),
      Int32Array.from([0, -1, 1]),
      Int32Array.from([0, 3, 5]),
      user,
      time,
    )
    expect(Array.from(rows)).toEqual([3, 4, 0, 5, 1])
    expect(Array.from(times)).toEqual([4, 4, 5, 9.25, 9.5])
  })

  it('equals a stable sort for any times and lengths', () => {
    const histories = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }), { maxLength: 6 })
    fc.assert(
      fc.property(histories, (byUser) => {
        const user = Int32Array.from(byUser.flatMap((own, u) => own.map(() => u)))
        const time = Float64Array.from(byUser.flat())
        const offsets = new Int32Array(byUser.length + 1)
        byUser.forEach((own, u) => (offsets[u + 1] = offsets[u]! + own.length))
        const all = Int32Array.from(user, (_, row) => row)
        const places = Int32Array.from(byUser, (_, u) => u)
        const { rows, times } = orderByTime(all, places, offsets, user, time)
        const expected = [...all].sort((a, b) => user[a]! - user[b]! || time[a]! - time[b]! || a - b)
        expect(Array.from(rows)).toEqual(expected)
        expect(Array.from(times)).toEqual(expected.map((row) => time[row]))
      }),
    )
  })
})
