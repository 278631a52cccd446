import { matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import { constant, normal } from './initializers.js'
import { ParameterStore } from './parameter-store.js'

expect.extend(matchers)

function storeOf(...names: readonly string[]): ParameterStore {
  const store = new ParameterStore(Rng.fromSeed(1))
  for (const name of names) store.declare(name, [2, 3], normal(1))
  return store
}

describe('initial values', () => {
  it('depend on seed and name, not on the order of declaration', () => {
    expect(storeOf('a', 'b').get('b').data).toEqual(storeOf('b', 'a').get('b').data)
    expect(storeOf('a', 'b').get('a').data).not.toEqual(storeOf('a', 'b').get('b').data)
  })

  it('are zero in a padding row', () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const { data } = store.declare('table', [3, 2], constant(1), { paddingRow: true })
    expect([...data]).toEqual([0, 0, 1, 1, 1, 1])
    expect(store.size).toBe(4)
  })
})

it('gives the same parameter again, of one shape only', () => {
  const store = storeOf('w')
  expect(store.declare('w', [2, 3], constant(9))).toBe(store.get('w'))
  expect(store.get('w').data).not.toContain(9)
  expect(() => store.declare('w', [3, 2], constant(0))).toThrowVeilrecError(
    'GRAPH_SHAPE_MISMATCH',
    '"w"',
    '[2, 3]',
    '[3, 2]',
  )
  expect(() => store.get('v')).toThrowVeilrecError('GRAPH_INVALID', '"v"')
})

it('lists by name and counts values', () => {
  const store = storeOf('b', 'c', 'a')
  expect(store.list().map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(store.size).toBe(18)
  expect(new ParameterStore(Rng.fromSeed(1)).list()).toEqual([])
})

describe('snapshot and restore', () => {
  it('copy values, in place', () => {
    const store = storeOf('a', 'b')
    const { data } = store.get('a')
    const before = data.slice()
    const snapshot = store.snapshot()
    data.fill(7)
    expect(snapshot.get('a')).toEqual(before)
    store.restore(snapshot)
    expect(store.get('a').data).toBe(data)
    expect(data).toEqual(before)
  })

  it('refuse missing, unknown and wrongly sized values, and then change nothing', () => {
    const store = storeOf('a', 'b')
    const before = store.get('a').data.slice()
    const seven = new Float32Array(6).fill(7)
    const code = 'GRAPH_INVALID'
    expect(() => store.restore(new Map([['a', seven]]))).toThrowVeilrecError(code, 'b')
    const tooMany = new Map([...store.snapshot(), ['c', seven]])
    expect(() => store.restore(tooMany)).toThrowVeilrecError(code, 'c')
    const wrong = new Map([
      ['a', seven],
      ['b', seven.slice(1)],
    ])
    expect(() => store.restore(wrong)).toThrowVeilrecError(code, 'b')
    expect(store.get('a').data).toEqual(before)
  })
})
