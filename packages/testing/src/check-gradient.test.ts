import { ops, type Runtime, type Tensor } from '@veilrec/core'
import { expect, it } from 'vitest'

import { checkGradient } from './check-gradient.js'
import { checkLayer } from './check-layer.js'
import { floats } from './host-values.js'

/** `2 x` whose gradient is a factor too large. */
function wrongGradient(x: Tensor, factor: number): Tensor {
  const [result] = x.graph.node('Add', [x, x], [{ dtype: 'float32', shape: x.shape }]) as [Tensor]
  x.graph.differentiable([x], [result], ([g]) => [ops.mul(g as Tensor, 2 * factor)])
  return result
}

const x = floats([1, -2, 3])

it('passes a right gradient and finds one that is off by 1e-5', async () => {
  const { outputs, gradients, weights } = await checkGradient((t) => wrongGradient(t.x, 1), { x })
  expect([...outputs[0]!.data]).toEqual([2, -4, 6])
  expect([...gradients.x.data]).toEqual([...weights[0]!].map((weight) => 2 * weight))
  await expect(checkGradient((t) => wrongGradient(t.x, 1 + 1e-5), { x })).rejects.toThrow(
    'gradient of x against differences',
  )
})

it('finds a runtime that disagrees, or that gives NaN', async () => {
  const giving = (value: number): Runtime => ({
    load: () =>
      Promise.resolve({
        run: (_, fetches) => {
          for (const { data } of Object.values(fetches)) data.fill(value as never)
          return Promise.resolve()
        },
        release: () => Promise.resolve(),
      }),
  })
  for (const value of [0, NaN]) {
    const checking = checkGradient((t) => ops.mul(t.x, 2), { x }, { runtime: giving(value) })
    await expect(checking).rejects.toThrow('output 0 of the runtime')
  }
})

it('checks the parameters of a layer', async () => {
  const build = (factor: number) =>
    checkLayer(
      (scope, t) => {
        const weight = scope.parameter('w', [3], (values) => values.fill(1))
        return ops.add(wrongGradient(weight, factor), t.x)
      },
      { x },
    )
  expect(Object.keys((await build(1)).gradients)).toEqual(['x', 'w'])
  await expect(build(1.01)).rejects.toThrow('gradient of w')
})
