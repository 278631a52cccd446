import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rng } from '../random.js'
import { vectorScores } from './vector-scores.js'

const normals = (length: number, seed: number): Float32Array => {
  const rng = Rng.fromSeed(seed)
  return Float32Array.from({ length }, () => rng.normal())
}

/** The definition, in the order of the dimensions. */
const product = (
  users: ArrayLike<number>,
  items: ArrayLike<number>,
  d: number,
  u: number,
  i: number,
): number => {
  let sum = 0
  for (let j = 0; j < d; j++) sum += users[u * d + j]! * items[i * d + j]!
  return sum
}

describe('vectorScores', () => {
  it('equals the plain loop bit for bit over random shapes, users in any order', () => {
    const shape = fc.record({
      numUsers: fc.integer({ min: 1, max: 40 }),
      numRows: fc.integer({ min: 1, max: 30 }),
      dimension: fc.integer({ min: 1, max: 70 }),
      seed: fc.nat(),
      double: fc.boolean(),
    })
    fc.assert(
      fc.property(shape, ({ numUsers, numRows, dimension, seed, double }) => {
        const single = normals(numUsers * dimension, seed)
        const userVectors = double ? Float64Array.from(single, (value) => value / 3) : single
        const itemVectors = normals(numRows * dimension, seed + 1)
        const scores = vectorScores({ userVectors, itemVectors, dimension })
        const order = Rng.fromSeed(seed).shuffle(Array.from({ length: numUsers }, (_, user) => user))
        for (const user of order) {
          const row = scores(user)
          expect(row).toHaveLength(numRows)
          for (let item = 0; item < numRows; item++) {
            expect(row[item]).toBe(product(userVectors, itemVectors, dimension, user, item))
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('ties equal vectors exactly, wherever they stand', () => {
    const dimension = 33
    const vector = normals(dimension, 1)
    const many = (count: number): Float32Array =>
      Float32Array.from({ length: count * dimension }, (_, i) => vector[i % dimension]!)
    const scores = vectorScores({ userVectors: many(21), itemVectors: many(19), dimension })
    const expected = product(vector, vector, dimension, 0, 0)
    for (let user = 0; user < 21; user++)
      expect([...scores(user)]).toEqual(Array.from({ length: 19 }, () => expected))
  })

  it('goes through a catalogue that does not fit packed in parts', () => {
    // 2^25 bytes hold 2,048 items of this width.
    const dimension = 2048
    const numRows = 2051
    const itemVectors = new Float32Array(numRows * dimension)
    for (let item = 0; item < numRows; item++) itemVectors[item * dimension + (item % dimension)] = item
    const userVectors = new Float32Array(18 * dimension).fill(1)
    const scores = vectorScores({ userVectors, itemVectors, dimension })
    for (const user of [0, 17]) expect([...scores(user)]).toEqual(Array.from(Array(numRows).keys()))
  })

  it('refuses a broken shape and a user without a vector', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' })
    const input = { itemVectors: new Float32Array(4), dimension: 2 }
    expect(() => vectorScores({ ...input, userVectors: new Float32Array(3) })).toThrow(invalid)
    const scores = vectorScores({ ...input, userVectors: new Float32Array(2) })
    expect(() => scores(1)).toThrow(invalid)
    expect(() => scores(-1)).toThrow(invalid)
  })
})
