import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import type { DenseLayer } from './pair-network-kernel.js'
import { pairNetworkScores, type PairNetwork } from './pair-network-scores.js'

const { fround } = Math

function network(
  numUsers: number,
  numRows: number,
  dimension: number,
  widths: readonly number[],
  seed: number,
): PairNetwork {
  const rng = Rng.fromSeed(seed)
  const normals = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal())
  const layers = [...widths, 1].map((outputs, index): DenseLayer => {
    const inputs = index === 0 ? 2 * dimension : widths[index - 1]!
    return { weight: normals(inputs * outputs), bias: normals(outputs) }
  })
  return {
    userVectors: normals(numUsers * dimension),
    itemVectors: normals(numRows * dimension),
    dimension,
    layers: layers as [DenseLayer, DenseLayer],
  }
}

/** The definition in the stated precision: halves in float64 and rounded, then float32 in the order of the units. */
function plainScore(
  { userVectors, itemVectors, dimension, layers }: PairNetwork,
  user: number,
  item: number,
): number {
  const [first, ...rest] = layers
  const half = (
    vectors: ArrayLike<number>,
    row: number,
    part: number,
    start: number,
    unit: number,
  ): number => {
    let sum = start
    for (let j = 0; j < dimension; j++) {
      sum += vectors[row * dimension + j]! * first.weight[(part * dimension + j) * first.bias.length + unit]!
    }
    return fround(sum)
  }
  let x = Array.from(first.bias, (bias, unit) =>
    fround(half(itemVectors, item, 1, 0, unit) + half(userVectors, user, 0, bias, unit)),
  )
  for (const { weight, bias } of rest) {
    const active = x.map((value) => Math.max(value, 0))
    x = Array.from(bias, (start, unit) =>
      active.reduce((sum, value, j) => fround(sum + fround(value * weight[j * bias.length + unit]!)), start),
    )
  }
  return x[0]!
}

describe('pairNetworkScores', () => {
  it('gives the score of a case worked by hand', () => {
    // Units of the first layer: u + 2 i + 1 and -u + i; of the second: twice the one minus three times the other, and 1.
    const scores = pairNetworkScores({
      userVectors: Float32Array.of(2, -1),
      itemVectors: Float32Array.of(0, 1, 3),
      dimension: 1,
      layers: [
        { weight: Float32Array.of(1, -1, 2, 1), bias: Float32Array.of(1, 0) },
        { weight: Float32Array.of(2, 0, -3, 0), bias: Float32Array.of(0, 1) },
        { weight: Float32Array.of(1, 10), bias: Float32Array.of(0.5) },
      ],
    })
    // User 2: units (3, -2), (5, -1), (9, 1) give 6, 10, 15; user -1: (0, 1), (2, 2), (6, 4) give -3, -2, 0, cut at 0.
    expect([...scores(0)]).toEqual([16.5, 20.5, 25.5])
    expect([...scores(1)]).toEqual([10.5, 10.5, 10.5])
  })

  it('equals the plain loop bit for bit over random shapes, users in any order', () => {
    const shape = fc.record({
      numUsers: fc.integer({ min: 1, max: 5 }),
      numRows: fc.integer({ min: 1, max: 70 }),
      dimension: fc.integer({ min: 1, max: 9 }),
      widths: fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(shape, ({ numUsers, numRows, dimension, widths, seed }) => {
        const input = network(numUsers, numRows, dimension, widths, seed)
        const scores = pairNetworkScores(input)
        const order = Rng.fromSeed(seed).shuffle(Array.from({ length: 2 * numUsers }, (_, i) => i % numUsers))
        for (const user of order) {
          expect([...scores(user)]).toEqual(
            Array.from({ length: numRows }, (_, item) => plainScore(input, user, item)),
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('ties equal items exactly, wherever they stand', () => {
    const input = network(1, 1, 5, [7, 6], 3)
    const itemVectors = Float32Array.from({ length: 61 * 5 }, (_, i) => input.itemVectors[i % 5]!)
    const row = pairNetworkScores({ ...input, itemVectors })(0)
    expect(new Set(row).size).toBe(1)
    expect(row).toHaveLength(61)
  })

  it('refuses broken shapes and numbers, and a user without a vector', () => {
    const input = network(2, 3, 2, [4], 1)
    const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' })
    expect(() => pairNetworkScores({ ...input, userVectors: new Float32Array(3) })).toThrow(invalid)
    expect(() => pairNetworkScores(input)(2)).toThrow(invalid)
    const userVectors = Float32Array.of(0, 0, NaN, 0)
    expect(() => pairNetworkScores({ ...input, userVectors })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('user 1') as string }),
    )
  })

  it('lets a NaN of the network through to the score', () => {
    const input = network(1, 9, 2, [4, 4], 1)
    input.layers[1].bias[2] = NaN
    expect([...pairNetworkScores(input)(0)].every(Number.isNaN)).toBe(true)
  })
})
