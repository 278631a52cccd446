import { matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { Graph } from './graph.js'
import { add, mul } from './ops/elementwise.js'
import { zeros } from './ops/shaping.js'

expect.extend(matchers)

describe('a wrong graph fails when it is built', () => {
  it('names are unique', () => {
    const graph = new Graph()
    graph.input('x', 'float32', [2])
    expect(() => graph.input('x', 'float32', [3])).toThrowVeilrecError('GRAPH_INVALID', '"x"')
  })

  it('an unknown tensor', () => {
    expect(() => new Graph().tensor('y')).toThrowVeilrecError('GRAPH_INVALID', '"y"')
  })

  it('a tensor of another graph, also under a name this one has', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float32', [2])
    const stranger = new Graph().input('x', 'float32', [2])
    expect(() => add(x, stranger)).toThrowVeilrecError('GRAPH_INVALID', 'x')
    expect(() => graph.own(stranger)).toThrowVeilrecError('GRAPH_INVALID', '"x"', '[2]')
    expect(graph.own(x)).toBe(x)
  })

  it('a constant that does not fill its shape', () => {
    const build = (): unknown => new Graph().constant(Float32Array.of(1, 2), 'float32', [3])
    expect(build).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '2 values', '[3]')
  })

  it('an impossible shape', () => {
    const graph = new Graph()
    expect(() => graph.input('x', 'float32', [1.5])).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[1.5]')
  })
})

it('equal constants are one', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  mul(mul(x, 2), 2)
  zeros(graph, [3])
  zeros(graph, [3])
  expect([...graph.constants.values()].map(({ data }) => [...data])).toEqual([[2], [0, 0, 0]])
})

it('constants of other types or shapes are not', () => {
  const graph = new Graph()
  const tensors = [
    graph.constant(Int32Array.of(1), 'int32', []),
    graph.constant(Int32Array.of(1), 'int32', [1]),
    graph.constant(Float32Array.of(1), 'float32', []),
    graph.constant(Float32Array.of(0), 'float32', []),
  ]
  expect(new Set(tensors).size).toBe(tensors.length)
})
