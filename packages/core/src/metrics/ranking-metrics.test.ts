import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rng } from '../random.js'
import { coverage } from './coverage.js'
import { hitAtK } from './hit.js'
import { reciprocalRankAtK } from './mrr.js'
import { ndcgAtK } from './ndcg.js'
import { precisionAtK } from './precision.js'
import { targetRanks } from './rank.js'
import { rankingAuc } from './ranking-auc.js'
import { recallAtK } from './recall.js'
import { rocAuc } from './roc-auc.js'
import { summarize } from './summarize.js'
import type { TargetRanks } from './targets.js'

const ranked = (...lists: number[][]): TargetRanks => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  ranks: Float64Array.from(lists.flat()),
})

describe('with one target per user', () => {
  const ranks = Float64Array.from([1, 2.5, 3, 10, 10.5, 11, Infinity])

  it('ndcg discounts by log2(rank + 1) and cuts at k', () => {
    const values = ndcgAtK(ranks, 10)
    expect(values[0]).toBe(1)
    expect(values[1]).toBeCloseTo(1 / Math.log2(3.5), 15)
    expect(values[2]).toBe(0.5)
    expect(values[3]).toBeCloseTo(0.2890648263, 10)
    expect([...values.subarray(4)]).toEqual([0, 0, 0])
  })

  it('hit and recall are the same and treat a tie across the border as a miss', () => {
    expect([...hitAtK(ranks, 10)]).toEqual([1, 1, 1, 1, 0, 0, 0])
    expect(recallAtK(ranks, 10)).toEqual(hitAtK(ranks, 10))
    expect([...precisionAtK(ranks, 10)]).toEqual([0.1, 0.1, 0.1, 0.1, 0, 0, 0])
  })

  it('reciprocal rank cuts at k, or nowhere', () => {
    expect([...reciprocalRankAtK(ranks, 3)]).toEqual([1, 0.4, 1 / 3, 0, 0, 0, 0])
    expect([...reciprocalRankAtK(ranks, Infinity).subarray(5)]).toEqual([1 / 11, 0])
  })

  it('auc is the share of other candidates behind the target', () => {
    const candidates = new Int32Array(7).fill(11)
    expect([...rankingAuc(ranks, candidates)]).toEqual([1, 0.85, 0.8, 0.1, 0.05, 0, Number.NaN])
    expect(rankingAuc(Float64Array.of(1), [1])[0]).toBeNaN()
    expect(() => rankingAuc(ranks, [5, 5, 5, 5, 5, 5, 5])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { user: 3, rank: 10 } }),
    )
  })

  it('is empty for no users', () => {
    for (const metric of [ndcgAtK, hitAtK, recallAtK, precisionAtK, reciprocalRankAtK]) {
      expect(metric(new Float64Array(0), 10)).toHaveLength(0)
    }
  })
})

describe('with several targets per user', () => {
  const ranks = ranked([1, 4, 7], [], [3, 1, 2])

  it('has hand-computed values, and NaN for a user without targets', () => {
    const [first, third, fifth] = [1, 1 / Math.log2(3), 1 / Math.log2(5)]
    const ideal = first + third + 1 / 2
    expect(ndcgAtK(ranks, 5)[0]).toBeCloseTo((first + fifth) / ideal, 14)
    expect(ndcgAtK(ranks, 2)[0]).toBeCloseTo(first / (first + third), 14)
    expect(ndcgAtK(ranks, 3)[2]).toBeCloseTo(1, 14)
    expect([...recallAtK(ranks, 4)]).toEqual([2 / 3, Number.NaN, 1])
    expect([...precisionAtK(ranks, 4)]).toEqual([0.5, Number.NaN, 0.75])
    expect([...hitAtK(ranks, 1)]).toEqual([1, Number.NaN, 1])
    expect([...reciprocalRankAtK(ranked([8, 4], []), Infinity)]).toEqual([0.25, Number.NaN])
    // Of 3 x 4 pairs the target is ahead in 4 + 2 + 0.
    expect([...rankingAuc(ranks, [7, 7, 7])]).toEqual([0.5, Number.NaN, 1])
  })

  it('stays within its range whatever ties there are', () => {
    const row = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(row, fc.nat(), fc.integer({ min: 1, max: 6 }), (values, seed, k) => {
        const scores = Float64Array.from([0, ...values])
        const rng = Rng.fromSeed(seed)
        const all = rng.shuffle(Array.from(values, (_, i) => i + 1))
        const targets = all.slice(0, 1 + rng.int(all.length))
        const ofUser: TargetRanks = {
          offsets: Int32Array.of(0, targets.length),
          ranks: targetRanks(scores, targets),
        }
        for (const metric of [ndcgAtK, recallAtK, precisionAtK, hitAtK, reciprocalRankAtK]) {
          const value = metric(ofUser, k)[0]!
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
        }
        const positive = Uint8Array.from(values, (_, i) => (targets.includes(i + 1) ? 1 : 0))
        const auc = rocAuc(Float64Array.from(values), positive).value ?? Number.NaN
        const ours = rankingAuc(ofUser, [values.length])[0]!
        expect(Number.isNaN(ours)).toBe(Number.isNaN(auc))
        expect(ours - auc || 0).toBeCloseTo(0, 12)
      }),
    )
  })
})

