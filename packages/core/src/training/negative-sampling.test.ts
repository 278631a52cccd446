import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import { negativesPerPosition, sharedNegatives } from './negative-sampling.js'

describe('sharedNegatives', () => {
  it.each([5, 60, 100])(
    'draws %i distinct items of the catalogue and finds the targets among them',
    (count) => {
      const targets = Int32Array.from({ length: 300 }, (_, index) => index % 101)
      const { negatives, hits } = sharedNegatives(count, 100, targets, Rng.fromSeed(count))
      expect(new Set(negatives).size).toBe(count)
      expect(Math.min(...negatives)).toBeGreaterThanOrEqual(1)
      expect(Math.max(...negatives)).toBeLessThanOrEqual(100)
      targets.forEach((target, position) => {
        expect(hits[position]).toBe(negatives.indexOf(target))
      })
    },
  )

  it('draws every item equally often', () => {
    const rng = Rng.fromSeed(3)
    const counts = new Float64Array(21)
    for (let i = 0; i < 4000; i++)
      for (const item of sharedNegatives(5, 20, new Int32Array(0), rng).negatives) counts[item]!++
    // 1000 expected each; five standard deviations of a binomial are about 137.
    for (let item = 1; item <= 20; item++) expect(Math.abs(counts[item]! - 1000)).toBeLessThan(140)
  })
})

describe('negativesPerPosition', () => {
  const histories = { offsets: Int32Array.of(0, 3, 6), items: Int32Array.of(1, 2, 3, 4, 5, 6) }

  it('never draws the own history, padding or outside the catalogue', () => {
    const plan = { users: Int32Array.of(1, 0), time: 4, batch: 2 }
    const targets = Int32Array.of(5, 6, 0, 0, 2, 3, 0, 0)
    for (let seed = 0; seed < 50; seed++) {
      const rng = Rng.fromSeed(seed)
      const negatives = negativesPerPosition(histories, plan, targets, { numItems: 7, count: 1, rng })
      expect([4, 5, 6]).not.toContain(negatives[0])
      expect([1, 2, 3]).not.toContain(negatives[4])
      expect(negatives[0]).toBeGreaterThanOrEqual(1)
      expect(negatives[0]).toBeLessThanOrEqual(7)
      expect([...negatives.subarray(2, 4), ...negatives.subarray(6)]).toEqual([0, 0, 0, 0])
    }
  })

  it('gives padding to a user who knows everything', () => {
    const plan = { users: Int32Array.of(0), time: 2, batch: 1 }
    const draw = { numItems: 3, count: 2, rng: Rng.fromSeed(1) }
    expect([...negativesPerPosition(histories, plan, Int32Array.of(2, 3), draw)]).toEqual([0, 0, 0, 0])
  })

  it('draws several for a position with a target and none for others', () => {
    const plan = { users: Int32Array.of(0), time: 3, batch: 1 }
    const draw = { numItems: 7, count: 50, rng: Rng.fromSeed(1) }
    const negatives = negativesPerPosition(histories, plan, Int32Array.of(0, 0, 3), draw)
    expect(negatives.subarray(0, 100).some(Boolean)).toBe(false)
    expect(new Set(negatives.subarray(100))).toEqual(new Set([4, 5, 6, 7]))
  })
})
