import { describe, expect, it } from 'vitest'
import { atChance, meetsBar } from './suite-verdict.js'

describe('atChance', () => {
  it.each([
    [0.549, 0.55, true],
    [0.55, 0.55, false],
    [0.59, 0.6, true],
  ])('upper bound %d below margin %d: %s', (upper, margin, expected) => {
    expect(atChance({ lower: 0.4, upper }, margin)).toBe(expected)
  })

  it('takes 0.55 for the margin and says nothing without an interval', () => {
    expect(atChance({ lower: 0.5, upper: 0.549 })).toBe(true)
    expect(atChance({ lower: 0.5, upper: 0.551 })).toBe(false)
    expect(atChance(null)).toBeNull()
  })
})

describe('meetsBar', () => {
  it.each([
    [0.54, 0.52, 0.569, 'met'],
    [0.54, 0.52, 0.5701, 'undecided'],
    [0.55, 0.54, 0.56, 'undecided'],
    [0.56, 0.54, 0.565, 'undecided'],
    [0.6, 0.551, 0.65, 'missed'],
    [0.6, 0.55, 0.65, 'undecided'],
  ])('AUC %d in [%d, %d] against 0.55: %s', (auc, lower, upper, verdict) => {
    expect(meetsBar(auc, { lower, upper }, 0.55)).toBe(verdict)
  })

  it('is undecided without an estimate', () => {
    expect(meetsBar(null, null, 0.55)).toBe('undecided')
  })
})
