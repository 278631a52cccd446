import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { innerProductBound, screenedTopK } from './screened-top-k.js'
import { topK } from './top-k.js'

/** A score row by item index, padding first. */
function row(...scores: number[]): Float64Array {
  return Float64Array.from([0, ...scores])
}

describe('screenedTopK', () => {
  it('lets the true scores decide between items that the screen puts in the wrong order', () => {
    const truth = row(1.0, 1.2, 0.1, 1.1)
    const screen = row(1.15, 1.1, 0.1, 1.05)
    const scored: number[] = []
    const exact = (item: number): number => {
      scored.push(item)
      return truth[item]!
    }
    const { items, scores } = screenedTopK({ screen, bound: 0.15, exact }, 2)
    expect([...items]).toEqual([2, 4])
    expect([...scores]).toEqual([1.2, 1.1])
    expect(scored).toEqual([1, 2, 4])
  })

  it('gives no item twice, none excluded, and fewer than k of fewer candidates', () => {
    const scores = row(3, 2, 1)
    const excluded = Uint8Array.of(0, 1, 0, 0)
    const options = { screen: scores, bound: 0, exact: (item: number) => scores[item]! }
    expect([...screenedTopK(options, 10, { excluded }).items]).toEqual([2, 3])
    expect([...screenedTopK(options, 0).items]).toEqual([])
  })

  it('equals the ranking by true scores, whatever the screen says within its bound', () => {
    const score = fc.integer({ min: -8, max: 8 }).map((whole) => whole / 4)
    const noise = fc.double({ min: -0.6, max: 0.6, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(score, noise), { maxLength: 40 }), fc.nat(12), (items, k) => {
        const truth = row(...items.map(([value]) => value))
        const screen = row(...items.map(([value, error]) => value + error))
        const found = screenedTopK({ screen, bound: 0.6001, exact: (item) => truth[item]! }, k)
        expect([...found.items]).toEqual([...topK(truth, k).items])
      }),
    )
  })

  it('breaks ties by the seed, the same way every time, and only ties', () => {
    const scores = row(1, 1, 1, 1, 1, 1, 1, 2)
    const options = { screen: scores, bound: 0, exact: (item: number) => scores[item]! }
    const [plain, one, again, other] = [undefined, 1, 1, 2].map((seed) => {
      return [...screenedTopK(options, 5, seed === undefined ? {} : { seed }).items]
    })
    expect(plain).toEqual([8, 1, 2, 3, 4])
    expect(one![0]).toBe(8)
    expect(one).toEqual(again)
    expect(one).not.toEqual(other)
    expect(one).not.toEqual(plain)
  })
})

describe('innerProductBound', () => {
  it('holds for float32 sums in any order', () => {
    const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 64,
    })
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const n = Math.min(left.length, right.length)
        let [float32, exact, a, b] = [0, 0, 0, 0]
        for (let i = n - 1; i >= 0; i--) {
          const [x, y] = [Math.fround(left[i]!), Math.fround(right[i]!)]
          float32 = Math.fround(float32 + Math.fround(x * y))
          exact += x * y
          a += x * x
          b += y * y
        }
        expect(Math.abs(float32 - exact)).toBeLessThanOrEqual(
          innerProductBound(n, Math.sqrt(a), Math.sqrt(b)),
        )
      }),
    )
  })
})
