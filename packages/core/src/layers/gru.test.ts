import { checkLayer, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import golden from '../../golden/pytorch.json' with { type: 'json' }
import { batchDim, createTrace, ParameterStore, Scope, toOnnx } from '../graph/index.js'
import type { HostTensor } from '../graph/host-tensor.js'
import { Rng } from '../random.js'
import { gru } from './gru.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

/** PyTorch keeps weights as `[out, in]`. */
function transposed(values: readonly number[], columns: number): number[] {
  const rows = values.length / columns
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
}

it('equals PyTorch over several steps', async () => {
  const { shape, hidden, x, above, output, gradientOfX } = golden.gru
  const ours = (values: typeof golden.gru.parameters): Record<string, number[]> => ({
    'input/weight': transposed(values.weight_ih_l0, shape[2]!),
    'input/bias': values.bias_ih_l0,
    'state/weight': transposed(values.weight_hh_l0, hidden),
    'state/bias': values.bias_hh_l0,
  })
  const check = await checkLayer(
    (scope, t) => gru(scope, t.x, hidden),
    { x: floats(x, shape) },
    { runtime, parameters: ours(golden.gru.parameters), above: [floats(above, [2, 5, 4])] },
  )
  const close = { relative: 1e-5, absolute: 2e-7 }
  expect(check.outputs[0]!.data).toBeAllClose(output, close)
  expect(check.gradients['x']!.data).toBeAllClose(gradientOfX, close)
  for (const [name, gradient] of Object.entries(ours(golden.gru.gradients))) {
    expect(check.gradients[name]!.data).toBeAllClose(gradient, close)
  }
})

it('stays at the zero state when nothing drives it', async () => {
  const zero = Array.from({ length: 36 }, () => 0)
  const parameters = { 'input/weight': zero.slice(0, 18), 'state/weight': zero.slice(0, 27) }
  const biases = { 'input/bias': zero.slice(0, 9), 'state/bias': zero.slice(0, 9) }
  const check = await checkLayer(
    (scope, t) => gru(scope, t.x, 3),
    { x: normals(Rng.fromSeed(1), [1, 3, 2]) },
    {
      runtime,
      parameters: { ...parameters, ...biases },
    },
  )
  expect([...check.outputs[0]!.data]).toEqual(zero.slice(0, 9))
})

it('does not saturate into NaN', async () => {
  // The second sequence is ordinary and sets the scale that errors are measured in.
  const x = floats([80, -80, 800, -800, 0.5, -1, 1, 0.2], [2, 2, 2])
  const check = await checkLayer((scope, t) => gru(scope, t.x, 2), { x }, { runtime })
  expect(check.outputs[0]!.data.every((value) => Math.abs(value) <= 1)).toBe(true)
})

it('exports with a symbolic batch', async () => {
  const trace = createTrace(new ParameterStore(Rng.fromSeed(1)), { training: false })
  const scope = new Scope(trace)
  const states = gru(scope, scope.input('x', 'float32', [batchDim, 3, 2]), 4)
  const initializers = new Map(trace.store.list().map(({ name, data }) => [name, data]))
  const { bytes } = toOnnx(trace.graph, [states], { outputNames: ['states'], initializers })
  const session = await runtime.load(bytes)
  const run = async (x: HostTensor): Promise<number[]> => {
    const batch = x.dims[0]!
    const result = { dtype: 'float32', dims: [batch, 3, 4], data: new Float32Array(batch * 12) } as const
    await session.run({ x }, { states: result })
    return [...result.data]
  }
  const two = normals(Rng.fromSeed(2), [2, 3, 2])
  const alone = await run(floats(two.data.subarray(6), [1, 3, 2]))
  expect((await run(two)).slice(12)).toBeAllClose(alone, { relative: 1e-6, absolute: 1e-7 })
  await session.release()
})
