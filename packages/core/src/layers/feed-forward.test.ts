import { checkLayer, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import { activations, feedForward, mlp, type Activation } from './feed-forward.js'
import { linear } from './linear.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

it('linear computes x W + b', async () => {
  const feeds = { x: floats([1, 2], [1, 2]) }
  const parameters = { weight: [1, 2, 3, 4, 5, 6], bias: [0.5, 0, -0.5] }
  const withBias = await checkLayer((scope, t) => linear(scope, t.x, 3), feeds, { runtime, parameters })
  expect([...withBias.outputs[0]!.data]).toEqual([9.5, 12, 14.5])
  const without = await checkLayer((scope, t) => linear(scope, t.x, 3, { bias: false }), feeds, {
    runtime,
    parameters,
  })
  expect([...without.outputs[0]!.data]).toEqual([9, 12, 15])
  expect(Object.keys(without.gradients)).toEqual(['x', 'weight'])
})

describe.each(Object.keys(activations) as Activation[])('with %s', (activation) => {
  const feeds = { x: normals(Rng.fromSeed(1), [2, 3, 4]) }

  it('feedForward', async () => {
    const check = await checkLayer(
      (scope, t) => feedForward(scope, t.x, { hidden: 6, activation, dropout: 0.25 }),
      feeds,
      { runtime },
    )
    expect(check.outputs[0]!.dims).toEqual([2, 3, 4])
    expect(Object.keys(check.gradients)).toEqual([
      'x',
      'inner/weight',
      'inner/bias',
      'outer/weight',
      'outer/bias',
    ])
  })

  it('mlp', async () => {
    const check = await checkLayer(
      (scope, t) => mlp(scope, t.x, [5, 3, 2], { activation, dropout: 0.25 }),
      feeds,
      { runtime },
    )
    expect(check.outputs[0]!.dims).toEqual([2, 3, 2])
    expect(check.gradients['2/weight']!.dims).toEqual([3, 2])
  })
})

it('the last layer of an mlp has no activation', async () => {
  const parameters = { '0/weight': [-1], '0/bias': [0] }
  const check = await checkLayer(
    (scope, t) => mlp(scope, t.x, [1]),
    { x: floats([3], [1, 1]) },
    { runtime, parameters },
  )
  expect([...check.outputs[0]!.data]).toEqual([-3])
})
