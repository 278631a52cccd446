import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { Rng } from '../random.js'
import { rankAmongCandidates, rankByScores, rankTargets } from './full-ranking.js'
import { midRank } from './rank.js'
import { candidateCounts } from './user-mask.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})
const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' })

describe('rankTargets', () => {
  const vectors = {
    userVectors: Float32Array.from([1, 0, 0, 1, -1, 0]),
    itemVectors: Float32Array.from([100, 100, 1, 0, 2, 0, 3, 0, 0, 1]),
    dimension: 2,
  }

  it('ranks by inner product with the history masked', () => {
    const masked = histories([3, 3], [], [1])
    // user 0: items 1, 2, 4 score 1, 2, 0; user 1: 0, 0, 0, 1; user 2: items 2, 3, 4 score -2, -3, 0.
    expect([...rankTargets({ ...vectors, masked, targets: Int32Array.of(1, 4, 3) })]).toEqual([2, 1, 3])
  })

  it('masks only padding where no mask is given', () => {
    expect([...rankTargets({ ...vectors, targets: Int32Array.of(1, 4, 3) })]).toEqual([3, 1, 4])
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
        targets: Int32Array.of(1, 1),
      })
    expect(run).toThrow(expect.objectContaining({ code: 'NOT_FINITE', details }))
  })

  it('refuses vectors or masks of another number of users, and a masked target', () => {
    const targets = Int32Array.of(1, 1, 1)
    expect(() => rankTargets({ ...vectors, targets: Int32Array.of(1) })).toThrow(invalid)
    expect(() => rankTargets({ ...vectors, targets, masked: histories([], []) })).toThrow(invalid)
    expect(() => rankTargets({ ...vectors, targets, masked: histories([], [1], []) })).toThrow(/excluded/)
  })
})

describe('rankByScores', () => {
  const shared = Float32Array.of(0, 4, 3, 3, 1)

  it('ranks every user by the same scores, each with its own mask', () => {
    const masked = histories([1], [], [1, 2])
    expect([...rankByScores(() => shared, Int32Array.of(2, 4, 4), masked).ranks]).toEqual([1.5, 4, 2])
  })

  it('ranks several targets and does not ask for users without any', () => {
    const asked: number[] = []
    const scores = (user: number): Float32Array => (asked.push(user), shared)
    const targets = histories([4, 1], [], [2])
    const { offsets, ranks } = rankByScores(scores, targets, histories([], [1], [3]))
    expect([...offsets]).toEqual([0, 2, 2, 3])
    expect([...ranks]).toEqual([4, 1, 2])
    expect(asked).toEqual([0, 2])
  })
})

describe('rankAmongCandidates', () => {
  const scores = (): Float64Array => Float64Array.of(9, 5, 3, 3, 1)

  it('ranks the target among its own candidates only', () => {
    const ranks = rankAmongCandidates(scores, Int32Array.of(2, 4, 1), histories([3, 4], [2], []))
    expect([...ranks]).toEqual([1.5, 2, 1])
  })

  it('equals full ranking when all unknown items are candidates', () => {
    const masked = histories([1])
    const full = rankByScores(scores, Int32Array.of(3), masked).ranks
    expect(rankAmongCandidates(scores, Int32Array.of(3), histories([2, 4]))).toEqual(full)
  })

  it('refuses the target as its own candidate, items outside, NaN and another number of users', () => {
    const target = Int32Array.of(2)
    expect(() => rankAmongCandidates(scores, target, histories([1, 2]))).toThrow(/among its candidates/)
    for (const item of [0, 5]) {
      expect(() => rankAmongCandidates(scores, target, histories([item]))).toThrow(invalid)
    }
    expect(() => rankAmongCandidates(scores, target, histories([1], []))).toThrow(invalid)
    const broken = (): Float64Array => Float64Array.of(0, Number.NaN, 1)
    expect(() => rankAmongCandidates(broken, target, histories([1]))).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { item: 1, user: 0 } }),
    )
  })
})

describe('candidateCounts', () => {
  it('counts what is not masked, a repeated item once', () => {
    expect([...candidateCounts(4, 3, histories([1, 1, 2], [], [1, 2, 3, 4]))]).toEqual([2, 4, 0])
    expect([...candidateCounts(4, 2)]).toEqual([4, 4])
  })
})
