import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { rankByScores } from './full-ranking.js'
import { rankInLists, removeSeen, topKOfLists, type RecommendationLists } from './recommendation-lists.js'
import { topKLists } from './top-k-lists.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

/** Lists from `[item, score]` pairs. */
const listsOf = (...users: [number, number][][]): RecommendationLists => ({
  ...histories(...users.map((pairs) => pairs.map(([item]) => item))),
  scores: Float64Array.from(users.flatMap((pairs) => pairs.map(([, score]) => score))),
})

describe('removeSeen', () => {
  it('takes out and counts what the user had', () => {
    const lists = listsOf(
      [
        [4, 1],
        [2, 3],
        [1, 2],
      ],
      [],
      [[2, 5]],
    )
    expect(removeSeen(lists, 4, histories([2, 3], [1], []))).toEqual({
      lists: listsOf(
        [
          [4, 1],
          [1, 2],
        ],
        [],
        [[2, 5]],
      ),
      seenRemoved: 1,
    })
    expect(removeSeen(lists, 4)).toEqual({ lists, seenRemoved: 0 })
  })

  it.each([
    [
      'twice',
      [
        [3, 1],
        [3, 2],
      ],
      'INVALID_ARGUMENT',
    ],
    ['outside', [[5, 1]], 'INVALID_ARGUMENT'],
    ['outside', [[0, 1]], 'INVALID_ARGUMENT'],
    ['NaN', [[1, Number.NaN]], 'NOT_FINITE'],
  ] as const)('refuses an item that is %s', (_, pairs, code) => {
    const lists = listsOf(
      [[3, 1]],
      pairs.map(([item, score]) => [item, score]),
    )
    expect(() => removeSeen(lists, 4)).toThrow(
      expect.objectContaining({ code, details: { user: 1, item: pairs[0][0] } }),
    )
  })
})

describe('rankInLists', () => {
  it('shares mid-ranks and gives what is not listed an infinite rank', () => {
    const lists = listsOf(
      [
        [4, 1],
        [2, 3],
        [1, 1],
      ],
      [],
      [[2, -Infinity]],
    )
    expect([...rankInLists(lists, 4, Int32Array.of(1, 1, 2)).ranks]).toEqual([2.5, Infinity, 1])
    expect([...rankInLists(lists, 4, histories([3, 2, 4], [], [1])).ranks]).toEqual([
      Infinity,
      1,
      2.5,
      Infinity,
    ])
  })

  it('refuses another number of users', () => {
    expect(() => rankInLists(listsOf([]), 4, Int32Array.of(1, 1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  it('equals full ranking where the list is the whole catalogue, in any order', () => {
    const numItems = 9
    const row = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: numItems, maxLength: numItems })
    const order = fc.shuffledSubarray(Array.from(Array(numItems).keys()), { minLength: numItems })
    const seen = fc.uniqueArray(fc.integer({ min: 3, max: numItems }), { maxLength: 5 })
    fc.assert(
      fc.property(row, order, seen, (values, places, known) => {
        const lists = listsOf(places.map((place): [number, number] => [place + 1, values[place]!]))
        const scores = (): Float64Array => Float64Array.from([0, ...values])
        const masked = histories(known)
        const unseen = removeSeen(lists, numItems, masked)
        expect(unseen.seenRemoved).toBe(known.length)
        const targets = histories([1, 2])
        expect(rankInLists(unseen.lists, numItems, targets)).toEqual(rankByScores(scores, targets, masked))
        const best = topKLists(scores, 1, 4, masked).items
        const bestScores = (items: Int32Array): number[] => Array.from(items, (item) => values[item - 1]!)
        expect(bestScores(topKOfLists(unseen.lists, 4).items)).toEqual(bestScores(best))
      }),
    )
  })
})

describe('topKLists and topKOfLists', () => {
  it('give the best of every user, masked items left out', () => {
    const scores = (user: number): Float64Array =>
      Float64Array.of(9, 1, 3, 3).map((v) => (user === 1 ? -v : v))
    expect(topKLists(scores, 3, 2, histories([3], [], [1, 2]))).toEqual(histories([2, 1], [1, 2], [3]))
    const lists = listsOf(
      [
        [3, 1],
        [1, 1],
        [2, 5],
      ],
      [],
      [[1, 0]],
    )
    expect(topKOfLists(lists, 2)).toEqual(histories([2, 3], [], [1]))
  })
})
