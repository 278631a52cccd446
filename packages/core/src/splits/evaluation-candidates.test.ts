import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { Rng } from '../random.js'
import { drawCandidates } from './evaluation-candidates.js'

function rows(histories: readonly (readonly number[])[]): Histories {
  const offsets = new Int32Array(histories.length + 1)
  histories.forEach((own, user) => (offsets[user + 1] = offsets[user]! + own.length))
  return { offsets, items: Int32Array.from(histories.flat()) }
}

function listOf({ offsets, items }: Histories): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, user) =>
    Array.from(items.subarray(offsets[user], offsets[user + 1])),
  )
}

describe('drawCandidates', () => {
  it('gives all that is left where that is not enough, none to who knows everything', () => {
    const [some, none, all] = listOf(
      drawCandidates(rows([[1, 3, 3], [1, 2, 3, 4, 5], []]), 5, 4, Rng.fromSeed(1)),
    )
    expect(new Set(some)).toEqual(new Set([2, 4, 5]))
    expect(none).toEqual([])
    expect(new Set(all).size).toBe(4)
  })

  it('is distinct, unseen and in range for any histories', () => {
    const history = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 })
    fc.assert(
      fc.property(
        fc.array(history, { maxLength: 10 }),
        fc.nat(20),
        fc.integer(),
        (histories, perUser, seed) => {
          const drawn = listOf(drawCandidates(rows(histories), 30, perUser, Rng.fromSeed(seed)))
          expect(drawn).toHaveLength(histories.length)
          drawn.forEach((candidates, user) => {
            const known = new Set(histories[user])
            expect(candidates).toHaveLength(Math.min(perUser, 30 - known.size))
            expect(new Set(candidates).size).toBe(candidates.length)
            for (const item of candidates) {
              expect(item >= 1 && item <= 30 && !known.has(item)).toBe(true)
            }
          })
        },
      ),
    )
  })

  // Both ways of drawing: one rejects, the other lists what is left.
  it.each([
    ['many', 40],
    ['few', 12],
  ])('is uniform at every place when there are %s items', (_, numItems) => {
    const numUsers = 6000
    const perUser = 8
    const seen = [1, 2]
    const drawn = drawCandidates(
      rows(Array.from({ length: numUsers }, () => seen)),
      numItems,
      perUser,
      Rng.fromSeed(7),
    )
    for (const place of [0, perUser - 1]) {
      const counts = new Float64Array(numItems + 1)
      for (let user = 0; user < numUsers; user++) counts[drawn.items[user * perUser + place]!]!++
      const expected = numUsers / (numItems - seen.length)
      let chiSquare = 0
      for (let item = 3; item <= numItems; item++) chiSquare += (counts[item]! - expected) ** 2 / expected
      // Mean and variance of chi-square are its degrees of freedom and twice these; 4 standard deviations.
      const freedom = numItems - seen.length - 1
      expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom))
    }
  })

  it('depends on the stream alone', () => {
    const histories = rows([[1], [2, 9]])
    const draw = (seed: number): number[] =>
      Array.from(drawCandidates(histories, 50, 10, Rng.fromSeed(seed)).items)
    expect(draw(3)).toEqual(draw(3))
    expect(draw(4)).not.toEqual(draw(3))
  })
})
