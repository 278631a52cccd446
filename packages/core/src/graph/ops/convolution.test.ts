import { checkGradient, floats, matchers, normals, runGraph } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { gradients } from '../differentiate.js'
import { Graph } from '../graph.js'
import { conv, maxPool } from './convolution.js'
import { mul } from './elementwise.js'
import { sum } from './reduction.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

describe('conv', () => {
  it.each([1, 2])('of %i spatial axes over random shapes', async (rank) => {
    for (let seed = 0; seed < 5; seed++) {
      const rng = Rng.fromSeed(seed).split(`conv${rank}`)
      const padding = rng.int(3)
      const [batch, channels, filters] = [1 + rng.int(3), 1 + rng.int(3), 1 + rng.int(3)] as const
      const window = Array.from({ length: rank }, () => 1 + rng.int(3))
      const space = window.map((length) => length + rng.int(3))
      const feeds = {
        x: normals(rng, [batch, channels, ...space]),
        kernel: normals(rng, [filters, channels, ...window]),
        bias: normals(rng, [filters]),
      }
      await checkGradient((t) => conv(t.x, t.kernel, t.bias, { padding }), feeds, { runtime, seed })
      await checkGradient((t) => conv(t.x, t.kernel), feeds, { runtime, seed, wrt: ['x', 'kernel'] })
    }
  })

  it('computes a hand-checked case: a cross-correlation, the kernel is not turned round', async () => {
    const feeds = {
      x: floats([1, 2, 3, 4], [1, 1, 4]),
      kernel: floats([1, 10], [1, 1, 2]),
      bias: floats([0.5]),
    }
    const { outputs } = await checkGradient(
      (t) => [conv(t.x, t.kernel, t.bias), conv(t.x, t.kernel, undefined, { padding: 1 })],
      feeds,
      { runtime },
    )
    expect(outputs.map(({ data }) => [...data])).toEqual([
      [21.5, 32.5, 43.5],
      [10, 21, 32, 43, 4],
    ])
  })

  it('says which shapes do not fit', () => {
    const graph = new Graph()
    const x = graph.input('x', 'float32', [1, 2, 3])
    const kernel = graph.input('kernel', 'float32', [4, 3, 2])
    const long = graph.input('long', 'float32', [4, 2, 5])
    const good = graph.input('good', 'float32', [4, 2, 2])
    const code = 'GRAPH_SHAPE_MISMATCH'
    expect(() => conv(x, kernel)).toThrowVeilrecError(code, '[1, 2, 3]', '[4, 3, 2]')
    expect(() => conv(x, long)).toThrowVeilrecError(code, '[1, 2, 3]', '[4, 2, 5]')
    expect(() => conv(x, good, graph.input('bias', 'float32', [2]))).toThrowVeilrecError(
      code,
      '[4, 2, 2]',
      '[2]',
    )
    expect(() => maxPool(x, [4])).toThrowVeilrecError(code, '[1, 2, 3]')
    expect(() => maxPool(x, [2, 2])).toThrowVeilrecError(code, '[1, 2, 3]')
  })
})

describe('maxPool', () => {
  it.each([1, 2])('of %i spatial axes, windows apart and overlapping', async (rank) => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed).split(`pool${rank}`)
      const window = Array.from({ length: rank }, () => 1 + rng.int(3))
      const stride = seed % 2 === 0 ? window : window.map(() => 1 + rng.int(2))
      const x = normals(rng, [1 + rng.int(2), 1 + rng.int(3), ...window.map((length) => length + rng.int(4))])
      await checkGradient((t) => maxPool(t.x, window, stride), { x }, { runtime, seed })
    }
  })

  it('gives a tie to the first element and adds up overlapping windows', async () => {
    const x = floats([5, 5, 1, 0, 0, 0, 2, 9, 2, 9], [1, 2, 5])
    const { outputs, gradients, weights } = await checkGradient(
      (t) => maxPool(t.x, [3], [1]),
      { x },
      {
        runtime,
        differences: false,
      },
    )
    // Windows start at 0, 1 and 2: [5 5 1] and [2 9] tie, and the three of the second row share a 9.
    expect([...outputs[0]!.data]).toEqual([5, 5, 1, 9, 9, 9])
    const [a, b, c, d, e, f] = Array.from(weights[0]!) as [number, number, number, number, number, number]
    expect(gradients.x.data).toBeAllClose([a, b, c, 0, 0, 0, 0, d + e + f, 0, 0], { relative: 1e-12 })
  })
})

it('maxPool adds up 23,937 heavily repeated maxima on 2 threads, byte for byte in 20 repetitions', async () => {
  const [length, window] = [24_000, 64]
  const count = length - window + 1
  const rng = Rng.fromSeed(6)
  const [x, above] = [normals(rng, [1, 1, length]), normals(rng, [1, 1, count])]
  const [expected, magnitude] = [new Float64Array(length), new Float64Array(length)]
  for (let start = 0; start < count; start++) {
    const values = x.data.subarray(start, start + window)
    const at = start + values.indexOf(Math.max(...values))
    expected[at]! += above.data[start]!
    magnitude[at]! += Math.abs(above.data[start]!)
  }
  const graph = new Graph()
  const pooled = maxPool(graph.input('x', 'float32', x.dims), [window], [1])
  const loss = sum(mul(pooled, graph.input('above', 'float32', above.dims)))
  const [gradient] = gradients(loss, [graph.tensor('x')])
  const run = async (): Promise<Float32Array> => {
    const [result] = await runGraph(runtime, graph, [gradient!], { x, above }, { threads: 2 })
    return result!.data as Float32Array
  }
  const first = await run()
  expect(expected.every((value, i) => Math.abs(first[i]! - value) <= 1e-5 * magnitude[i]!)).toBe(true)
  for (let repetition = 1; repetition < 20; repetition++) {
    expect(Buffer.from((await run()).buffer).equals(Buffer.from(first.buffer))).toBe(true)
  }
})
