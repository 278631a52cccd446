import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { coOccurrence } from './co-occurrence.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})
const training = histories([1, 2], [1, 2, 3, 3], [1], [2, 3])

const rowOf = (known: number[], numItems = 4): number[] => {
  const scores = new Float64Array(numItems + 1).fill(9)
  coOccurrence(training, numItems).score(0, Int32Array.from(known), scores)
  return [...scores]
}

describe('coOccurrence', () => {
  it('adds up conditional frequencies of the known items', () => {
    // c(1) = 3, c(1, 2) = 2, c(1, 3) = 1; c(3) = 2, c(3, 1) = 1, c(3, 2) = 2.
    expect(rowOf([1])).toEqual([0, 1, 2 / 3, 1 / 3, 0])
    expect(rowOf([3, 1, 3])).toEqual([0, 0.5 + 1, 1 + 2 / 3, 1 + 1 / 3, 0])
  })

  it('is popularity for a user without known items, and nothing for an item that nobody had', () => {
    expect(rowOf([])).toEqual([0, 3, 3, 2, 0])
    expect(rowOf([4])).toEqual([0, 0, 0, 0, 0])
  })

  it('refuses large catalogues and items outside', () => {
    expect(() => coOccurrence(training, 2897)).toThrow(/item-knn|too many/)
    expect(() => coOccurrence(training, 2)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})
