import { describe, expect, it } from 'vitest'
import { hitAtK } from './hit.js'
import { reciprocalRankAtK } from './mrr.js'
import { ndcgAtK } from './ndcg.js'

const ranks = Float64Array.from([1, 2.5, 3, 10, 10.5, 11])

describe('single-target metrics per user', () => {
  it('ndcg discounts by log2(rank + 1) and cuts at k', () => {
    const values = ndcgAtK(ranks, 10)
    expect(values[0]).toBe(1)
    expect(values[1]).toBeCloseTo(1 / Math.log2(3.5), 15)
    expect(values[2]).toBe(0.5)
    expect(values[3]).toBeCloseTo(0.2890648263, 10)
    expect([values[4], values[5]]).toEqual([0, 0])
  })

  it('hit treats a tie across the border as a miss', () => {
    expect([...hitAtK(ranks, 10)]).toEqual([1, 1, 1, 1, 0, 0])
  })

  it('reciprocal rank cuts at k, or nowhere', () => {
    expect([...reciprocalRankAtK(ranks, 3)]).toEqual([1, 0.4, 1 / 3, 0, 0, 0])
    expect(reciprocalRankAtK(ranks, Infinity)[5]).toBe(1 / 11)
  })

  it('is empty for no users', () => {
    for (const metric of [ndcgAtK, hitAtK, reciprocalRankAtK]) {
      expect(metric(new Float64Array(0), 10)).toHaveLength(0)
    }
  })
})
