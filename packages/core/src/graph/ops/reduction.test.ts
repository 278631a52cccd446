import { checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { Graph } from '../graph.js'
import type { Tensor } from '../tensor.js'
import { mul } from './elementwise.js'
import { logSumExp, max, mean, norm, sum, sumTo, weightedMean, type ReductionOptions } from './reduction.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

function randomAxes(rng: Rng, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis)
    .filter(() => rng.int(2) === 0)
    .map((axis) => (rng.int(2) === 0 ? axis : axis - rank))
}

describe('sum, mean and max over random axes', () => {
  const operations: readonly (readonly [string, (x: Tensor, options: ReductionOptions) => Tensor])[] = [
    ['sum', sum],
    ['mean', mean],
    ['max', max],
  ]
  it.each(operations)('%s', async (name, operation) => {
    for (let seed = 0; seed < 12; seed++) {
      const rng = Rng.fromSeed(seed).split(name)
      const dims = Array.from({ length: rng.int(5) }, () => 1 + rng.int(4))
      const axes = randomAxes(rng, dims.length)
      const options: ReductionOptions = { keepDims: rng.int(2) === 0, ...(rng.int(4) === 0 ? {} : { axes }) }
      // The product keeps the graph from being empty where there is nothing to reduce.
      await checkGradient(
        (t) => operation(mul(t.x, 2), options),
        { x: normals(rng, dims) },
        { runtime, seed },
      )
    }
  })

  it('computes a hand-checked case', async () => {
    const { outputs } = await checkGradient(
      (t) => [
        sum(t.x),
        sum(t.x, { axes: [0] }),
        mean(t.x, { axes: [-1], keepDims: true }),
        max(t.x, { axes: [1] }),
      ],
      { x: floats([1, 2, 3, 4, 5, 9], [2, 3]) },
      { runtime },
    )
    expect(outputs.map(({ data }) => [...data])).toEqual([[24], [5, 7, 12], [2, 6], [3, 9]])
    expect(outputs.map(({ dims }) => dims)).toEqual([[], [3], [2, 1], [2]])
  })

  it('reduces nothing over no axes', async () => {
    const { outputs } = await checkGradient(
      (t) => [
        sum(mul(t.x, 1), { axes: [] }),
        mean(mul(t.x, 2), { axes: [] }),
        max(mul(t.x, 3), { axes: [] }),
      ],
      { x: floats([1, 2]) },
      { runtime },
    )
    expect(outputs.map(({ data }) => [...data])).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ])
  })

  it('max shares the gradient among equal maxima', async () => {
    const x = floats([3, 3, 1, 3, 0, 0, 0, 0], [2, 4])
    const check = await checkGradient((t) => max(t.x, { axes: [1] }), { x }, { runtime, differences: false })
    const [a, b] = check.weights[0]!
    const expected = [a! / 3, a! / 3, 0, a! / 3, b! / 4, b! / 4, b! / 4, b! / 4]
    expect(check.gradients.x.data).toBeAllClose(expected, { relative: 1e-12 })
  })
})

describe('logSumExp', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = Array.from({ length: 1 + rng.int(3) }, () => 1 + rng.int(5))
      await checkGradient((t) => logSumExp(t.x), { x: normals(rng, dims, 3) }, { runtime, seed })
    }
  })

  it('at saturation', async () => {
    const x = floats([80, -80, 0, 80, 80, 80, -80, -80, -80, 80, 79, -80, 0, 1, 2], [5, 3])
    const { outputs } = await checkGradient((t) => logSumExp(t.x), { x }, { runtime })
    const log3 = Math.log(3)
    const expected = [80, 80 + log3, -80 + log3, 80 + Math.log1p(Math.exp(-1)), 2.40760596444438]
    expect(outputs[0]!.data).toBeAllClose(expected, { relative: 1e-12 })
  })

  it('of a masked row leaves the mask out, of a fully masked one is finite', async () => {
    const masked = floats([0.5, -1e9, 1.5, -1e9], [1, 4])
    const { outputs, gradients } = await checkGradient((t) => logSumExp(t.x), { x: masked }, { runtime })
    expect(outputs[0]!.data).toBeAllClose([1.5 + Math.log1p(Math.exp(-1))], { relative: 1e-12 })
    expect([gradients.x.data[1]! + 0, gradients.x.data[3]! + 0]).toEqual([0, 0])
    const all = floats([-1e9, -1e9], [1, 2])
    const check = await checkGradient((t) => logSumExp(t.x), { x: all }, { runtime, differences: false })
    const half = check.weights[0]![0]! / 2
    expect(check.gradients.x.data).toBeAllClose([half, half], { relative: 1e-6 })
  })
})

describe('norm', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const rng = Rng.fromSeed(seed)
      await checkGradient(
        (t) => norm(t.x),
        { x: normals(rng, [1 + rng.int(4), 1 + rng.int(5)]) },
        { runtime, seed },
      )
    }
  })

  it('is 0 with gradient 0 at the zero vector', async () => {
    const x = floats([0, 0, 3, -4], [2, 2])
    const check = await checkGradient((t) => norm(t.x), { x }, { runtime, differences: false })
    const above = check.weights[0]![1]!
    expect([...check.outputs[0]!.data]).toEqual([0, 5])
    expect(check.gradients.x.data).toBeAllClose([0, 0, 0.6 * above, -0.8 * above], { relative: 1e-12 })
  })
})

describe('weightedMean', () => {
  it('divides by the sum of the weights, for both gradients', async () => {
    const feeds = { x: floats([1, 2, 3, 100]), w: floats([1, 1, 1, 0]) }
    const { outputs } = await checkGradient((t) => weightedMean(t.x, t.w), feeds, { runtime })
    expect(outputs[0]!.data[0]).toBe(2)
  })

  it('is 0 when every weight is 0', async () => {
    const feeds = { x: floats([1, 2]), w: floats([0, 0]) }
    const { outputs, gradients } = await checkGradient((t) => weightedMean(t.x, t.w), feeds, {
      runtime,
      wrt: ['x'],
    })
    expect(outputs[0]!.data[0]).toBe(0)
    expect([...gradients.x.data].every((g) => g === 0)).toBe(true)
  })
})

describe('sumTo', () => {
  it.each([
    [[2, 3, 4], [4]],
    [
      [2, 3, 4],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 3, 4],
      [1, 3, 1],
    ],
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    [[1, 3, 4], [4]],
    [[2, 1, 4], [4]],
    [[2, 3, 1], [1]],
    [[2, 3], []],
    [[3], [3]],
  ])('%j to %j', async (from, to) => {
    const x = normals(Rng.fromSeed(1), from)
    const { outputs } = await checkGradient((t) => sumTo(mul(t.x, 1), to), { x }, { runtime })
    const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)
    expect([total(outputs[0]!.data)]).toBeAllClose([total(x.data as Float32Array)], { absolute: 1e-9 })
  })
})

describe('wrong graphs', () => {
  it('refuses axes that do not exist or repeat', () => {
    const x = new Graph().input('x', 'float32', [2, 3])
    for (const operation of [sum, mean, max]) {
      expect(() => operation(x, { axes: [2] })).toThrowVeilrecError(
        'GRAPH_SHAPE_MISMATCH',
        'axis 2',
        '[2, 3]',
      )
      expect(() => operation(x, { axes: [1, -1] })).toThrowVeilrecError(
        'GRAPH_SHAPE_MISMATCH',
        'repeat',
        '[2, 3]',
      )
    }
  })
})
