import {
  identityMap,
  linearErasureVeil,
  requirementKey,
  requirementsOf,
  type BaseEncoder,
  type Histories,
  type Veil,
} from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { veilConformance } from './veil-conformance.js'

const numUsers = 11
const histories: Histories = {
  offsets: Int32Array.from({ length: numUsers + 1 }, (_, user) => 2 * user),
  items: Int32Array.from({ length: 2 * numUsers }, (_, index) => 1 + ((index * 5) % 7)),
}
const base: BaseEncoder = ({ items }, users = Int32Array.from({ length: numUsers }, (_, user) => user)) =>
  Promise.resolve(
    Float32Array.from([...users].flatMap((user) => [user + 0.1, items[2 * user]!, items[2 * user + 1]!])),
  )

/** Adds to every coordinate a number that belongs to the requirement. */
const maps = new Map(
  requirementsOf(['age', 'gender', 'occupation']).map((names, index) => [
    requirementKey(names),
    { ...identityMap(3), bias: new Float64Array(3).fill(index + 1) },
  ]),
)
const sound = (on: BaseEncoder): Veil => linearErasureVeil(on, maps)

it.each(veilConformance)('$name', ({ check }) => check({ veil: sound, base, histories }))

describe('a veil that breaks a promise is found out:', () => {
  const listing = 'lists canonical requirements over its attributes, the smaller first'
  const bare = 'gives the vectors of the base, bit for bit, where nothing is to be hidden'
  const mixed = 'serves another requirement in every row, each as in a batch of its own'
  const alone = 'encodes a row the same alone, among others, and in any order'
  const again = 'gives the same bits again, all of them finite'
  const order = 'does not care for the order of names, nor for one that is named twice'
  const refusing = 'refuses what it does not serve, whatever stands beside it, and has no fallback'
  const lending = 'leaves the vectors of the base as they are'
  let calls = 0

  const broken: readonly [what: string, promises: readonly string[], veil: (on: BaseEncoder) => Veil][] = [
    ['its attributes are not sorted', [listing], (on) => ({ ...sound(on), attributes: ['gender', 'age'] })],
    [
      'it lists the larger first',
      [listing],
      (on) => ({ ...sound(on), requirements: sound(on).requirements.toReversed() }),
    ],
    [
      'it rounds the vectors of the base',
      [bare],
      (on) => ({
        ...sound(on),
        encode: async (...asked) => (await sound(on).encode(...asked)).map((value) => value + 1e-7 * value),
      }),
    ],
    [
      'it takes the first requirement for all rows',
      [mixed],
      (on) => ({
        ...sound(on),
        encode: (of, asked, users) =>
          sound(on).encode(
            of,
            asked.map(() => asked[0]!),
            users,
          ),
      }),
    ],
    [
      'it moves vectors to the mean of the batch',
      [alone],
      (on) => ({
        ...sound(on),
        encode: async (...asked) => {
          const vectors = await sound(on).encode(...asked)
          const mean = vectors.reduce((sum, value) => sum + value / vectors.length, 0)
          return vectors.map((value) => value - mean)
        },
      }),
    ],
    [
      'it draws noise',
      [again],
      (on) => ({
        ...sound(on),
        encode: async (...asked) => {
          const vectors = await sound(on).encode(...asked)
          calls += 1
          return vectors.map((value) => value + calls * 1e-6)
        },
      }),
    ],
    [
      'it reads names in their order',
      [order],
      (on) => ({
        ...sound(on),
        encode: async (of, asked, users) => {
          const vectors = await sound(on).encode(of, asked, users)
          return vectors.map((value, i) => value + (asked[Math.floor(i / 3)]![0] === 'occupation' ? 1 : 0))
        },
      }),
    ],
    [
      'it falls back on the base',
      [refusing],
      (on) => ({
        ...sound(on),
        encode: (of, asked, users) =>
          sound(on)
            .encode(of, asked, users)
            .catch(() => on(of, users)),
      }),
    ],
    [
      'it works in the memory of the base',
      [lending],
      (on) => ({
        ...sound(on),
        encode: async (of, asked, users) => (await on(of, users)).fill(asked.length),
      }),
    ],
  ]

  it.each(broken)('%s', async (_, promises, veil) => {
    for (const name of promises) {
      const promise = veilConformance.find((candidate) => candidate.name === name)!
      await expect(promise.check({ veil, base, histories })).rejects.toThrow('a veil breaks its promise')
    }
  })

  it('every promise is tried', () => {
    const tried = new Set(broken.flatMap(([, promises]) => promises))
    expect(veilConformance.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([])
  })
})
