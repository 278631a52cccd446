import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { groupMetric } from './group-metric.js'
import { groupNoiseFloors } from './group-noise-floor.js'

const gap = (means: Float64Array): number => Math.max(...means) - Math.min(...means)

describe('groupNoiseFloors', () => {
  it('matches all permutations by SciPy 1.17.1 (golden/group_fairness.py)', () => {
    const values = Float64Array.from({ length: 11 }, (_, i) => Math.sin(1 + 3.7 * i))
    const groups = [values.slice(0, 5), values.slice(5)]
    const [floor] = groupNoiseFloors(groups, [gap], Rng.fromSeed(1), 20_000)
    expect(floor!.expected).toBeCloseTo(0.3624179650802565, 2)
    expect(floor!.upper).toBeCloseTo(0.8649967534589585, 1)
    expect(Math.abs(floor!.pValue - 0.9134199134199135)).toBeLessThan(0.01)
  })

  it('is what protocols.md section 6.4 expects of hits at 1/2 with the genders of MovieLens-1M', () => {
    const hits = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i % 2)
    const [floor] = groupNoiseFloors([hits(4330), hits(1710)], [gap], Rng.fromSeed(1), 400)
    const standardError = 0.5 * Math.sqrt(1 / 4330 + 1 / 1710)
    // 0.011 there. A normal gap is on average sqrt(2 / pi) standard errors, and below 1.96 of them in 95 %.
    for (const ratio of [
      floor!.expected / (standardError * Math.sqrt(2 / Math.PI)),
      floor!.upper / (1.96 * standardError),
    ]) {
      expect(ratio).toBeGreaterThan(0.9)
      expect(ratio).toBeLessThan(1.1)
    }
    expect(floor!.pValue).toBe(1)
  })

  it('takes ties of rounded sums for ties', () => {
    const constant = [new Float64Array(7).fill(0.1), new Float64Array(30).fill(0.1)]
    // 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
    const alike = [Float64Array.of(0.1, 0.2, 0.3), Float64Array.of(0.3, 0.2, 0.1)]
    for (const groups of [constant, alike]) {
      expect(groupNoiseFloors(groups, [gap], Rng.fromSeed(1), 50)[0]!.pValue).toBe(1)
    }
  })

  it('holds most gaps of equal groups, and no gap of unequal ones', () => {
    const attribute: UserAttribute = {
      name: 'age',
      classes: ['a', 'b', 'c'],
      codes: Int16Array.from({ length: 240 }, (_, i) => [0, 0, 0, 1, 1, 2][i % 6]!),
    }
    let within = 0
    let found = 0
    for (let draw = 0; draw < 50; draw++) {
      const rng = Rng.fromSeed(draw)
      // Skewed, as reciprocal ranks are.
      const values = Float64Array.from(attribute.codes, () => rng.uniform() ** 4)
      const shifted = values.map((value, user) => value + 0.3 * attribute.codes[user]!)
      const gaps = [values, shifted].map((of) => groupMetric(of, attribute, rng, { resamples: 100 }).gap)
      if (gaps[0]!.value! <= gaps[0]!.noiseFloor!.upper) within++
      if (gaps[1]!.value! > gaps[1]!.noiseFloor!.upper) found++
    }
    // 47.5 are expected; 42 or fewer has a probability below 0.01.
    expect(within).toBeGreaterThan(42)
    expect(within).toBeLessThanOrEqual(50)
    expect(found).toBe(50)
  })
})
