import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holm } from './holm.js'

describe('holm', () => {
  it('has hand-computed values', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
    expect(holm([0.5, 0.9])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })

  it('leaves undefined comparisons out of the family', () => {
    expect(holm([null, 0.02, null, 0.02])).toEqual([null, 0.04, null, 0.04])
    expect(holm([null])).toEqual([null])
  })

  it('is the closure of Bonferroni tests: the worst over all subfamilies that a comparison is in', () => {
    const pValues = fc.array(
      fc.integer({ min: 0, max: 64 }).map((n) => n / 64),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(pValues, (p) => {
        const adjusted = holm(p)
        for (const i of p.keys()) {
          let worst = 0
          for (let subset = 0; subset < 2 ** p.length; subset++) {
            if (((subset >> i) & 1) === 0) continue
            const family = p.filter((_, j) => ((subset >> j) & 1) === 1)
            worst = Math.max(worst, Math.min(1, family.length * Math.min(...family)))
          }
          expect(adjusted[i]).toBe(worst)
        }
      }),
    )
  })
})
