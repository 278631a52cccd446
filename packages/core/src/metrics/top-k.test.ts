import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topK } from './top-k.js'

describe('topK', () => {
  it('gives the best first and breaks ties by the lower index', () => {
    const { items, scores } = topK(Float32Array.from([9, 1, 3, 3, 2, 3]), 3)
    expect([...items]).toEqual([2, 3, 5])
    expect([...scores]).toEqual([3, 3, 3])
  })

  it('leaves excluded items out, even when they are NaN', () => {
    const scores = Float32Array.from([0, 1, Number.NaN, 5, 4])
    expect([...topK(scores, 2, Uint8Array.from([0, 0, 1, 1, 0])).items]).toEqual([4, 1])
  })

  it('returns what there is', () => {
    expect([...topK(Float32Array.from([0, 1, 2]), 10).items]).toEqual([2, 1])
    expect(topK(Float32Array.from([0, 1]), 0).items).toHaveLength(0)
    expect(topK(Float32Array.from([0]), 5).items).toHaveLength(0)
  })

  it('refuses NaN', () => {
    expect(() => topK(Float32Array.from([0, 1, Number.NaN]), 1)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { item: 2 } }),
    )
  })

  it('equals a full sort', () => {
    const row = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { maxLength: 80 })
    fc.assert(
      fc.property(row, fc.integer({ min: 0, max: 90 }), (entries, k) => {
        const scores = Float64Array.from([0, ...entries.map(([score]) => score)])
        const excluded = Uint8Array.from([0, ...entries.map(([, out]) => Number(out))])
        const expected = Array.from(scores.keys())
          .filter((item) => item > 0 && excluded[item] === 0)
          .sort((a, b) => scores[b]! - scores[a]! || a - b)
          .slice(0, k)
        expect([...topK(scores, k, excluded).items]).toEqual(expected)
      }),
    )
  })
})
