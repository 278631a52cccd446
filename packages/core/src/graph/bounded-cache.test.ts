import { expect, it } from 'vitest'

import { BoundedCache } from './bounded-cache.js'

function recorder() {
  const events: string[] = []
  const compile = (key: string) => async () => {
    await Promise.resolve()
    events.push(`+${key}`)
    return {
      release: async () => {
        await Promise.resolve()
        events.push(`-${key}`)
      },
    }
  }
  return { events, compile }
}

it('compiles once, keeps the most recently used and releases the rest', async () => {
  const { events, compile } = recorder()
  const cache = new BoundedCache(2)
  const first = await cache.get('a', compile('a'))
  await cache.get('b', compile('b'))
  expect(await cache.get('a', compile('a'))).toBe(first)
  await cache.get('c', compile('c'))
  expect(events).toEqual(['+a', '+b', '+c', '-b'])
  expect(cache.size).toBe(2)
  await cache.get('b', compile('b'))
  expect(events.slice(4)).toEqual(['+b', '-a'])
})

it('releases everything at the end', async () => {
  const { events, compile } = recorder()
  const cache = new BoundedCache(3)
  await cache.get('a', compile('a'))
  await cache.get('b', compile('b'))
  await cache.release()
  expect(events).toEqual(['+a', '+b', '-a', '-b'])
  expect(cache.size).toBe(0)
})

it('keeps nothing of a compilation that failed', async () => {
  const cache = new BoundedCache(1)
  await expect(cache.get('a', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory')
  expect(cache.size).toBe(0)
})
