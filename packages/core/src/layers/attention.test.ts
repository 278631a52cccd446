import { checkLayer, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import golden from '../../golden/pytorch.json' with { type: 'json' }
import { createTrace, Scope } from '../graph/scope.js'
import { ParameterStore } from '../graph/parameter-store.js'
import { Rng } from '../random.js'
import { multiHeadAttention, type AttentionOptions } from './attention.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

type Inputs = Readonly<Record<string, Parameters<typeof multiHeadAttention>[1]>>

/** PyTorch keeps weights as `[out, in]`. */
function transposed(values: readonly number[], columns: number): number[] {
  const rows = values.length / columns
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
}

/** PyTorch's parameters (or their gradients) under our names: one projection holds query, key and value. */
function fromTorch(
  values: Readonly<Record<string, readonly number[]>>,
  width: number,
): Record<string, number[]> {
  const [weight, bias] = [values['in_proj_weight']!, values['in_proj_bias']!]
  const parts = ['query', 'key', 'value'].flatMap((name, i) => [
    [`${name}/weight`, transposed(weight.slice(i * width * width, (i + 1) * width * width), width)] as const,
    [`${name}/bias`, bias.slice(i * width, (i + 1) * width)] as const,
  ])
  return {
    ...Object.fromEntries(parts),
    'output/weight': transposed(values['out_proj.weight']!, width),
    'output/bias': [...values['out_proj.bias']!],
  }
}

const selfAttention =
  (options: AttentionOptions) =>
  (scope: Scope, t: Inputs): Parameters<typeof multiHeadAttention>[1] =>
    multiHeadAttention(
      scope,
      t['x']!,
      t['x']!,
      t['keyMask'] ? { ...options, keyMask: t['keyMask'] } : options,
    )

describe('equals PyTorch', () => {
  it.each(Object.entries(golden.attention))('%s', async (_, expected) => {
    const [batch, time, width] = expected.shape as [number, number, number]
    const feeds = {
      x: floats(expected.x, expected.shape),
      ...(expected.keyMask ? { keyMask: floats(expected.keyMask, [batch, time]) } : {}),
    }
    const { heads, causal } = expected
    const parameters = fromTorch(expected.parameters, width)
    const check = await checkLayer(selfAttention({ heads, causal }), feeds, {
      runtime,
      parameters,
      above: [floats(expected.above, expected.shape)],
      wrt: ['x', ...Object.keys(parameters)],
    })
    const close = { relative: 1e-5, absolute: 2e-7 }
    expect(check.outputs[0]!.data).toBeAllClose(expected.output, close)
    expect(check.gradients['x']!.data).toBeAllClose(expected.gradientOfX, close)
    for (const [name, gradient] of Object.entries(fromTorch(expected.gradients, width))) {
      expect(check.gradients[name]!.data).toBeAllClose(gradient, close)
    }
  })
})

describe('padding', () => {
  it('gives 0 and no NaN where no key is real, and no gradient comes from there', async () => {
    const x = normals(Rng.fromSeed(1), [2, 3, 4])
    const feeds = { x, keyMask: floats([0, 0, 0, 1, 1, 0], [2, 3]) }
    for (const causal of [false, true]) {
      const check = await checkLayer(selfAttention({ heads: 2, causal }), feeds, {
        runtime,
        wrt: ['x', 'query/weight', 'value/weight', 'output/bias'],
      })
      expect([...check.outputs[0]!.data.subarray(0, 12)].map(Math.abs)).toEqual(
        Array.from({ length: 12 }, () => 0),
      )
      expect([...check.gradients['x']!.data.subarray(0, 12)].map(Math.abs)).toEqual(
        Array.from({ length: 12 }, () => 0),
      )
      expect(check.outputs[0]!.data.every(Number.isFinite)).toBe(true)
    }
  })

  it('gives 0 to a causal query that sees padding only', async () => {
    const feeds = { x: normals(Rng.fromSeed(1), [1, 3, 4]), keyMask: floats([0, 0, 1], [1, 3]) }
    const check = await checkLayer(selfAttention({ heads: 1, causal: true }), feeds, { runtime, wrt: ['x'] })
    expect([...check.outputs[0]!.data.subarray(0, 8)].every((value) => value === 0)).toBe(true)
    expect(check.outputs[0]!.data[8]).not.toBe(0)
  })

  it('padded values change nothing', async () => {
    const x = normals(Rng.fromSeed(1), [1, 3, 4])
    const changed = floats(
      x.data.map((value, i) => (i >= 8 ? 100 : value)),
      [1, 3, 4],
    )
    const keyMask = floats([1, 1, 0], [1, 3])
    const [a, b] = await Promise.all(
      [x, changed].map((values) =>
        checkLayer(selfAttention({ heads: 2 }), { x: values, keyMask }, { differences: false }),
      ),
    )
    expect(a!.outputs[0]!.data.slice(0, 8)).toBeAllClose(b!.outputs[0]!.data.slice(0, 8), { absolute: 1e-12 })
  })
})

it('does not see the future when causal', async () => {
  const x = normals(Rng.fromSeed(1), [1, 4, 4])
  const changed = floats(
    x.data.map((value, i) => (i >= 8 ? value + 1 : value)),
    [1, 4, 4],
  )
  const run = async (values: typeof x, causal: boolean): Promise<Float64Array> => {
    const check = await checkLayer(selfAttention({ heads: 2, causal }), { x: values }, { differences: false })
    return check.outputs[0]!.data.slice(0, 8)
  }
  expect(await run(x, true)).toBeAllClose(await run(changed, true), { absolute: 1e-12 })
  expect(await run(x, false)).not.toBeAllClose(await run(changed, false), { absolute: 1e-3 })
})

it('has gradients through memory, score bias, prefix and dropout', async () => {
  const rng = Rng.fromSeed(1)
  const feeds = {
    queries: normals(rng, [2, 3, 4]),
    memory: normals(rng, [2, 5, 4]),
    scoreBias: normals(rng, [2, 3, 7]),
    prefixKeys: normals(rng, [2, 2, 4]),
    prefixValues: normals(rng, [2, 2, 4]),
  }
  await checkLayer(
    (scope, t) =>
      multiHeadAttention(scope, t.queries, t.memory, {
        heads: 2,
        scoreBias: t.scoreBias,
        prefix: { keys: t.prefixKeys, values: t.prefixValues },
        dropout: 0.3,
        outputProjection: false,
      }),
    feeds,
    { runtime },
  )
})

it('every query sees the whole prefix, also when causal', async () => {
  const rng = Rng.fromSeed(1)
  const feeds = { x: normals(rng, [1, 2, 2]), keys: normals(rng, [1, 1, 2]), values: normals(rng, [1, 1, 2]) }
  const check = await checkLayer(
    (scope, t) =>
      multiHeadAttention(scope, t.x, t.x, {
        heads: 1,
        causal: true,
        prefix: { keys: t.keys, values: t.values },
      }),
    feeds,
    { runtime, above: [floats([1, 1, 0, 0], [1, 2, 2])] },
  )
  // Only the first query counts: it sees the prefix and itself, not the second position.
  expect(check.gradients['values']!.data.some((value) => Math.abs(value) > 1e-3)).toBe(true)
  expect([...check.gradients['x']!.data.subarray(2)].map(Math.abs)).toEqual([0, 0])
})

it('padding changes nothing beside a prefix, and a row of padding sees the prefix alone', async () => {
  const rng = Rng.fromSeed(1)
  const prefix = { keys: normals(rng, [2, 2, 4]), values: normals(rng, [2, 2, 4]) }
  const keyMask = floats([1, 1, 0, 0, 0, 0], [2, 3])
  const x = normals(rng, [2, 3, 4])
  const other = { ...x, data: x.data.slice() }
  for (const at of [8, 9, 10, 11]) other.data[at]! += 5
  const run = (memory: typeof x): ReturnType<typeof checkLayer> =>
    checkLayer(
      (scope, t) =>
        multiHeadAttention(scope, t.x, t.memory, {
          heads: 2,
          keyMask: t.keyMask,
          prefix: { keys: t.keys, values: t.values },
        }),
      { x, memory, keyMask, ...prefix },
      { runtime, wrt: ['x', 'values'] },
    )
  const [first, second] = [await run(x), await run(other)]
  expect([...first.outputs[0]!.data]).toEqual([...second.outputs[0]!.data])
  expect(first.outputs[0]!.data.slice(12).some((value) => Math.abs(value) > 1e-3)).toBe(true)
})

it('refuses heads that do not divide the width', () => {
  const scope = new Scope(createTrace(new ParameterStore(Rng.fromSeed(1)), { training: false }))
  const x = scope.input('x', 'float32', [1, 2, 6])
  expect(() => multiHeadAttention(scope, x, x, { heads: 4 })).toThrowVeilrecError(
    'GRAPH_SHAPE_MISMATCH',
    '4',
    '[1, 2, 6]',
  )
})
