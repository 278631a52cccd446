import { describe, expect, it } from 'vitest'

import { VectorCache } from './vector-cache.js'

const vector = (value: number): Float32Array => new Float32Array(100).fill(value)

describe('VectorCache', () => {
  it('keeps what fits and forgets what was not used for longest', () => {
    const cache = new VectorCache(2000)
    for (const name of ['a', 'b', 'c', 'd']) cache.set(name, vector(1))
    expect(cache.bytes).toBeLessThanOrEqual(2000)
    expect(cache.get('d')).toEqual(vector(1))
    cache.get('b')
    cache.set('e', vector(2))
    expect([cache.get('a'), cache.get('c')]).toEqual([undefined, undefined])
    expect(cache.get('b')).toBeDefined()
    cache.set('b', vector(3))
    expect(cache.get('b')).toEqual(vector(3))
    expect(cache.bytes).toBeLessThanOrEqual(2000)
  })

  it('keeps nothing without memory, and nothing that is larger than it', () => {
    for (const limit of [0, 500]) {
      const cache = new VectorCache(limit)
      cache.set('a', vector(1))
      expect([cache.get('a'), cache.bytes]).toEqual([undefined, 0])
    }
  })

  it('has another key for another user, history or model', () => {
    const cache = new VectorCache(1000)
    const history = Int32Array.of(1, 2, 3)
    const part = Int32Array.of(9, 1, 2, 3).subarray(1)
    const key = cache.key('u', history, 'd')
    expect(cache.key('u', part, 'd')).toBe(key)
    const others = [
      cache.key('v', history, 'd'),
      cache.key('u', Int32Array.of(1, 2), 'd'),
      cache.key('u', history, 'e'),
    ]
    expect(new Set([key, ...others]).size).toBe(4)
    expect(key).not.toContain('1,2')
  })
})
