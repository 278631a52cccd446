import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { Rng } from '../random.js'
import { rankTargets, rankTargetsBySharedScores } from './full-ranking.js'
import { leaveOneOutTargets } from './leave-one-out.js'
import { midRank } from './rank.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

describe('rankTargets', () => {
  it('ranks by dot product with the history masked', () => {
    const itemVectors = Float32Array.from([100, 100, 1, 0, 2, 0, 3, 0, 0, 1])
    const ranks = rankTargets({
      userVectors: Float32Array.from([1, 0, 0, 1, -1, 0]),
      itemVectors,
      dimension: 2,
      masked: histories([3, 3], [], [1]),
      targets: Int32Array.from([1, 4, 3]),
    })
    // user 0: items 1, 2, 4 score 1, 2, 0; user 1: 0, 0, 0, 1; user 2: items 2, 3, 4 score -2, -3, 0.
    expect([...ranks]).toEqual([2, 1, 3])
  })

  it('agrees with the plain definition over random shapes', () => {
    const shape = fc.record({
      numUsers: fc.integer({ min: 0, max: 40 }),
      numItems: fc.integer({ min: 1, max: 23 }),
      dimension: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(shape, ({ numUsers, numItems, dimension, seed }) => {
        const rng = Rng.fromSeed(seed)
        // Small integers, so that there are ties and sums are exact.
        const draw = (length: number): Float32Array => Float32Array.from({ length }, () => rng.int(5) - 2)
        const userVectors = draw(numUsers * dimension)
        const itemVectors = draw((numItems + 1) * dimension)
        const targets = Int32Array.from({ length: numUsers }, () => 1 + rng.int(numItems))
        const lists = Array.from(targets, (target) =>
          Array.from({ length: rng.int(4) }, () => 1 + rng.int(numItems)).filter((item) => item !== target),
        )
        const masked = histories(...lists)
        const ranks = rankTargets({ userVectors, itemVectors, dimension, masked, targets })
        for (const [user, list] of lists.entries()) {
          const scores = new Float64Array(numItems + 1)
          const excluded = new Uint8Array(numItems + 1)
          for (const item of list) excluded[item] = 1
          for (let item = 0; item <= numItems; item++) {
            for (let j = 0; j < dimension; j++) {
              scores[item]! += userVectors[user * dimension + j]! * itemVectors[item * dimension + j]!
            }
          }
          expect(ranks[user]).toBe(midRank(scores, targets[user]!, excluded))
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['user', [1, 0, Number.NaN, 0], [0, 0, 1, 1], { user: 1 }],
    ['item', [1, 0, 1, 0], [0, 0, Infinity, 1], { item: 1 }],
  ])('names the %s whose vector is not finite', (_, users, items, details) => {
    const run = (): Float64Array =>
      rankTargets({
        userVectors: Float32Array.from(users),
        itemVectors: Float32Array.from(items),
        dimension: 2,
        masked: histories([], []),
        targets: Int32Array.from([1, 1]),
      })
    expect(run).toThrow(expect.objectContaining({ code: 'NOT_FINITE', details }))
  })

  it('refuses vectors of another number of users', () => {
    const input = { itemVectors: new Float32Array(4), dimension: 2, masked: histories([]) }
    expect(() =>
      rankTargets({ ...input, userVectors: new Float32Array(3), targets: Int32Array.from([1]) }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('rankTargetsBySharedScores', () => {
  it('ranks every user by the same scores, each with its own mask', () => {
    const scores = Float32Array.from([0, 4, 3, 3, 1])
    const masked = histories([1], [], [1, 2])
    const targets = Int32Array.from([2, 4, 4])
    expect([...rankTargetsBySharedScores(scores, masked, targets)]).toEqual([1.5, 4, 2])
  })
})

describe('leaveOneOutTargets', () => {
  const all = histories([1, 2, 3, 4], [5, 6])

  it('takes the last item for test and the one before for validation', () => {
    const test = leaveOneOutTargets(all, 'test')
    expect([...test.targets]).toEqual([4, 6])
    expect(test.known).toEqual(histories([1, 2, 3], [5]))
    const validation = leaveOneOutTargets(all, 'validation')
    expect([...validation.targets]).toEqual([3, 5])
    expect(validation.known).toEqual(histories([1, 2], []))
  })

  it('refuses a user without a target', () => {
    expect(() => leaveOneOutTargets(histories([1, 2], [3]), 'validation')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { user: 1, split: 'validation' } }),
    )
  })
})
