import { describe, expect, it } from 'vitest'
import { balancedAccuracy } from './balanced-accuracy.js'
import { majorityShare, microF1 } from './micro-f1.js'

const labels = Int16Array.from([0, 0, 0, 1, 2, -1])

describe('balancedAccuracy', () => {
  it('averages recall over the classes that occur', () => {
    expect(balancedAccuracy([0, 0, 1, 1, 0, 0], labels, 4).value).toBeCloseTo((2 / 3 + 1 + 0) / 3, 15)
  })

  it('is 1 / classes for a constant prediction', () => {
    expect(balancedAccuracy([0, 0, 0, 0, 0, 0], labels, 3).value).toBeCloseTo(1 / 3, 15)
  })

  it('is null without labels', () => {
    expect(balancedAccuracy([0], [-1], 2)).toEqual({ value: null, reason: 'no user with a label' })
  })
})

describe('microF1 and majorityShare', () => {
  it('counts right answers among labelled users', () => {
    expect(microF1([0, 1, 0, 1, 0, 0], labels, 3).value).toBe(0.6)
  })

  it('gives the constant predictor the majority share', () => {
    expect(microF1([0, 0, 0, 0, 0, 0], labels, 3)).toEqual(majorityShare(labels, 3))
    expect(majorityShare(labels, 3).value).toBe(0.6)
  })

  it('is null without labels', () => {
    expect(microF1([], [], 2).value).toBeNull()
    expect(majorityShare([-1], 2).value).toBeNull()
  })
})
