import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import {
  constant,
  kaimingNormal,
  kaimingUniform,
  normal,
  truncatedNormal,
  xavierNormal,
  xavierUniform,
  type Initializer,
} from './initializers.js'

function moments(initializer: Initializer, shape: readonly number[]) {
  const values = new Float32Array(shape.reduce((size, dim) => size * dim, 1))
  initializer(values, shape, Rng.fromSeed(1))
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance), largest: Math.max(...values.map(Math.abs)) }
}

describe('mean 0 and the deviation of the definition', () => {
  const uniform = (bound: number): number => bound / Math.sqrt(3)
  // The deviation of a normal cut at two: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).
  const cut = 0.8796256610342398
  it.each([
    ['normal', normal(0.02), [200, 300], 0.02, Infinity],
    ['truncatedNormal', truncatedNormal(0.02), [200, 300], 0.02 * cut, 0.04],
    ['xavierUniform', xavierUniform(), [200, 300], uniform(Math.sqrt(6 / 500)), Math.sqrt(6 / 500)],
    ['xavierNormal', xavierNormal(), [200, 300], Math.sqrt(2 / 500), Infinity],
    ['kaimingUniform', kaimingUniform(), [200, 300], uniform(Math.sqrt(6 / 200)), Math.sqrt(6 / 200)],
    ['kaimingNormal', kaimingNormal(), [200, 300], Math.sqrt(2 / 200), Infinity],
    // Kernels are [filters, channels, ...window]: 50 filters, fan in 40 * 9.
    [
      'kaimingUniform of a kernel',
      kaimingUniform(),
      [50, 40, 3, 3],
      uniform(Math.sqrt(6 / 360)),
      Math.sqrt(6 / 360),
    ],
    ['xavierNormal of a kernel', xavierNormal(), [50, 40, 3, 3], Math.sqrt(2 / (360 + 450)), Infinity],
  ] as const)('%s', (_, initializer, shape, deviation, bound) => {
    const found = moments(initializer, shape)
    const count = shape.reduce<number>((size, dim) => size * dim, 1)
    expect(Math.abs(found.mean)).toBeLessThan((5 * deviation) / Math.sqrt(count))
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02)
    expect(found.largest).toBeLessThanOrEqual(bound * (1 + 1e-6))
  })
})

it('constant fills every value', () => {
  const values = new Float32Array(3)
  constant(2.5)(values, [3], Rng.fromSeed(1))
  expect([...values]).toEqual([2.5, 2.5, 2.5])
})
