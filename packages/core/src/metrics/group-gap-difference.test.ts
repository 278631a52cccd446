import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { groupGapDifference } from './group-gap-difference.js'
import { groupMetric } from './group-metric.js'

const gender: UserAttribute = {
  name: 'gender',
  classes: ['F', 'M'],
  codes: Int16Array.from({ length: 120 }, (_, user) => (user % 3 === 0 ? 0 : 1)),
}
const few = { resamples: 300 }
const noise = (seed: number): Float64Array => {
  const rng = Rng.fromSeed(seed)
  return Float64Array.from(gender.codes, () => rng.normal())
}

describe('groupGapDifference', () => {
  it('is the difference of the two gaps, hand-computed', () => {
    const a = Float64Array.from(gender.codes, (g) => (g === 0 ? 0.2 : 0.5))
    const b = Float64Array.from(gender.codes, (g) => (g === 0 ? 0.4 : 0.3))
    const result = groupGapDifference(a, b, gender, Rng.fromSeed(1), few)
    expect(result).toMatchObject({ users: 120, effectSize: null })
    expect(result.value).toBeCloseTo(0.2, 14)
    if (result.value === null) throw new Error(result.reason)
    expect(result.gapA).toBeCloseTo(0.3, 14)
    expect(result.gapB).toBeCloseTo(0.1, 14)
    expect(result.interval.lower).toBeCloseTo(0.2, 12)
    expect(result.pValue).toBeCloseTo(2 / 301, 12)
  })

  it('pairs users: a shared noise far above the difference does not hide it', () => {
    const shared = noise(1).map((value) => 3 * value)
    const own = noise(2).map((value) => 0.1 * value)
    const a = shared.map((value, user) => value + 10 * gender.codes[user]! + own[user]!)
    const b = shared.map((value, user) => value + 9.7 * gender.codes[user]!)
    const result = groupGapDifference(a, b, gender, Rng.fromSeed(3), few)
    if (result.value === null) throw new Error(result.reason)
    expect(result.value).toBeCloseTo(0.3, 1)
    expect(result.standardError).toBeLessThan(0.03)
    expect(result.interval.lower).toBeGreaterThan(0.2)
    expect(result.interval.upper).toBeLessThan(0.4)
    // 0.3 in units of the standard deviation 0.1 of the noise that is not shared.
    expect(result.effectSize! * 0.1).toBeCloseTo(0.3, 1)
  })

  it('is zero between a system and itself, and turns its sign with the systems', () => {
    const [a, b] = [noise(4), noise(5)]
    expect(groupGapDifference(a, a, gender, Rng.fromSeed(1), few)).toMatchObject({ value: 0, pValue: 1 })
    const there = groupGapDifference(a, b, gender, Rng.fromSeed(1), few)
    const back = groupGapDifference(b, a, gender, Rng.fromSeed(1), few)
    if (there.value === null || back.value === null) throw new Error('undefined')
    expect(back.value).toBe(-there.value)
    expect(back.interval.upper).toBeCloseTo(-there.interval.lower, 12)
    expect(back.pValue).toBe(there.pValue)
  })

  it('agrees with groupMetric on the users for whom both are defined', () => {
    const a = noise(6)
    const b = noise(7)
    a[0] = Number.NaN
    b[1] = Number.NaN
    const result = groupGapDifference(a, b, gender, Rng.fromSeed(1), few)
    if (result.value === null) throw new Error(result.reason)
    const blanked = a.map((value, user) => (user === 1 ? Number.NaN : value))
    expect(result.users).toBe(118)
    expect(result.gapA).toBeCloseTo(groupMetric(blanked, gender, Rng.fromSeed(1), few).gap.value!, 14)
  })

  it('seldom finds a difference between a noisy and a quiet system without gaps', () => {
    const codes = Int16Array.from({ length: 140 }, (_, user) => user % 7)
    const age = { name: 'age', classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], codes }
    let found = 0
    for (let draw = 0; draw < 40; draw++) {
      const rng = Rng.fromSeed(draw)
      const loud = Float64Array.from(codes, () => rng.normal())
      const quiet = Float64Array.from(codes, () => rng.normal() / 2)
      const result = groupGapDifference(loud, quiet, age, rng, few)
      if (result.value !== null && result.interval.lower > 0) found++
    }
    // Percentiles of the replicates would find one in 20 % of the draws.
    expect(found).toBeLessThan(7)
  })

  it('is null with a reason for one group, and refuses other users', () => {
    const alone = { ...gender, codes: gender.codes.map(() => 0) }
    expect(groupGapDifference(noise(1), noise(2), alone, Rng.fromSeed(1))).toEqual({
      value: null,
      reason: 'fewer than two groups have at least 10 users',
    })
    expect(() => groupGapDifference(noise(1), new Float64Array(3), gender, Rng.fromSeed(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
