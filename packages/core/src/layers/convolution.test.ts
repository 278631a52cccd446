import { checkLayer, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { Rng } from '../random.js'
import { convolution } from './convolution.js'

const runtime = createOrtRuntime({ threads: 1 })

it.each([
  { x: [2, 3, 5], window: [2], padding: 1, result: [2, 4, 6] },
  { x: [2, 1, 4, 5], window: [2, 5], padding: 0, result: [2, 4, 3, 1] },
])('filters $x with a window of $window', async ({ x, window, padding, result }) => {
  const check = await checkLayer(
    (scope, t) => convolution(scope, t.x, { filters: 4, window, padding }),
    { x: normals(Rng.fromSeed(1), x) },
    { runtime },
  )
  expect(check.outputs[0]!.dims).toEqual(result)
  expect(check.gradients['kernel']!.dims).toEqual([4, x[1], ...window])
})
