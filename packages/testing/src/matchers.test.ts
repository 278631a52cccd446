import { VeilrecError } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { distance } from './distance.js'
import { matchers } from './matchers.js'

expect.extend(matchers)

describe('toBeAllClose', () => {
  it('allows absolute plus relative differences', () => {
    expect([1, 100]).toBeAllClose([1.05, 101], { relative: 0.01, absolute: 0.05 })
    expect([1]).not.toBeAllClose([1.1], { relative: 0.01 })
    expect(Float32Array.of(Infinity)).toBeAllClose([Infinity])
    expect([3n]).toBeAllClose([3])
    expect([]).toBeAllClose([])
  })

  it('is close to no NaN and to no other length', () => {
    expect([NaN]).not.toBeAllClose([NaN])
    expect([1]).not.toBeAllClose([NaN])
    expect([Infinity]).not.toBeAllClose([-Infinity])
    expect([1, 2]).not.toBeAllClose([1])
  })

  it('says where the worst difference is', () => {
    const { message } = matchers.toBeAllClose([1, 5, 3], [1, 2, 4])
    expect(message()).toContain('index 1 of 3: 5, expected 2')
  })
})

describe('toThrowVeilrecError', () => {
  const fail = (): never => {
    throw new VeilrecError('GRAPH_INVALID', 'no tensor [2, 3]')
  }

  it('compares code and parts of the message', async () => {
    expect(fail).toThrowVeilrecError('GRAPH_INVALID', '[2, 3]')
    expect(fail).not.toThrowVeilrecError('INTERNAL')
    expect(fail).not.toThrowVeilrecError('GRAPH_INVALID', '[3, 2]')
    await expect(Promise.resolve().then(fail)).rejects.toThrowVeilrecError('GRAPH_INVALID')
  })

  it('accepts no other error and no success', () => {
    expect(() => {
      throw new Error('GRAPH_INVALID')
    }).not.toThrowVeilrecError('GRAPH_INVALID')
    expect(() => 1).not.toThrowVeilrecError('GRAPH_INVALID')
  })
})

describe('distance', () => {
  it('is relative to the largest magnitude of the reference, at least to the floor', () => {
    expect(distance([1, 4.5], [1, 5])).toMatchObject({ relative: 0.1, index: 1, scale: 5 })
    expect(distance([0.001], [0]).relative).toBeCloseTo(0.1)
    expect(distance([], []).relative).toBe(0)
  })

  it('lets no NaN and no infinity pass', () => {
    expect(distance([1, NaN, 2], [1, 1, 2]).relative).toBeNaN()
    expect(distance([1], [NaN]).relative).toBeNaN()
    expect(distance([Infinity, 1], [1, 1]).relative).toBe(Infinity)
    expect(distance([Infinity], [Infinity]).relative).toBe(0)
    expect(() => distance([1], [])).toThrow('1 values')
  })
})
