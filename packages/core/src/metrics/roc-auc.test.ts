import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { macroRocAuc } from './macro-roc-auc.js'
import { rocAuc } from './roc-auc.js'

const auc = (scores: number[], positive: number[]): number | null =>
  rocAuc(Float64Array.from(scores), Uint8Array.from(positive)).value

describe('rocAuc', () => {
  it('matches cases counted by hand', () => {
    expect(auc([1, 2, 3, 4], [0, 0, 1, 1])).toBe(1)
    expect(auc([1, 2, 3, 4], [1, 1, 0, 0])).toBe(0)
    expect(auc([1, 2, 2, 4], [0, 1, 0, 1])).toBe(0.875)
  })

  it('is exactly one half for constant scores', () => {
    expect(auc([3, 3, 3, 3, 3, 3, 3], [1, 0, 0, 1, 0, 0, 0])).toBe(0.5)
  })

  it('matches scikit-learn 1.9.1 on tied scores (golden/logistic_regression.py)', () => {
    const feature = Array.from({ length: 60 }, (_, i) => Math.sin(1 + 3.7 * i))
    const labels = feature.map((x, i) => (i * i + Math.floor(i / 3) + (x > 0.2 ? 1 : 0)) % 2)
    expect(
      auc(
        feature.map((x) => Math.round(x * 10) / 10),
        labels,
      ),
    ).toBeCloseTo(0.663333333333, 12)
  })

  it.each([
    ['no positives', [1, 2], [0, 0], /of the positive class/],
    ['no negatives', [1, 2], [1, 1], /outside/],
    ['no users', [], [], /of the positive class/],
  ])('is null with a reason for %s', (_, scores, positive, reason) => {
    const result = rocAuc(Float64Array.from(scores), Uint8Array.from(positive))
    expect(result.value).toBeNull()
    expect(result.reason).toMatch(reason)
  })

  it('refuses NaN and unequal lengths', () => {
    expect(() => auc([1, Number.NaN], [0, 1])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }))
    expect(() => auc([1], [0, 1])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('equals the share of pairs won, ties counted half, and mirrors under negation', () => {
    const row = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.boolean())
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const positives = rows.filter(([, is]) => is)
        const negatives = rows.filter(([, is]) => !is)
        fc.pre(positives.length > 0 && negatives.length > 0)
        let won = 0
        for (const [p] of positives) for (const [n] of negatives) won += p > n ? 1 : p === n ? 0.5 : 0
        const labels = rows.map(([, is]) => Number(is))
        const value = auc(
          rows.map(([score]) => score),
          labels,
        )!
        expect(value).toBeCloseTo(won / (positives.length * negatives.length), 12)
        expect(
          auc(
            rows.map(([score]) => -score),
            labels,
          ),
        ).toBeCloseTo(1 - value, 12)
      }),
    )
  })
})

describe('macroRocAuc', () => {
  it('is the binary AUC for two classes', () => {
    const p1 = [0.1, 0.7, 0.7, 0.9]
    const probabilities = Float64Array.from(p1.flatMap((p) => [1 - p, p]))
    const result = macroRocAuc(probabilities, [0, 1, 0, 1], 2)
    expect(result).toEqual({ auc: { value: 0.875 }, perClass: [0.875, 0.875], skippedClasses: 0 })
  })

  it('averages one-vs-rest, skips absent classes and leaves missing labels out', () => {
    // Columns: class 0 is ranked perfectly, class 2 upside down, class 1 never occurs; row 3 has no label.
    const probabilities = Float64Array.from([0.8, 0.1, 0.1, 0.3, 0.2, 0.5, 0.2, 0.6, 0.2, 0.9, 0.1, 0])
    const result = macroRocAuc(probabilities, Int16Array.from([0, 0, 2, -1]), 3)
    expect(result.perClass).toEqual([1, null, 0.5])
    expect(result.auc).toEqual({ value: 0.75 })
    expect(result.skippedClasses).toBe(1)
  })

  it('skips classes below the minimum size', () => {
    const probabilities = Float64Array.from([
      0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.1, 0.8, 0.1, 0.4, 0.3, 0.3,
    ])
    const { perClass, skippedClasses } = macroRocAuc(probabilities, [0, 0, 1, 1, 2], 3, 2)
    expect(perClass).toEqual([1, 1, null])
    expect(skippedClasses).toBe(1)
  })

  it('is null with a reason when nothing can be scored', () => {
    expect(macroRocAuc(new Float64Array(4), [1, 1], 2).auc.value).toBeNull()
    expect(macroRocAuc(new Float64Array(0), [], 3).auc).toEqual({
      value: null,
      reason: 'none of the 3 classes can be told apart',
    })
  })
})
