import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { RepeatedAuc } from './batched-auc.js'

describe('RepeatedAuc', () => {
  it('is macroRocAuc, ties and absent classes included', () => {
    const rows = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
      ),
      { minLength: 2, maxLength: 30 },
    )
    fc.assert(
      fc.property(rows, (drawn) => {
        const labels = Int32Array.from(drawn, ([label]) => label)
        fc.pre(new Set(labels).size > 1)
        const probabilities = Float64Array.from(
          drawn.flatMap(([, scores]) => scores),
          (score) => score / 7,
        )
        const expected = macroRocAuc(probabilities, labels, 4).auc.value!
        expect(new RepeatedAuc(labels, 4).of(probabilities)).toBeCloseTo(expected, 12)
      }),
    )
  })

  it('scores two classes by the second one, never folded', () => {
    const auc = new RepeatedAuc(Int32Array.of(0, 1, 1, 0), 2)
    // Positives at 0.1 and 0.6, negatives at 0.9 and 0.1: pairs 0, 0.5, 0, 1.
    expect(auc.of(Float64Array.of(0.1, 0.9, 0.9, 0.1, 0.4, 0.6, 0.9, 0.1))).toBe(0.375)
    expect(auc.of(new Float64Array(8).fill(0.5))).toBe(0.5)
  })

  it('refuses NaN', () => {
    const auc = new RepeatedAuc(Int32Array.of(0, 1), 2)
    expect(() => auc.of(Float64Array.of(0.5, Number.NaN, 0.5, 0.5))).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    )
  })
})