describe('against scikit-learn 1.9.1 (golden/ranking_metrics.py)', () => {
  const numItems = 23
  const users = Array.from({ length: 7 }, (_, u) => ({
    scores: Float64Array.from({ length: numItems + 1 }, (_score, i) => Math.sin(1 + 2.9 * u + 1.7 * i * i)),
    targets: Array.from({ length: u + 1 }, (_target, t) => ((3 * u + 7 * t) % numItems) + 1),
  }))
  const ranks = ranked(...users.map(({ scores, targets }) => [...targetRanks(scores, targets)]))

  it.each([
    {
      k: 1,
      ndcg: [0, 0, 0, 0, 0, 1, 0],
      recall: [0, 0, 0, 0, 0, 0.166666666667, 0],
      precision: [0, 0, 0, 0, 0, 1, 0],
      firstHit: 0,
    },
    {
      k: 5,
      ndcg: [0, 0.264068122573, 0.181541792537, 0, 0.213986264735, 0.339160205274, 0.360054614577],
      recall: [0, 0.5, 0.333333333333, 0, 0.2, 0.166666666667, 0.285714285714],
      precision: [0, 0.2, 0.2, 0, 0.2, 0.2, 0.4],
      firstHit: 0.14285714285714285,
    },
    {
      k: 10,
      ndcg: [0, 0.441307409357, 0.322808765397, 0, 0.320979397102, 0.302602413499, 0.461270299743],
      recall: [0, 1, 0.666666666667, 0, 0.4, 0.166666666667, 0.571428571429],
      precision: [0, 0.2, 0.2, 0, 0.2, 0.1, 0.4],
      firstHit: 0.2857142857142857,
    },
  ])('at $k', ({ k, ndcg, recall, precision, firstHit }) => {
    for (const [user, value] of ndcgAtK(ranks, k).entries()) expect(value).toBeCloseTo(ndcg[user]!, 11)
    for (const [user, value] of recallAtK(ranks, k).entries()) expect(value).toBeCloseTo(recall[user]!, 11)
    for (const [user, value] of precisionAtK(ranks, k).entries()) {
      expect(value).toBeCloseTo(precision[user]!, 11)
    }
    const first = ranked(...users.map(({ scores, targets }) => [targetRanks(scores, targets)[0]!]))
    expect(hitAtK(first, k).reduce((sum, hit) => sum + hit, 0) / 7).toBeCloseTo(firstHit, 12)
  })

  it('auc, with and without ties', () => {
    const auc = [
      0.5, 0.738095238095, 0.683333333333, 0.184210526316, 0.377777777778, 0.343137254902, 0.598214285714,
    ]
    const tied = [
      0.636363636364, 0.678571428571, 0.658333333333, 0.184210526316, 0.383333333333, 0.348039215686, 0.625,
    ]
    const candidates = new Int32Array(7).fill(numItems)
    const rounded = ranked(
      ...users.map(({ scores, targets }) => [
        ...targetRanks(
          scores.map((v) => Math.round(2 * v)),
          targets,
        ),
      ]),
    )
    for (const [user, value] of rankingAuc(ranks, candidates).entries())
      expect(value).toBeCloseTo(auc[user]!, 11)
    for (const [user, value] of rankingAuc(rounded, candidates).entries()) {
      expect(value).toBeCloseTo(tied[user]!, 11)
    }
  })
})

describe('coverage', () => {
  const lists = { offsets: Int32Array.of(0, 2, 5), items: Int32Array.of(1, 2, 2, 0, 4) }

  it('is the share of the catalogue that somebody is shown', () => {
    expect(coverage(lists, 4)).toEqual({ value: 0.75 })
    expect(coverage({ offsets: new Int32Array(3), items: new Int32Array(0) }, 4)).toEqual({ value: 0 })
  })

  it('is null without users or catalogue, and refuses items outside', () => {
    expect(coverage({ offsets: new Int32Array(1), items: new Int32Array(0) }, 4).value).toBeNull()
    expect(coverage({ offsets: new Int32Array(2), items: new Int32Array(0) }, 0).value).toBeNull()
    expect(() => coverage(lists, 3)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('summarize', () => {
  it('takes the mean over users with a value and counts the others', () => {
    const summary = summarize(Float64Array.of(0.5, Number.NaN, 1), Rng.fromSeed(1))
    expect(summary).toMatchObject({ value: 0.75, users: 2, undefinedUsers: 1 })
    expect(summary.interval).toEqual({ lower: 0.5, upper: 1 })
  })

  it('is null with a reason where nobody has a value', () => {
    expect(summarize(Float64Array.of(Number.NaN), Rng.fromSeed(1))).toEqual({
      value: null,
      reason: 'undefined for every user',
      users: 0,
      undefinedUsers: 1,
    })
    expect(summarize(new Float64Array(0), Rng.fromSeed(1))).toMatchObject({ value: null, reason: 'no user' })
  })
})
