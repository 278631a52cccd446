import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { midRank, targetRanks } from './rank.js'

const scores = (...values: number[]): Float64Array => Float64Array.from([Number.NaN, ...values])

describe('midRank', () => {
  it('counts better items fully and equal items half', () => {
    expect(midRank(scores(5, 1, 3, 3, 0), 3)).toBe(2.5)
    expect(midRank(scores(5, 1, 3, 3, 0), 1)).toBe(1)
    expect(midRank(scores(5, 1, 3, 3, 0), 5)).toBe(5)
  })

  it('ignores padding and excluded items, NaN included', () => {
    const excluded = Uint8Array.from([0, 1, 0, 0, 1, 0])
    expect(midRank(scores(Number.NaN, 1, 3, 3, 0), 2, excluded)).toBe(2)
  })

  it('compares infinities', () => {
    expect(midRank(scores(Infinity, 0, -Infinity), 3)).toBe(3)
  })

  it('gives 1 to the only candidate', () => {
    expect(midRank(scores(7), 1)).toBe(1)
  })

  it.each([
    ['a candidate', scores(1, Number.NaN, 0), 1],
    ['the target', scores(1, Number.NaN, 0), 2],
  ])('refuses NaN in %s', (_, row, target) => {
    expect(() => midRank(row, target)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { item: 2 } }),
    )
  })

  it.each([0, -1, 4])('refuses the target %d outside the catalogue', (target) => {
    expect(() => midRank(scores(1, 2, 3), target)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  it('refuses an excluded target', () => {
    expect(() => midRank(scores(1, 2), 1, Uint8Array.from([0, 1, 0]))).toThrow(/excluded/)
  })

  it('equals the mean place over all orders of the ties, and a constant scorer gets the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }), (values) => {
        const row = scores(...values)
        const sorted = values.toSorted((a, b) => b - a)
        const first = sorted.indexOf(values[0]!) + 1
        const last = sorted.lastIndexOf(values[0]!) + 1
        expect(midRank(row, 1)).toBe((first + last) / 2)
        expect(
          midRank(
            row.map(() => 3),
            1,
          ),
        ).toBe((values.length + 1) / 2)
      }),
    )
  })
})

describe('targetRanks', () => {
  it('lets targets compete with each other', () => {
    expect([...targetRanks(scores(5, 1, 3, 3, 0), [1, 3, 2])]).toEqual([1, 2.5, 4])
    expect([...targetRanks(scores(5, 1, 3, 3, 0), [2, 5], Uint8Array.of(0, 1, 0, 0, 0, 0))]).toEqual([3, 4])
    expect(targetRanks(scores(1), [])).toHaveLength(0)
  })

  it('spreads tied targets over the places of their tie', () => {
    expect([...targetRanks(scores(3, 3, 3, 9), [2, 1])]).toEqual([1 + 4 / 3, 1 + 8 / 3])
    expect([...targetRanks(scores(3, 3, 3), [1, 2, 3])]).toEqual([1, 2, 3])
  })

  it('gives each of m tied targets its mean place over all orders of the tie', () => {
    const orders = (items: number[]): number[][] =>
      items.length < 2
        ? [items]
        : items.flatMap((item) =>
            orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
          )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 }), (m, n) => {
        const row = scores(...Array.from({ length: m + n }, () => 7))
        const targets = Array.from({ length: m }, (_, i) => i + 1)
        const all = orders(Array.from({ length: m + n }, (_, i) => i + 1))
        const ranks = targetRanks(row, targets)
        for (let j = 0; j < m; j++) {
          const jth = all.map((order) => order.flatMap((item, at) => (item <= m ? [at + 1] : []))[j]!)
          expect(ranks[j]).toBeCloseTo(jth.reduce((sum, at) => sum + at, 0) / all.length, 10)
        }
      }),
    )
  })

  it('refuses a tied target given twice', () => {
    expect(() => targetRanks(scores(1, 2), [2, 2])).toThrow(/given twice/)
  })
})
