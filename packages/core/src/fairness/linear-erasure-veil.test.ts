import { veilConformance } from '@veilrec/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Histories, UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { identityMap, type AffineMap } from './affine-map.js'
import { linearErasureMaps, linearErasureVeil } from './linear-erasure-veil.js'
import type { BaseEncoder } from './veil.js'

/** Histories of one item each, which the base below does not look at. */
const historiesOf = (numUsers: number): Histories => ({
  offsets: Int32Array.from({ length: numUsers + 1 }, (_, user) => user),
  items: new Int32Array(numUsers).fill(1),
})

/** A base that knows its vectors by heart. */
const baseOf =
  (vectors: Float32Array, dimension: number): BaseEncoder =>
  (_, users) =>
    Promise.resolve(
      users === undefined
        ? vectors
        : Float32Array.from(
            [...users].flatMap((user) => [...vectors.subarray(user * dimension, (user + 1) * dimension)]),
          ),
    )

const drawn = (numUsers: number, dimension: number, seed: number, missing = 0) => {
  const rng = Rng.fromSeed(seed)
  const attributes: UserAttribute[] = [2, 3, 4].map((classes, index) => ({
    name: ['gender', 'age', 'occupation'][index]!,
    classes: Array.from({ length: classes }, (_, c) => String(c)),
    codes: Int16Array.from({ length: numUsers }, () => (rng.uniform() < missing ? -1 : rng.int(classes))),
  }))
  const vectors = new Float32Array(numUsers * dimension)
  for (let user = 0; user < numUsers; user++) {
    for (let j = 0; j < dimension; j++) {
      const leak = attributes[j % 3]!.codes[user]!
      vectors[user * dimension + j] = rng.normal() + 2 * Math.max(0, leak) + j
    }
  }
  return { vectors, attributes }
}

describe('linearErasureVeil', () => {
  it('gives each row the map of its own requirement: worked by hand', async () => {
    // age doubles, gender adds 1 to the second number, both swap the numbers.
    const maps = new Map<string, AffineMap>([
      ['age', { dimension: 2, projection: Float64Array.of(2, 0, 0, 2), bias: new Float64Array(2) }],
      ['gender', { ...identityMap(2), bias: Float64Array.of(0, 1) }],
      ['age,gender', { dimension: 2, projection: Float64Array.of(0, 1, 1, 0), bias: new Float64Array(2) }],
    ])
    const veil = linearErasureVeil(baseOf(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2), maps)
    expect(veil).toMatchObject({
      method: 'linear-erasure',
      attributes: ['age', 'gender'],
      requirements: [['age'], ['gender'], ['age', 'gender']],
    })
    const asked = [[], ['gender', 'age'], ['gender'], ['age']]
    expect([...(await veil.encode(historiesOf(4), asked))]).toEqual([1, 2, 4, 3, 5, 7, 14, 16])
    const some = await veil.encode(historiesOf(4), [['age'], []], Int32Array.of(3, 1))
    expect([...some]).toEqual([14, 16, 3, 4])
  })

  it('serves the maps it has and no others', async () => {
    const veil = linearErasureVeil(baseOf(new Float32Array(4), 2), new Map([['age,gender', identityMap(2)]]))
    expect(veil.requirements).toEqual([['age', 'gender']])
    for (const requirement of [['age'], ['gender'], ['zip']]) {
      await expect(veil.encode(historiesOf(2), [[], requirement])).rejects.toMatchObject({
        code: 'VEIL_NOT_FOUND',
      })
    }
  })

  it.each([
    ['no map', []],
    ['the empty requirement', [['', identityMap(2)]]],
    ['a key out of order', [['gender,age', identityMap(2)]]],
    [
      'maps of two dimensions',
      [
        ['age', identityMap(2)],
        ['gender', identityMap(3)],
      ],
    ],
  ] as [string, [string, AffineMap][]][])('refuses %s', (_, maps) => {
    expect(() => linearErasureVeil(baseOf(new Float32Array(0), 2), new Map(maps))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  describe('with fitted maps', () => {
    const [numUsers, dimension] = [60, 8]
    const { vectors, attributes } = drawn(numUsers, dimension, 5)
    const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => (user < 40 ? 0 : 3))
    const maps = new Map(linearErasureMaps({ vectors, dimension, attributes, userGroup }))
    const subject = {
      veil: (base: BaseEncoder) => linearErasureVeil(base, maps),
      base: baseOf(vectors, dimension),
      histories: historiesOf(numUsers),
      tolerance: 0,
    }
    it.each(veilConformance)('$name', ({ check }) => check(subject))
  })
})

describe('linearErasureMaps', () => {
  it('has a map for every subset, by name, whatever the order of the attributes', () => {
    const { vectors, attributes } = drawn(80, 6, 1)
    const input = { vectors, dimension: 6, attributes, userGroup: new Uint8Array(80) }
    const maps = new Map(linearErasureMaps(input))
    expect([...maps.keys()]).toEqual([
      'age',
      'gender',
      'occupation',
      'age,gender',
      'age,occupation',
      'gender,occupation',
      'age,gender,occupation',
    ])
    expect(new Map(linearErasureMaps({ ...input, attributes: attributes.toReversed() }))).toEqual(maps)
    expect([...linearErasureMaps({ ...input, attributes: [] })]).toEqual([])
  })

  it('leaves no difference of class means on the defence users, for each hidden attribute', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 12 }),
        fc.constantFrom(0, 0.1),
        async (seed, dimension, missing) => {
          const numUsers = 90
          const { vectors, attributes } = drawn(numUsers, dimension, seed, missing)
          const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => user % 3)
          const maps = new Map(linearErasureMaps({ vectors, dimension, attributes, userGroup }))
          const veil = linearErasureVeil(baseOf(vectors, dimension), maps)
          for (const requirement of veil.requirements) {
            const asked = Array.from({ length: numUsers }, () => requirement)
            const veiled = await veil.encode(historiesOf(numUsers), asked)
            const hidden = attributes.filter(({ name }) => requirement.includes(name))
            const fitted = Array.from({ length: numUsers }, (_, user) => user).filter(
              (user) => userGroup[user] === 0 && hidden.every(({ codes }) => codes[user]! >= 0),
            )
            for (const { codes } of hidden) {
              expect(largestMeanDifference(veiled, dimension, codes, fitted)).toBeLessThan(1e-4)
            }
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

/** Largest distance of a class's mean from the mean of all, over coordinates and the classes that occur. */
function largestMeanDifference(
  vectors: Float32Array,
  dimension: number,
  codes: Int16Array,
  users: readonly number[],
): number {
  const mean = (members: readonly number[], j: number): number =>
    members.reduce((sum, user) => sum + vectors[user * dimension + j]!, 0) / members.length
  let largest = 0
  for (const code of new Set(users.map((user) => codes[user]!))) {
    const members = users.filter((user) => codes[user] === code)
    for (let j = 0; j < dimension; j++) {
      largest = Math.max(largest, Math.abs(mean(members, j) - mean(users, j)))
    }
  }
  return largest
}
