import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globalTimeBorders, splitByTime } from './global-time.js'

describe('split by time', () => {
  it('cuts ten interactions of two users at 80 and 90 %', () => {
    const times = Float64Array.from([1, 3, 5, 7, 9, 2, 4, 6, 8, 10])
    const offsets = Int32Array.from([0, 5, 10])
    const borders = globalTimeBorders(times.slice().sort())
    expect(borders).toEqual({ validationFrom: 9, testFrom: 10 })
    const split = splitByTime({ offsets }, times, borders)
    expect(Array.from(split.trainLength)).toEqual([4, 4])
    expect(Array.from(split.validationLength)).toEqual([5, 4])
  })

  it('sends equal times at a border to the later part together', () => {
    const times = Float64Array.from([1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
    const offsets = Int32Array.from([0, 4, 4, 10])
    const split = splitByTime({ offsets }, times, globalTimeBorders(times))
    expect(split).toMatchObject({ validationFrom: 2, testFrom: 2 })
    expect(Array.from(split.trainLength)).toEqual([4, 0, 0])
    expect(Array.from(split.validationLength)).toEqual([4, 0, 0])
  })

  it('makes everything test where everything happened at once, and copes with nobody', () => {
    const split = splitByTime({ offsets: Int32Array.from([0, 2]) }, Float64Array.from([7, 7]), {
      validationFrom: 7,
      testFrom: 7,
    })
    expect(Array.from(split.validationLength)).toEqual([0])
    const nobody = new Float64Array(0)
    expect(
      splitByTime({ offsets: new Int32Array(1) }, nobody, globalTimeBorders(nobody)).trainLength,
    ).toHaveLength(0)
  })

  it('never has training at or after the border, nor more than its share of it (any data)', () => {
    const history = fc.array(fc.integer({ min: -5, max: 20 }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(history, { minLength: 1, maxLength: 8 }), (histories) => {
        const sorted = histories.map((own) => [...own].sort((a, b) => a - b))
        const times = Float64Array.from(sorted.flat())
        const offsets = new Int32Array(sorted.length + 1)
        sorted.forEach((own, user) => (offsets[user + 1] = offsets[user]! + own.length))
        const borders = globalTimeBorders(times.slice().sort())
        const { trainLength, validationLength } = splitByTime({ offsets }, times, borders)
        sorted.forEach((own, user) => {
          own.forEach((time, place) => {
            expect(place < trainLength[user]!).toBe(time < borders.validationFrom)
            expect(place < validationLength[user]!).toBe(time < borders.testFrom)
          })
        })
        const trained = trainLength.reduce((sum, length) => sum + length, 0)
        expect(trained).toBeLessThanOrEqual(times.length * 0.8)
        const atBorder = times.filter((time) => time === borders.validationFrom).length
        expect(trained).toBeGreaterThanOrEqual(
          Math.floor((times.length * 8) / 10) - Math.max(0, atBorder - 1),
        )
      }),
    )
  })
})
