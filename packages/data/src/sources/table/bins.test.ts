import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { binNumbers, quartiles } from './bins.js'

describe('binNumbers', () => {
  it('puts an edge into the upper class, and NaN into none', () => {
    const { classes, codes } = binNumbers(Float64Array.of(17, 18, 24, 25, NaN, -1, 300), [18, 25, 26])
    expect(classes).toEqual(['under 18', '18-24', '25', '26 and over'])
    expect(Array.from(codes)).toEqual([0, 1, 1, 2, -1, 0, 3])
  })

  it('names classes of fractions without a gap', () => {
    expect(binNumbers(Float64Array.of(1.5), [1, 2]).classes).toEqual([
      'under 1',
      '1 to under 2',
      '2 and over',
    ])
  })

  it('makes one class without edges', () => {
    expect(binNumbers(Float64Array.of(3, NaN), [])).toEqual({ classes: ['any'], codes: Int16Array.of(0, -1) })
  })
})

describe('quartiles', () => {
  it('splits 1 to 8 into four pairs', () => {
    expect(quartiles(Float64Array.of(8, 1, NaN, 2, 7, 3, 6, 4, 5))).toEqual([3, 5, 7])
  })

  it('keeps equal values together', () => {
    expect(quartiles(Float64Array.of(1, 1, 1))).toEqual([])
    expect(quartiles(Float64Array.of(1, 1, 1, 9, 9))).toEqual([9])
    expect(quartiles(Float64Array.of(NaN))).toEqual([])
  })

  it('makes groups that are at most as far from a quarter as ties are many', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 8, maxLength: 60 }),
        (values) => {
          const numbers = Float64Array.from(values)
          const { codes, classes } = binNumbers(numbers, quartiles(numbers))
          expect(classes).toHaveLength(4)
          for (let code = 0; code < 4; code++) {
            const size = codes.filter((one) => one === code).length
            expect(Math.abs(size - values.length / 4)).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })
})
