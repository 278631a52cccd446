import { checkLayer, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import golden from '../../golden/pytorch.json' with { type: 'json' }
import { Rng } from '../random.js'
import { batchNorm, layerNorm, rmsNorm, updateRunningStatistics } from './norm.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const close = { relative: 1e-5, absolute: 2e-7 }

it('layerNorm equals PyTorch', async () => {
  const { shape, x, above, output, gradientOfX, parameters, gradients } = golden.layerNorm
  const check = await checkLayer(
    (scope, t) => layerNorm(scope, t.x),
    { x: floats(x, shape) },
    {
      runtime,
      parameters: { scale: parameters.weight, bias: parameters.bias },
      above: [floats(above, shape)],
    },
  )
  expect(check.outputs[0]!.data).toBeAllClose(output, close)
  expect(check.gradients['x']!.data).toBeAllClose(gradientOfX, close)
  expect(check.gradients['scale']!.data).toBeAllClose(gradients.weight, close)
  expect(check.gradients['bias']!.data).toBeAllClose(gradients.bias, close)
})

describe('batchNorm', () => {
  const { shape, x, above, output, gradientOfX, parameters, gradients, runningMean, runningVariance } =
    golden.batchNorm

  it('equals PyTorch in training, with its running statistics', async () => {
    const check = await checkLayer(
      (scope, t) => {
        const { output: normalized, mean, variance } = batchNorm(scope, t.x)
        return [normalized, mean, variance]
      },
      { x: floats(x, shape) },
      {
        runtime,
        parameters: { scale: parameters.weight, bias: parameters.bias },
        above: [floats(above, shape), floats([0, 0, 0]), floats([0, 0, 0])],
        wrt: ['x', 'scale', 'bias'],
      },
    )
    expect(check.outputs[0]!.data).toBeAllClose(output, close)
    expect(check.gradients['x']!.data).toBeAllClose(gradientOfX, close)
    expect(check.gradients['scale']!.data).toBeAllClose(gradients.weight, close)
    expect(check.gradients['bias']!.data).toBeAllClose(gradients.bias, close)

    const running = { mean: new Float32Array(3), variance: new Float32Array(3).fill(1) }
    const [mean, variance] = check.outputs.slice(1).map(({ data }) => Float32Array.from(data))
    updateRunningStatistics(running, { mean: mean!, variance: variance! }, 6)
    expect(running.mean).toBeAllClose(runningMean, close)
    expect(running.variance).toBeAllClose(runningVariance, close)
  })

  it('uses the running statistics otherwise', async () => {
    const check = await checkLayer(
      (scope, t) => batchNorm(scope, t.x).output,
      { x: floats([3, 8], [2, 1]) },
      {
        runtime,
        training: false,
        parameters: { scale: [2], bias: [1], runningMean: [1], runningVariance: [4] },
        wrt: ['x', 'scale', 'bias'],
      },
    )
    expect(check.outputs[0]!.data).toBeAllClose([3, 8], { relative: 1e-5 })
  })

  it('one row leaves the variance as it is, not NaN', () => {
    const running = { mean: Float32Array.of(0), variance: Float32Array.of(1) }
    updateRunningStatistics(running, { mean: Float32Array.of(10), variance: Float32Array.of(0) }, 1)
    expect(running.mean).toBeAllClose([1])
    expect(running.variance).toBeAllClose([0.9])
  })
})

it('rmsNorm starts as the identity up to the length', async () => {
  const x = normals(Rng.fromSeed(1), [2, 4])
  const check = await checkLayer(
    (scope, t) => rmsNorm(scope, t.x),
    { x },
    { runtime, parameters: { scale: [1, 1, 1, 1] } },
  )
  const squares = check.outputs[0]!.data.map((value) => value * value)
  expect([squares.slice(0, 4), squares.slice(4)].map((row) => row.reduce((a, b) => a + b))).toBeAllClose(
    [4, 4],
    {
      relative: 1e-4,
    },
  )
})
