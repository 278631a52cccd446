import { checkGradient, floats, interpret, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { Graph } from '../graph.js'
import { batchDim } from '../shape.js'
import { add, mul } from './elementwise.js'
import { sum } from './reduction.js'
import { broadcastTo, concat, reshape, slice, split, transpose } from './shaping.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

function randomDims(rng: Rng, least: number): number[] {
  return Array.from({ length: least + rng.int(4 - least) }, () => 1 + rng.int(4))
}

describe('gradients over random shapes', () => {
  it('reshape', async () => {
    for (const [from, to] of [
      [
        [2, 6],
        [3, 4],
      ],
      [[4], [2, 1, 2]],
      [[1], []],
      [[], [1, 1]],
    ] as const) {
      await checkGradient((t) => reshape(mul(t.x, 2), to), { x: normals(Rng.fromSeed(1), from) }, { runtime })
    }
  })

  it('transpose', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = randomDims(rng, 1)
      const order = rng.shuffle(dims.map((_, axis) => axis))
      await checkGradient((t) => transpose(t.x, order), { x: normals(rng, dims) }, { runtime, seed })
    }
  })

  it('broadcastTo', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = randomDims(rng, 1)
      const thin = dims.slice(rng.int(dims.length)).map((dim) => (rng.int(2) === 0 ? 1 : dim))
      await checkGradient((t) => broadcastTo(mul(t.x, 2), dims), { x: normals(rng, thin) }, { runtime, seed })
    }
  })

  it('concat and split', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = randomDims(rng, 1)
      const axis = rng.int(dims.length) - (rng.int(2) === 0 ? dims.length : 0)
      const lengths = Array.from({ length: 1 + rng.int(3) }, () => 1 + rng.int(3))
      const total = lengths.reduce((a, b) => a + b, 0)
      const feeds = { a: normals(rng, dims.with(axis, total)), b: normals(rng, dims), c: normals(rng, dims) }
      await checkGradient((t) => concat([t.b, t.c, t.b], axis), feeds, { runtime, seed, wrt: ['b', 'c'] })
      await checkGradient((t) => split(mul(t.a, 2), lengths, axis), feeds, { runtime, seed, wrt: ['a'] })
    }
  })

  it('split of which only one part is used', async () => {
    const x = normals(Rng.fromSeed(1), [2, 5])
    const { gradients } = await checkGradient((t) => split(t.x, [2, 3], 1)[1]!, { x }, { runtime })
    expect([...gradients.x.data.subarray(0, 2), ...gradients.x.data.slice(5, 7)]).toEqual([0, 0, 0, 0])
  })

  it('slice', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = randomDims(rng, 1)
      const axis = rng.int(dims.length)
      const from = rng.int(dims[axis]!)
      const to = from + 1 + rng.int(dims[axis]! - from)
      const feeds = { x: normals(rng, dims) }
      await checkGradient((t) => slice(mul(t.x, 2), axis, from, to), feeds, { runtime, seed })
    }
  })
})

it('computes a hand-checked case', async () => {
  const { outputs } = await checkGradient(
    (t) => [
      transpose(t.x, [1, 0]),
      slice(t.x, -1, 1, 3),
      concat([t.x, t.x], 0),
      broadcastTo(slice(t.x, 1, 0, 1), [2, 2]),
      ...split(t.x, [1, 2], 1),
    ],
    { x: floats([1, 2, 3, 4, 5, 6], [2, 3]) },
    { runtime },
  )
  expect(outputs.map(({ data }) => [...data])).toEqual([
    [1, 4, 2, 5, 3, 6],
    [2, 3, 5, 6],
    [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
    [1, 1, 4, 4],
    [1, 4],
    [2, 3, 5, 6],
  ])
})

it('reshapes a symbolic batch', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [batchDim, 2, 3])
  const flat = reshape(x, [{ symbol: 'batch', times: 2 }, 3])
  const back = add(reshape(flat, [batchDim, 6]), 0)
  const [result] = interpret(graph, [back], { x: normals(Rng.fromSeed(1), [4, 2, 3]) })
  expect(result!.dims).toEqual([4, 6])
  expect(() => reshape(x, [batchDim, 7])).toThrowVeilrecError(
    'GRAPH_SHAPE_MISMATCH',
    '[batch, 2, 3]',
    '[batch, 7]',
  )
  expect(() => sum(broadcastTo(x, [5, batchDim, 2, 3]))).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', 'batch')
})

it('says which shapes do not fit', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2, 3])
  const y = graph.input('y', 'float32', [3, 3, 1])
  const code = 'GRAPH_SHAPE_MISMATCH'
  expect(() => reshape(x, [4])).toThrowVeilrecError(code, '[2, 3]', '[4]')
  expect(() => transpose(x, [0, 0])).toThrowVeilrecError(code, '[0, 0]', '[2, 3]')
  expect(() => transpose(x, [0])).toThrowVeilrecError(code, '[2, 3]')
  expect(() => broadcastTo(x, [3, 2])).toThrowVeilrecError(code, '[2, 3]', '[3, 2]')
  expect(() => broadcastTo(x, [3])).toThrowVeilrecError(code, '[2, 3]', '[3]')
  expect(() => concat([x, y], 0)).toThrowVeilrecError(code, '[2, 3]', '[3, 3, 1]')
  expect(() => split(x, [1, 1], 1)).toThrowVeilrecError(code, '1 + 1', '[2, 3]')
  expect(() => slice(x, 1, 1, 4)).toThrowVeilrecError(code, '1..4', '[2, 3]')
  expect(() => slice(x, 2, 0, 1)).toThrowVeilrecError(code, 'axis 2', '[2, 3]')
  expect(() => graph.input('bad', 'float32', [2, -1])).toThrowVeilrecError(code, '[2, -1]')
})
