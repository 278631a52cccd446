import { checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { Graph } from '../graph.js'
import { batchNorm, layerNorm, rmsNorm } from './normalization.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

describe('layerNorm', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = Array.from({ length: 1 + rng.int(3) }, () => 1 + rng.int(5)).with(-1, 2 + rng.int(6))
      const width = dims.at(-1)!
      const feeds = { x: normals(rng, dims, 2, 1), scale: normals(rng, [width]), bias: normals(rng, [width]) }
      await checkGradient((t) => layerNorm(t.x, t.scale, t.bias), feeds, { runtime, seed })
    }
  })

  it('of a constant row is the bias, with a gradient bounded by epsilon', async () => {
    const feeds = { x: floats([2, 2, 2, 0, 1, 5], [2, 3]), scale: floats([1, 2, 3]), bias: floats([4, 5, 6]) }
    const { outputs, gradients } = await checkGradient((t) => layerNorm(t.x, t.scale, t.bias), feeds, {
      runtime,
      // The curvature at a constant row grows with 1 / epsilon, and with it the error of a difference.
      differenceTolerance: 1e-4,
    })
    expect([...outputs[0]!.data.subarray(0, 3)]).toEqual([4, 5, 6])
    expect(gradients.x.data.every(Number.isFinite)).toBe(true)
  })

  it('of one column is the bias', async () => {
    const feeds = { x: floats([2, -3], [2, 1]), scale: floats([1.5]), bias: floats([4]) }
    const { outputs } = await checkGradient((t) => layerNorm(t.x, t.scale, t.bias), feeds, { runtime })
    expect([...outputs[0]!.data]).toEqual([4, 4])
  })
})

it('rmsNorm over random shapes and at the zero row', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const rng = Rng.fromSeed(seed)
    const width = 1 + rng.int(5)
    const feeds = { x: normals(rng, [1 + rng.int(3), 1 + rng.int(3), width]), scale: normals(rng, [width]) }
    await checkGradient((t) => rmsNorm(t.x, t.scale), feeds, { runtime, seed })
  }
  const zero = { x: floats([0, 0, 3, 4], [2, 2]), scale: floats([1, 1]) }
  const { outputs } = await checkGradient((t) => rmsNorm(t.x, t.scale), zero, {
    runtime,
    differenceTolerance: 1e-3,
  })
  expect(outputs[0]!.data).toBeAllClose([0, 0, 3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)], { relative: 1e-6 })
})

describe('batchNorm', () => {
  it('over random shapes, through the result and the statistics', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const width = 1 + rng.int(4)
      const feeds = {
        x: normals(rng, [2 + rng.int(6), width]),
        scale: normals(rng, [width]),
        bias: normals(rng, [width]),
      }
      await checkGradient(
        (t) => {
          const { output, mean, variance } = batchNorm(t.x, t.scale, t.bias)
          return [output, mean, variance]
        },
        feeds,
        { runtime, seed },
      )
    }
  })

  it('of one row is the bias', async () => {
    const feeds = { x: floats([7, -2], [1, 2]), scale: floats([1, 2]), bias: floats([3, 4]) }
    const { outputs } = await checkGradient((t) => batchNorm(t.x, t.scale, t.bias).output, feeds, { runtime })
    expect([...outputs[0]!.data]).toEqual([3, 4])
  })
})

it('says which shapes do not fit', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2, 3])
  const v = graph.input('v', 'float32', [2])
  const w = graph.input('w', 'float32', [3])
  const code = 'GRAPH_SHAPE_MISMATCH'
  expect(() => layerNorm(x, w, v)).toThrowVeilrecError(code, '[2, 3]', '[2]')
  expect(() => layerNorm(x, v, w)).toThrowVeilrecError(code, '[2, 3]', '[2]')
  expect(() => rmsNorm(x, v)).toThrowVeilrecError(code, '[2, 3]', '[2]')
  expect(() => batchNorm(x, w, v)).toThrowVeilrecError(code, '[2, 3]', '[2]')
})
