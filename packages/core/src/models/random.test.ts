import { describe, expect, it } from 'vitest'
import { random } from './random.js'

const rowOf = (seed: number, user: number, numItems = 50): Float64Array => {
  const scores = new Float64Array(numItems + 1)
  random(seed, numItems).score(user, new Int32Array(0), scores)
  return scores
}

describe('random', () => {
  it('gives a user the same order whoever was asked before, and another for another seed or user', () => {
    const baseline = random(7, 50)
    const scores = new Float64Array(51)
    for (const user of [3, 0, 2]) baseline.score(user, Int32Array.of(1), scores)
    expect(scores).toEqual(rowOf(7, 2))
    expect(scores).not.toEqual(rowOf(8, 2))
    expect(scores).not.toEqual(rowOf(7, 3))
  })

  it('has no ties', () => {
    const numItems = 200_000
    expect(new Set(rowOf(1, 0, numItems)).size).toBe(numItems + 1)
  })

  it('puts every item first equally often', () => {
    const first = new Float64Array(5)
    for (let user = 0; user < 4000; user++) {
      const row = rowOf(1, user, 4)
      first[row.indexOf(Math.max(...row.subarray(1)), 1)]!++
    }
    // Four standard deviations of a binomial count around 1,000.
    for (const count of first.subarray(1)) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(750))
  })
})
