import { describe, expect, it } from 'vitest'
import { Rng } from '../random.js'
import { compareWithBaselines } from './compare-with-baselines.js'
import { pairedBootstrap } from './paired-bootstrap.js'

const normals = (n: number, seed: number, shift = 0): Float64Array => {
  const rng = Rng.fromSeed(seed)
  return Float64Array.from({ length: n }, () => rng.normal() + shift)
}

describe('pairedBootstrap p-value', () => {
  it('is as small as the resamples allow for a clear difference, and 1 for none', () => {
    const b = normals(200, 1)
    const a = b.map((value) => value + 1)
    expect(pairedBootstrap(a, b, Rng.fromSeed(1), { resamples: 499 })!.pValue).toBe(2 / 500)
    expect(pairedBootstrap(b, a, Rng.fromSeed(1), { resamples: 499 })!.pValue).toBe(2 / 500)
    expect(pairedBootstrap(b, b, Rng.fromSeed(1))!.pValue).toBe(1)
  })

  it('is near the normal theory for a difference of two standard errors', () => {
    const difference = normals(400, 2)
    const center = difference.reduce((sum, value) => sum + value, 0) / 400
    const variance = difference.reduce((sum, value) => sum + (value - center) ** 2, 0) / 399
    const shifted = difference.map((value) => value - center + 2 * Math.sqrt(variance / 400))
    const { pValue } = pairedBootstrap(shifted, new Float64Array(400), Rng.fromSeed(3), { resamples: 4000 })!
    // 2 (1 - Phi(2)) = 0.0455, with a standard error of about 0.0047.
    expect(pValue).toBeGreaterThan(0.03)
    expect(pValue).toBeLessThan(0.06)
  })

  it('rarely calls equal models different', () => {
    let found = 0
    for (let trial = 0; trial < 100; trial++) {
      const result = pairedBootstrap(normals(60, trial), normals(60, trial + 1000), Rng.fromSeed(trial), {
        resamples: 200,
      })!
      if (result.pValue <= 0.05) found++
    }
    // Expected 5 to 6; 15 is four standard deviations away.
    expect(found).toBeLessThan(15)
  })
})

describe('compareWithBaselines', () => {
  const model = normals(100, 1, 0.5)
  const strong = model.map((value, user) => value + (user % 2 === 0 ? 0.1 : -0.1))
  const weak = normals(100, 2)

  it('corrects the family, draws the same users for all and keeps the order', () => {
    const rows = compareWithBaselines(model, { weak, strong, twin: weak }, Rng.fromSeed(5))
    expect(rows.map(({ baseline }) => baseline)).toEqual(['weak', 'strong', 'twin'])
    expect(rows[0]!.difference).toEqual(rows[2]!.difference)
    expect(rows[0]!.adjustedPValue).toBe(3 * rows[0]!.difference!.pValue)
    expect(rows[1]!.adjustedPValue).toBe(Math.max(rows[1]!.difference!.pValue, rows[0]!.adjustedPValue!))
  })

  it('leaves out users whom either side has no value for', () => {
    const holes = weak.map((value, user) => (user < 30 ? Number.NaN : value))
    const nobody = new Float64Array(100).fill(Number.NaN)
    const [row, empty] = compareWithBaselines(model, { holes, nobody }, Rng.fromSeed(1))
    expect(row!.users).toBe(70)
    expect(row!.adjustedPValue).toBe(row!.difference!.pValue)
    expect(empty).toEqual({ baseline: 'nobody', users: 0, difference: null, adjustedPValue: null })
  })

  it('is empty without baselines and refuses other users', () => {
    expect(compareWithBaselines(model, {}, Rng.fromSeed(1))).toEqual([])
    expect(() => compareWithBaselines(model, { weak: new Float64Array(3) }, Rng.fromSeed(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
