import { checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import type { Tensor } from '../tensor.js'
import { logSoftmax, softmax } from './softmax.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

const extreme = floats(
  [
    [80, -80, 0, 1],
    [80, 80, 80, 80],
    [-80, -80, -80, -80],
    [80, 79, -80, 78],
    [0, 1, 2, 3],
  ].flat(),
  [5, 4],
)

describe.each([
  ['softmax', softmax],
  ['logSoftmax', logSoftmax],
] as const)('%s', (_, operation: (x: Tensor) => Tensor) => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = Array.from({ length: 1 + rng.int(4) }, () => 1 + rng.int(4))
      await checkGradient((t) => operation(t.x), { x: normals(rng, dims, 2) }, { runtime, seed })
    }
  })

  it('at saturation', async () => {
    await checkGradient((t) => operation(t.x), { x: extreme }, { runtime })
  })

  it('of masked rows is finite, and a fully masked row is uniform', async () => {
    const x = floats([1, -1e9, 2, -1e9, -1e9, -1e9], [2, 3])
    const { outputs, gradients } = await checkGradient(
      (t) => operation(t.x),
      { x },
      { runtime, differences: false },
    )
    const third = operation === softmax ? 1 / 3 : -Math.log(3)
    // At 1e9 even a double leaves only seven digits for the rest.
    expect(outputs[0]!.data.slice(3)).toBeAllClose([third, third, third], { relative: 1e-6 })
    expect(gradients.x.data.every(Number.isFinite)).toBe(true)
  })
})

it('computes hand-checked values', async () => {
  const { outputs } = await checkGradient(
    (t) => [softmax(t.x), logSoftmax(t.x)],
    { x: floats([0, Math.log(3)]) },
    { runtime },
  )
  expect(outputs[0]!.data).toBeAllClose([0.25, 0.75], { relative: 1e-6 })
  expect(outputs[1]!.data).toBeAllClose([Math.log(0.25), Math.log(0.75)], { relative: 1e-6 })
})
