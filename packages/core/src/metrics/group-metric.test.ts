import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { groupMetric } from './group-metric.js'

const attribute = (codes: readonly number[], classes: readonly string[]): UserAttribute => ({
  name: 'age',
  classes,
  codes: Int16Array.from(codes),
})

const few = { resamples: 200 }

/** `sizes[g]` users of group g, one after the other. */
const groupsOf = (...sizes: number[]): UserAttribute =>
  attribute(
    sizes.flatMap((size, g) => Array.from({ length: size }, () => g)),
    sizes.map((_, g) => `group ${g}`),
  )

describe('groupMetric', () => {
  const codes = [0, 0, 1, 1, 1, 2, 2, -1, 0]
  const values = Float64Array.of(1, 0.5, 0.25, 0.25, 0.1, 0.9, 0.7, 0, Number.NaN)
  const result = groupMetric(values, attribute(codes, ['a', 'b', 'c', 'd']), Rng.fromSeed(1), {
    minimumUsers: 2,
    ...few,
  })

  it('has hand-computed means, gap and spread', () => {
    expect(result.groups.map(({ group, value, users }) => [group, value?.toFixed(12), users])).toEqual([
      ['a', '0.750000000000', 2],
      ['b', '0.200000000000', 3],
      ['c', '0.800000000000', 2],
      ['d', undefined, 0],
    ])
    expect(result.gap.value).toBeCloseTo(0.6, 14)
    expect(result.gap.best).toBe(result.groups[2])
    expect(result.gap.worst).toBe(result.groups[1])
    // Weights 2/7, 3/7, 2/7 around the mean 3.7 / 7.
    const center = 3.7 / 7
    const variance = (2 * (0.75 - center) ** 2 + 3 * (0.2 - center) ** 2 + 2 * (0.8 - center) ** 2) / 7
    expect(result.spread!.value).toBeCloseTo(Math.sqrt(variance), 14)
    expect(result.signedGap).toBeNull()
  })

  it('counts who is left out, and says why a group has no figure', () => {
    expect(result.missingUsers).toBe(1)
    expect(result.groups[0]).toMatchObject({ users: 2, undefinedUsers: 1, isCompared: true })
    expect(result.groups[3]).toEqual({
      group: 'd',
      isCompared: false,
      users: 0,
      undefinedUsers: 0,
      value: null,
      reason: 'no user',
    })
    const unknown = groupMetric(Float64Array.of(Number.NaN), attribute([0], ['a']), Rng.fromSeed(1))
    expect(unknown.groups[0]).toMatchObject({ value: null, reason: 'undefined for every user' })
  })

  it('shows small groups but leaves them out of best and worst', () => {
    const sizes = groupsOf(9, 10, 12)
    const high = Float64Array.from(sizes.codes, (g) => [5, 1, 2][g]!)
    const { gap, groups, signedGap, spread } = groupMetric(high, sizes, Rng.fromSeed(1), few)
    expect(groups.map(({ isCompared }) => isCompared)).toEqual([false, true, true])
    expect(gap).toMatchObject({ value: 1, best: { group: 'group 2' }, worst: { group: 'group 1' } })
    expect(signedGap).toMatchObject({ first: 'group 1', second: 'group 2', value: -1 })
    expect(spread!.value).toBeGreaterThan(1)
  })

  it('is null with a reason without groups to compare', () => {
    const nobody = groupMetric(new Float64Array(0), attribute([], ['a', 'b']), Rng.fromSeed(1))
    expect(nobody).toMatchObject({
      gap: { value: null, reason: 'fewer than two groups have users' },
      spread: null,
    })
    const small = groupMetric(new Float64Array(19), groupsOf(10, 9), Rng.fromSeed(1), few)
    expect(small.gap).toEqual({ value: null, reason: 'fewer than two groups have at least 10 users' })
    expect(small.spread!.value).toBe(0)
  })

  it('refuses an attribute of other users', () => {
    expect(() => groupMetric(new Float64Array(2), groupsOf(3), Rng.fromSeed(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  it('has the same groups in another order of classes, and does not advance its stream', () => {
    const rng = Rng.fromSeed(4)
    const sizes = groupsOf(12, 15)
    const noise = Float64Array.from(sizes.codes, () => rng.normal())
    const there = groupMetric(noise, sizes, rng, few)
    const swapped = attribute(
      Array.from(sizes.codes, (code) => 1 - code),
      ['group 1', 'group 0'],
    )
    const back = groupMetric(noise, swapped, rng, few)
    expect(back.groups).toEqual(there.groups.toReversed())
    expect(back.gap.value).toBe(there.gap.value)
    expect(back.signedGap!.value).toBe(-there.signedGap!.value)
    expect(back.signedGap!.interval.lower).toBeCloseTo(-there.signedGap!.interval.upper, 14)
  })

  it('has a gap of at least zero inside its interval, whatever the order of users', () => {
    const user = fc.record({
      code: fc.integer({ min: -1, max: 2 }),
      value: fc.constantFrom(0, 0.5, 1, Number.NaN),
    })
    fc.assert(
      fc.property(fc.array(user, { maxLength: 30 }), fc.nat(), (users, seed) => {
        const options = { minimumUsers: 1, resamples: 20 }
        const measure = (rows: typeof users) =>
          groupMetric(
            Float64Array.from(rows, ({ value }) => value),
            attribute(
              rows.map(({ code }) => code),
              ['a', 'b', 'c'],
            ),
            Rng.fromSeed(1),
            options,
          )
        const { gap, spread } = measure(users)
        const shuffled = measure(Rng.fromSeed(seed).shuffle([...users]))
        expect(shuffled.gap.value).toEqual(gap.value)
        if (gap.value === null) return
        expect(gap.value).toBeGreaterThanOrEqual(0)
        expect(gap.interval.lower).toBeLessThanOrEqual(gap.value)
        expect(gap.interval.upper).toBeGreaterThanOrEqual(gap.value)
        expect(shuffled.spread!.value).toBeCloseTo(spread!.value, 12)
        // A weighted standard deviation is at most half the range of all groups.
        expect(spread!.value).toBeLessThanOrEqual(gap.value / 2 + 1e-12)
      }),
      { numRuns: 40 },
    )
  })

  it('does not take a small group without a hit for one known exactly', () => {
    const sizes = groupsOf(12, 400)
    const hits = Float64Array.from(sizes.codes, (g, user) => (g === 1 && user % 10 === 0 ? 1 : 0))
    const { gap, groups } = groupMetric(hits, sizes, Rng.fromSeed(1), few)
    expect(groups[0]!.interval).toEqual({ lower: 0, upper: 0 })
    expect(gap.value).toBeCloseTo(0.1, 12)
    expect(gap.interval!.lower).toBe(0)
    expect(gap.interval!.upper).toBeGreaterThan(0.2)
  })

  it('covers the true gap at least as often as it says', () => {
    const sizes = groupsOf(40, 15, 60, 25)
    for (const [shifts, gap] of [
      [[0, 0, 0, 0], 0],
      [[0.4, 0, 0.2, 0.8], 0.8],
    ] as const) {
      let covered = 0
      for (let draw = 0; draw < 60; draw++) {
        const rng = Rng.fromSeed(draw)
        const noisy = Float64Array.from(sizes.codes, (g) => rng.normal() + shifts[g]!)
        const { interval } = groupMetric(noisy, sizes, rng, few).gap
        if (interval!.lower <= gap && gap <= interval!.upper) covered++
      }
      // 95 % of 60 is 57; 53 or fewer has a probability below 0.04 at exactly 95 %.
      expect(covered).toBeGreaterThan(53)
    }
  })
})
