import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { normalProbability } from './normal-probability.js'
import { normalQuantile } from './normal-quantile.js'

describe('normalProbability', () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.959963984540054, 0.975],
    [-2.5758293035489004, 0.005],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, 0],
  ])('of %d is %d', (z, probability) => {
    expect(Math.abs(normalProbability(z) - probability)).toBeLessThan(7.5e-8)
  })

  it('undoes the quantile', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (probability) => {
        expect(Math.abs(normalProbability(normalQuantile(probability)) - probability)).toBeLessThan(1e-7)
      }),
    )
  })

  it('of NaN is NaN', () => {
    expect(normalProbability(Number.NaN)).toBeNaN()
  })
})
