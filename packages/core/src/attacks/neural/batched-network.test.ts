import { createOrtRuntime } from '@veilrec/runtime'
import { checkLayer, matchers, normals } from '@veilrec/testing'
import { expect, it } from 'vitest'

import { createTrace, ParameterStore, Scope } from '../../graph/index.js'
import { Rng } from '../../random.js'
import { batchedNetwork } from './batched-network.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const shape = { inputs: 3, trainedInputs: true, hidden: [5, 4], numClasses: 2, layerNorm: true, dropout: 0 }

it.each([true, false])('has the gradients of finite differences (layerNorm %s)', async (layerNorm) => {
  const x = normals(Rng.fromSeed(1), [2, 6, 3])
  // Throws where a gradient differs.
  const { outputs, gradients } = await checkLayer(
    (scope, t) => batchedNetwork(scope, t.x, { ...shape, layerNorm }),
    { x },
    { runtime },
  )
  expect(outputs[0]!.dims).toEqual([2, 6, 2])
  expect(gradients['hidden0/weight']!.dims).toEqual([2, 3, 5])
})

it('keeps the fits apart: each is its own network', async () => {
  const x = normals(Rng.fromSeed(1), [2, 6, 3])
  const build = (scope: Scope, t: Readonly<Record<'x', Parameters<typeof batchedNetwork>[1]>>) =>
    batchedNetwork(scope, t.x, shape)
  const both = await checkLayer(build, { x }, { runtime })
  const changed = { ...x, data: x.data.map((value, i) => (i < 18 ? value : 3 * value)) as typeof x.data }
  const other = await checkLayer(build, { x: changed }, { runtime })
  const first = (data: ArrayLike<number>): number[] => Array.from(data).slice(0, 12)
  expect(first(other.outputs[0]!.data)).toEqual(first(both.outputs[0]!.data))
  expect(Array.from(other.outputs[0]!.data)).not.toEqual(Array.from(both.outputs[0]!.data))
})

it('draws the weights of a single fit by He and Glorot, and none of a larger trace', () => {
  const wide = { ...shape, inputs: 100, hidden: [200], layerNorm: false }
  const trace = (fits: number): ParameterStore => {
    const store = new ParameterStore(Rng.fromSeed(2))
    const scope = new Scope(createTrace(store, { training: false }))
    batchedNetwork(scope, scope.input('x', 'float32', [fits, 1, 100]), wide)
    return store
  }
  const variance = (values: Float32Array): number =>
    values.reduce((sum, value) => sum + value * value, 0) / values.length
  const single = trace(1)
  // Within 5 %: 20,000 values.
  expect(variance(single.get('hidden0/weight').data) / (2 / 100)).toBeCloseTo(1, 1)
  // 400 values: within three standard errors of the variance of a uniform law.
  expect(Math.abs(variance(single.get('hidden1/weight').data) / (2 / 202) - 1)).toBeLessThan(0.14)
  expect(variance(single.get('hidden0/bias').data)).toBe(0)
  expect(variance(trace(2).get('hidden0/weight').data)).toBe(0)
})
