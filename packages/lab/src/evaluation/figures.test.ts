import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { figuresOf, systemMetrics } from './figures.js'

const lists = { offsets: Int32Array.of(0, 2, 4, 4), items: Int32Array.of(1, 2, 2, 3) }
const everyone = Int32Array.of(0, 1, 2)

describe('figuresOf', () => {
  it('averages over the users asked for, each metric over those for whom it is defined', () => {
    // User 1 has a single candidate, so that no pair exists for an AUC.
    const ranking = { ranks: Float64Array.of(1, 1, 7), candidates: [4, 1, 10], lists }
    const [figures] = figuresOf([systemMetrics(ranking)], everyone, 10, Rng.fromSeed(1))
    expect(figures).toMatchObject({ users: 3, 'hit@5': 2 / 3, 'hit@10': 1, 'coverage@10': 0.3, reasons: {} })
    expect(figures!.auc).toBeCloseTo((1 + 3 / 9) / 2, 12)
    expect(figures!.mrr).toBeCloseTo((2 + 1 / 7) / 3, 12)
    expect(figures!.intervals).toHaveProperty('auc')
    expect(figures!.intervals).not.toHaveProperty(['coverage@10'])
    const [some] = figuresOf([systemMetrics(ranking)], Int32Array.of(0), 10, Rng.fromSeed(1))
    expect(some).toMatchObject({ users: 1, mrr: 1, auc: 1, 'coverage@5': 0.2 })
    const [one] = figuresOf([systemMetrics(ranking)], Int32Array.of(1), 10, Rng.fromSeed(1))
    expect(one).toMatchObject({ auc: null, reasons: { auc: 'undefined for every user' } })
  })

  it('says why there is no figure, and never gives 0 instead', () => {
    const incomplete = systemMetrics({ ranks: Float64Array.of(1, Infinity, 2), candidates: null, lists })
    const sampled = systemMetrics({ ranks: Float64Array.of(1, 1, 2), candidates: [2, 2, 2], lists: null })
    const [listed, sample] = figuresOf([incomplete, sampled], everyone, 10, Rng.fromSeed(1))
    expect(listed).toMatchObject({ auc: null, 'ndcg@20': expect.any(Number) as number })
    expect(listed!.reasons.auc).toContain('leave candidates out')
    expect(sample).toMatchObject({ 'coverage@5': null, auc: 2 / 3 })
    expect(sample!.reasons['coverage@5']).toContain('no lists')
    expect(figuresOf([incomplete], new Int32Array(0), 10, Rng.fromSeed(1))).toEqual([null])
  })

  it('draws the same users for every recommender, alone or together', () => {
    const systems = [Float64Array.of(1, 5, 9), Float64Array.of(30, 2, 1)].map((ranks) =>
      systemMetrics({ ranks, candidates: [40, 40, 40], lists }),
    )
    const together = figuresOf(systems, everyone, 10, Rng.fromSeed(3))
    const alone = systems.map((system) => figuresOf([system], everyone, 10, Rng.fromSeed(3))[0])
    expect(together).toEqual(alone)
  })
})
