import { describe, expect, it } from 'vitest'

import {
  allOf,
  atLeast,
  atMost,
  attackerStrength,
  beyond,
  level,
  negated,
  refutationOf,
  unlessWeak,
  type Tested,
} from './verdict.js'

const of = (value: number, lower: number, upper: number): Tested => ({ value, interval: { lower, upper } })
const missing: Tested = { notRun: 'no time' }

describe('a bar on a leak, at most 0.56 (evaluation.md rule 8)', () => {
  it.each([
    [of(0.54, 0.5, 0.575), 'holds'],
    [of(0.54, 0.5, 0.585), 'undecided'],
    [of(0.56, 0.55, 0.57), 'undecided'],
    [of(0.6, 0.55, 0.65), 'undecided'],
    [of(0.6, 0.57, 0.63), 'does not hold'],
    [missing, 'not run: no time'],
  ])('%j: %s', (tested, verdict) => {
    expect(atMost(tested, 0.56)).toBe(verdict)
  })
})

describe('a bar on accuracy, at least 0.4', () => {
  it.each([
    [of(0.41, 0.385, 0.43), 'holds'],
    [of(0.41, 0.38, 0.44), 'undecided'],
    [of(0.39, 0.37, 0.41), 'undecided'],
    [of(0.38, 0.36, 0.399), 'does not hold'],
    [missing, 'not run: no time'],
  ])('%j: %s', (tested, verdict) => {
    expect(atLeast(tested, 0.4)).toBe(verdict)
  })
})

describe('a difference beyond 0', () => {
  it.each([
    [of(0.02, 0.001, 0.04), 'holds'],
    [of(0.02, 0, 0.04), 'undecided'],
    [of(-0.02, -0.04, 0), 'undecided'],
    [of(-0.02, -0.04, -0.001), 'does not hold'],
    [missing, 'not run: no time'],
  ])('%j: %s', (tested, verdict) => {
    expect(beyond(tested, 0)).toBe(verdict)
  })

  it('may have a margin', () => {
    expect(beyond(of(0, -0.01, 0.01), -0.02)).toBe('holds')
    expect(beyond(of(0, -0.01, 0.01), 0.02)).toBe('does not hold')
  })
})

describe('how surely a bar is missed', () => {
  it('is the p-value that its interval says', () => {
    // The interval just ends at the bar.
    expect(refutationOf(of(0.36, 0.3, 0.4), 0.4)).toBeCloseTo(level, 6)
    expect(refutationOf(of(0.36, 0.3, 0.399), 0.4)).toBeLessThan(level)
    expect(refutationOf(of(0.36, 0.3, 0.401), 0.4)).toBeGreaterThan(level)
    // Twice as far as the interval reaches: 2 P(Z < -3.92).
    expect(refutationOf(of(0.32, 0.3, 0.36), 0.4)).toBeCloseTo(8.86e-5, 6)
  })

  it('is 1 where it is not missed, and 0 where there is no doubt', () => {
    expect(refutationOf(of(0.4, 0.38, 0.42), 0.4)).toBe(1)
    expect(refutationOf(of(0.39, 0.39, 0.39), 0.4)).toBe(0)
    expect(refutationOf(missing, 0.4)).toBeNull()
  })

  it('is turned round with its figure', () => {
    expect(negated({ ...of(0.3, 0.2, 0.5), effectSize: 0.1 })).toEqual({
      ...of(-0.3, -0.5, -0.2),
      effectSize: -0.1,
    })
    expect(negated(missing)).toBe(missing)
  })
})

describe('the strength of an attacker', () => {
  it('is what it tells of the bare base, at most 0.03 below the paper', () => {
    expect(attackerStrength(0.73, 0.7554)).toBe('strong enough')
    expect(attackerStrength(0.9, 0.7554)).toBe('strong enough')
    expect(attackerStrength(0.72, 0.7554)).toBe('too weak')
    expect(attackerStrength(null, 0.7554)).toHaveProperty('unknown')
    expect(attackerStrength(0.73, undefined)).toHaveProperty('unknown')
  })

  it('takes the worth from a low AUC and leaves a high one', () => {
    expect(unlessWeak('holds', 'too weak')).toBe('attacker too weak')
    expect(unlessWeak('undecided', 'too weak')).toBe('attacker too weak')
    expect(unlessWeak('does not hold', 'too weak')).toBe('does not hold')
    expect(unlessWeak('not run: no time', 'too weak')).toBe('not run: no time')
    expect(unlessWeak('holds', 'strong enough')).toBe('holds')
    expect(unlessWeak('holds', { unknown: 'no base' })).toBe('not run: no base')
  })
})

describe('a claim of several parts', () => {
  it.each([
    [['holds', 'holds'], 'holds'],
    [['holds', 'undecided'], 'undecided'],
    [['undecided', 'attacker too weak'], 'attacker too weak'],
    [['attacker too weak', 'not run: no time'], 'not run: no time'],
    [['not run: no time', 'does not hold', 'holds'], 'does not hold'],
    [[], 'not run: nothing is tested'],
  ] as const)('%j: %s', (verdicts, verdict) => {
    expect(allOf(verdicts)).toBe(verdict)
  })
})
