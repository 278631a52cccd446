import { booleans, checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { Graph } from '../graph.js'
import type { Tensor } from '../tensor.js'
import {
  abs,
  add,
  cast,
  clip,
  div,
  equal,
  erf,
  exp,
  gelu,
  greater,
  leakyRelu,
  less,
  log,
  logSigmoid,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  reverseGradient,
  sigmoid,
  softplus,
  sqrt,
  stopGradient,
  straightThrough,
  sub,
  tanh,
  where,
} from './elementwise.js'
import { softmax } from './softmax.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

/** Two shapes that broadcast: axes dropped from the front or set to 1 at random, on either side. */
function broadcastPair(rng: Rng): readonly [number[], number[]] {
  const full = Array.from({ length: rng.int(4) }, () => 1 + rng.int(4))
  const thin = (): number[] => full.slice(rng.int(full.length + 1)).map((dim) => (rng.int(3) === 0 ? 1 : dim))
  return rng.int(2) === 0 ? [full, thin()] : [thin(), full]
}

/** Moves values away from 0, where the operation has a kink or a pole. */
function away(values: ReturnType<typeof normals>, by = 0.1): ReturnType<typeof normals> {
  return floats(
    values.data.map((x) => x + by * Math.sign(x)),
    values.dims,
  )
}

describe('two operands, random broadcasting', () => {
  const operations: readonly (readonly [string, (a: Tensor, b: Tensor) => Tensor])[] = [
    ['add', add],
    ['sub', sub],
    ['mul', mul],
    ['div', div],
    ['maximum', maximum],
    ['minimum', minimum],
  ]
  it.each(operations)('%s', async (name, operation) => {
    for (let seed = 0; seed < 12; seed++) {
      const rng = Rng.fromSeed(seed).split(name)
      const [left, right] = broadcastPair(rng)
      const b = normals(rng, right)
      const feeds = { a: normals(rng, left), b: name === 'div' ? away(b, 0.3) : b }
      await checkGradient((x) => operation(x.a, x.b), feeds, { runtime, seed })
    }
  })

  it('takes numbers on either side', async () => {
    const x = floats([0.5, -2, 3])
    const build = (t: { readonly x: Tensor }): Tensor[] => [
      sub(1, t.x),
      sub(t.x, 1),
      div(2, t.x),
      mul(t.x, 3),
      maximum(1, t.x),
      minimum(t.x, 1),
      add(t.x, t.x),
      mul(t.x, t.x),
    ]
    const { outputs } = await checkGradient(build, { x }, { runtime })
    expect(outputs.map(({ data }) => data[1])).toEqual([3, -3, -1, -6, 1, -2, -4, 4])
  })
})

describe('one operand', () => {
  const positive = (x: number): number => Math.abs(x) + 0.2
  const anywhere = (x: number): number => x
  const operations: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number])[] = [
    ['neg', neg, anywhere],
    ['exp', exp, anywhere],
    ['log', log, positive],
    ['sqrt', sqrt, positive],
    ['abs', abs, anywhere],
    ['relu', relu, anywhere],
    ['leakyRelu', (x) => leakyRelu(x, 0.2), anywhere],
    ['sigmoid', sigmoid, anywhere],
    ['tanh', tanh, anywhere],
    ['softplus', softplus, anywhere],
    ['logSigmoid', logSigmoid, anywhere],
    ['gelu', gelu, anywhere],
    ['erf', erf, anywhere],
    ['clip', (x) => clip(x, -0.7, 0.9), anywhere],
  ]
  it.each(operations)('%s', async (name, operation, domain) => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed).split(name)
      const dims = Array.from({ length: rng.int(4) }, () => 1 + rng.int(5))
      const x = away(normals(rng, dims, 1.5))
      const feeds = { x: floats(x.data.map(domain), dims) }
      await checkGradient((t) => operation(t.x), feeds, { runtime, seed })
    }
  })

  it.each(operations.filter(([name]) => !['exp', 'log', 'sqrt', 'abs'].includes(name)))(
    '%s at saturation',
    async (_, operation) => {
      // The relative scale is set by the middle values, so a saturated one counts by its absolute error.
      const x = floats([-80, -30, -12, -1.1, 0.3, 1.7, 12, 30, 80])
      const { gradients } = await checkGradient((t) => operation(t.x), { x }, { runtime })
      expect(gradients.x.data.every(Number.isFinite)).toBe(true)
    },
  )

  it('computes hand-checked values', async () => {
    const { outputs } = await checkGradient(
      (t) => [sigmoid(t.x), softplus(t.x), logSigmoid(t.x), gelu(t.x), erf(t.x), tanh(t.x)],
      { x: floats([1]) },
      { runtime },
    )
    const expected = [0.7310585786, 1.3132616875, -0.3132616875, 0.8413447461, 0.8427007929, 0.7615941559]
    expect(outputs.map(({ data }) => data[0]!)).toBeAllClose(expected, { relative: 1e-9 })
  })
})

/** The gradient of each input where a central difference means nothing, divided by the gradient from above. */
async function slopes(
  build: (t: { readonly x: Tensor; readonly y: Tensor }) => Tensor,
  x: number[],
  y: number[],
) {
  const check = await checkGradient(build, { x: floats(x), y: floats(y) }, { runtime, differences: false })
  const above = check.weights[0]!
  const divide = (gradient: Float64Array): number[] =>
    Array.from(gradient, (value, i) => value / above[i]! + 0)
  return { x: divide(check.gradients.x.data), y: divide(check.gradients.y.data) }
}

