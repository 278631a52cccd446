import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { baselineScores } from './baseline.js'
import { popularity } from './popularity.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

describe('popularity', () => {
  it('counts interactions, repeated ones too, alike for every user', () => {
    const scores = baselineScores(popularity(histories([2, 2, 1], [2], []), 4), histories([], [3]), 4)
    expect([...scores(0)]).toEqual([0, 1, 3, 0, 0])
    expect([...scores(1)]).toEqual([0, 1, 3, 0, 0])
  })

  it('is all zero without training users', () => {
    expect([...baselineScores(popularity(histories(), 2), histories([1]), 2)(0)]).toEqual([0, 0, 0])
  })

  it.each([0, 5])('refuses item %d', (item) => {
    expect(() => popularity(histories([1, item]), 4)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { user: 0, item, numItems: 4 } }),
    )
  })
})
