import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { chooseEpoch, epochsToKeep } from './epoch-choice.js'
import type { Judgement } from './training-record.js'

const judged = (...epochs: readonly (readonly [worstAuc: number, ndcg: number])[]): Judgement[] =>
  epochs.map(([worstAuc, ndcg]) => ({ worstAuc, ndcg, requirements: [] }))

describe('the choice of an epoch', () => {
  it('takes the latest of those that leak least among those within 95 % of the best accuracy', () => {
    // 0.5 is too inaccurate, 0.7 leaks; 0.58 is the least of the others and 0.59 no worse.
    expect(chooseEpoch(judged([0.58, 0.097], [0.59, 0.096], [0.5, 0.09], [0.7, 0.1]))).toBe(1)
    expect(chooseEpoch(judged([0.6, 0.1], [0.61, 0.1]))).toBe(1)
    expect(chooseEpoch(judged([0.6, 0.1], [0.63, 0.1]))).toBe(0)
    expect(chooseEpoch([])).toBe(-1)
  })

  it('may go back to an epoch that was never chosen, which is therefore kept', () => {
    const epochs = judged([0.5, 0.1], [0.55, 0.104], [0.6, 0.107])
    expect([1, 2, 3].map((n) => chooseEpoch(epochs.slice(0, n)))).toEqual([0, 0, 1])
    expect([1, 2, 3].map((n) => epochsToKeep(epochs.slice(0, n)))).toEqual([[0], [0, 1], [1, 2]])
    expect(epochsToKeep(judged([0.5, 0.1], [0.5, 0.1]))).toEqual([1])
  })

  it('keeps the choice of every future', () => {
    const epoch = fc.tuple(fc.integer({ min: 40, max: 70 }), fc.integer({ min: 90, max: 110 }))
    fc.assert(
      fc.property(fc.array(epoch, { minLength: 1, maxLength: 12 }), (numbers) => {
        const epochs = judged(...numbers.map(([auc, ndcg]) => [auc / 100, ndcg / 1000] as const))
        const kept = new Set<number>()
        epochs.forEach((_, index) => {
          const needed = epochsToKeep(epochs.slice(0, index + 1))
          kept.add(index)
          for (const one of kept) if (!needed.includes(one)) kept.delete(one)
          expect(kept).toContain(chooseEpoch(epochs.slice(0, index + 1)))
        })
      }),
    )
  })
})
