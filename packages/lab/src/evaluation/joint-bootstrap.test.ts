import { bootstrapMean, Rng } from '@veilrec/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { jointBootstrap } from './joint-bootstrap.js'

describe('jointBootstrap', () => {
  it('gives every column the interval that it would have alone', () => {
    const column = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 4 }), fc.integer(), (given, seed) => {
        const columns = given.map((values) => Float64Array.from(values))
        const together = jointBootstrap(columns, Rng.fromSeed(seed), 50)
        for (const [c, values] of columns.entries()) {
          const alone = bootstrapMean(values, Rng.fromSeed(seed), { resamples: 50 })!.interval
          expect(together[c]!.lower).toBeCloseTo(alone.lower, 12)
          expect(together[c]!.upper).toBeCloseTo(alone.upper, 12)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('has nothing to say about no users and no metrics', () => {
    expect(jointBootstrap([], Rng.fromSeed(1))).toEqual([])
    expect(jointBootstrap([new Float64Array(0)], Rng.fromSeed(1))).toEqual([])
  })
})
