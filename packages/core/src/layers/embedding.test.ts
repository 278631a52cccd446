import { matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { ParameterStore } from '../graph/parameter-store.js'
import { createTrace, Scope } from '../graph/scope.js'
import { Rng } from '../random.js'
import { embeddingTable, lazyTableValues } from './embedding.js'

expect.extend(matchers)

function newScope(): Scope {
  return new Scope(createTrace(new ParameterStore(Rng.fromSeed(1)), { training: true }))
}

describe('embeddingTable', () => {
  it('is zero in the padding row and N(0, 0.02^2) elsewhere', () => {
    const scope = newScope()
    embeddingTable(scope.child('items'), { rows: 2001, width: 10 })
    const { data, paddingRow } = scope.trace.store.get('items/weight')
    expect(paddingRow).toBe(true)
    expect([...data.subarray(0, 10)]).toEqual(Array.from({ length: 10 }, () => 0))
    const deviation = Math.sqrt(data.reduce((total, value) => total + value * value, 0) / 20_000)
    expect(deviation).toBeGreaterThan(0.0195)
    expect(deviation).toBeLessThan(0.0205)
  })

  it('is updated lazily when it is large', () => {
    const scope = newScope()
    const update = (name: string): string => scope.trace.store.get(`${name}/weight`).update
    embeddingTable(scope.child('small'), { rows: 10, width: 2 })
    embeddingTable(scope.child('asked'), { rows: 10, width: 2, update: 'lazy' })
    embeddingTable(scope.child('large'), {
      rows: lazyTableValues / 4 + 1,
      width: 4,
      initializer: () => undefined,
    })
    expect([update('small'), update('asked'), update('large')]).toEqual(['dense', 'lazy', 'lazy'])
  })

  it('wants the ids of a lazy table as an input', () => {
    const scope = newScope()
    const table = embeddingTable(scope, { rows: 10, width: 2, update: 'lazy' })
    const constantIds = scope.graph.constant(Int32Array.of(1), 'int32', [1])
    expect(() => scope.lookup(table, constantIds)).toThrowVeilrecError('GRAPH_INVALID', '"weight"')
    const looked = scope.lookup(table, scope.input('ids', 'int32', [3]))
    expect(looked.shape).toEqual([3, 2])
  })
})