describe('conventions at kinks', () => {
  it('maximum and minimum share the gradient at a tie', async () => {
    expect(await slopes((t) => maximum(t.x, t.y), [1, 2, 0, 3], [1, 0, 0, 4])).toEqual({
      x: [0.5, 1, 0.5, 0],
      y: [0.5, 0, 0.5, 1],
    })
    expect(await slopes((t) => minimum(t.x, t.y), [1, 2, 0, 3], [1, 0, 0, 4])).toEqual({
      x: [0.5, 0, 0.5, 1],
      y: [0.5, 1, 0.5, 0],
    })
  })

  it('relu and abs have slope 0 at 0, leakyRelu its own slope', async () => {
    const values = [-1, 0, -0, 2]
    const slope = async (f: (x: Tensor) => Tensor): Promise<number[]> =>
      (await slopes((t) => add(f(t.x), t.y), values, values)).x
    expect(await slope(relu)).toEqual([0, 0, 0, 1])
    expect(await slope(abs)).toEqual([-1, 0, 0, 1])
    expect(await slope((x) => leakyRelu(x, 0.25))).toEqual([0.25, 0.25, 0.25, 1])
  })

  it('clip has slope 1 at its borders and 0 outside', async () => {
    const { x } = await slopes((t) => add(clip(t.x, -1, 2), t.y), [-1.5, -1, 0, 2, 2.5], [0, 0, 0, 0, 0])
    expect(x).toEqual([0, 1, 1, 1, 0])
  })
})

describe('where and comparisons', () => {
  it('sends the gradient to the side taken, with broadcasting', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const condition = booleans(
        Array.from({ length: 6 }, () => rng.int(2)),
        [2, 3],
      )
      const feeds = { condition, a: normals(rng, [4, 1, 3]), b: normals(rng, [2, 1]) }
      await checkGradient((t) => where(t.condition, t.a, t.b), feeds, { runtime, seed })
      await checkGradient((t) => where(t.condition, t.a, -7), feeds, { runtime, seed, wrt: ['a'] })
    }
  })

  it('keeps a NaN of the side not taken out of the result', async () => {
    const feeds = { condition: booleans([1, 0]), a: floats([1, NaN]), b: floats([NaN, 2]) }
    const check = await checkGradient((t) => where(t.condition, t.a, t.b), feeds, {
      runtime,
      differences: false,
    })
    expect([...check.outputs[0]!.data]).toEqual([1, 2])
    expect(check.gradients.a.data[1]).toBe(0)
  })

  it('compares with numbers and broadcasts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 6 }),
        async (values) => {
          const build = (t: { readonly x: Tensor }): Tensor[] =>
            [greater(t.x, 0), less(t.x, 1), equal(t.x, 2), greater(0, t.x)].map((b) =>
              add(cast(b, 'float32'), t.x),
            )
          const { outputs } = await checkGradient(
            build,
            { x: floats(values) },
            { runtime, differences: false },
          )
          const expected = [
            (x: number) => x > 0,
            (x: number) => x < 1,
            (x: number) => x === 2,
            (x: number) => 0 > x,
          ]
          outputs.forEach(({ data }, i) =>
            expect([...data]).toEqual(values.map((x) => x + Number(expected[i]!(x)))),
          )
        },
      ),
      { numRuns: 5, seed: 1 },
    )
  })
})

describe('operations that change only the gradient', () => {
  const x = floats([0.5, -1, 2])

  it('stopGradient blocks it', async () => {
    const { gradients, weights } = await checkGradient(
      (t) => mul(stopGradient(t.x), t.x),
      { x },
      {
        runtime,
        differences: false,
      },
    )
    expect(gradients.x.data).toBeAllClose(weights[0]!.map((w, i) => w * Number(x.data[i])))
  })

  it('reverseGradient turns it round', async () => {
    const { gradients, weights, outputs } = await checkGradient(
      (t) => reverseGradient(t.x, 0.5),
      { x },
      {
        runtime,
        differences: false,
      },
    )
    expect(outputs[0]!.data).toBeAllClose([0.5, -1, 2])
    expect(gradients.x.data).toBeAllClose(weights[0]!.map((w) => -0.5 * w))
  })

  it('straightThrough has the value of one side and the gradient of the other', async () => {
    const build = (t: { readonly x: Tensor }): Tensor => {
      const soft = softmax(t.x)
      return straightThrough(cast(greater(soft, 0.5), 'float32'), soft)
    }
    const hard = await checkGradient(build, { x }, { runtime, differences: false })
    const soft = await checkGradient((t) => softmax(t.x), { x }, { runtime })
    expect([...hard.outputs[0]!.data]).toEqual([0, 0, 1])
    expect(hard.gradients.x.data).toBeAllClose(soft.gradients.x.data)
  })
})

describe('wrong graphs', () => {
  it('says the shapes that do not broadcast', () => {
    const graph = new Graph()
    const a = graph.input('a', 'float32', [2, 3])
    const b = graph.input('b', 'float32', [2, 4])
    for (const operation of [add, sub, mul, div, maximum, minimum, greater, less, equal]) {
      expect(() => operation(a, b)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[2, 3]', '[2, 4]')
    }
    expect(() => where(greater(a, 0), a, b)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[2, 3]', '[2, 4]')
    const row = graph.input('row', 'float32', [3])
    expect(() => straightThrough(a, row)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[2, 3]', '[3]')
  })

  it('does not mix element types', () => {
    const graph = new Graph()
    const a = graph.input('a', 'float32', [2])
    const b = graph.input('b', 'int32', [2])
    for (const operation of [add, maximum, equal]) {
      expect(() => operation(a, b)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', 'float32', 'int32')
    }
    expect(() => where(greater(a, 0), a, b)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', 'int32')
  })
})
