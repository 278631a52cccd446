import { describe, expect, it } from 'vitest'
import type { RawData } from '../raw-data.js'
import { contentHash } from './hash.js'
import { filterOptionsSchema } from '../sources/dataset-source.js'
import { prepare as prepareWith, type Prepared } from './prepare.js'
import type { PreparedData } from './prepared-data.js'

/** Rows are user, item, time. */
function rawData(rows: readonly (readonly [number, number, number])[]): RawData {
  return {
    userIds: ['u0', 'u1', 'u2'],
    itemIds: ['i0', 'i1', 'i2', 'i3'],
    itemTitles: ['A', 'B', 'C', 'D'],
    attributes: [{ name: 'age', classes: ['young', 'old', 'older'], codes: Int16Array.from([2, 1, -1]) }],
    user: Int32Array.from(rows, ([user]) => user),
    item: Int32Array.from(rows, ([, item]) => item),
    time: Float64Array.from(rows, ([, , time]) => time),
  }
}

function prepared(raw: RawData, options: object): Prepared {
  return prepareWith(raw, filterOptionsSchema.parse({ kCore: 1, ...options }))
}

function prepare(raw: RawData, options: object): PreparedData {
  return prepared(raw, options).data
}

describe('prepare', () => {
  it('orders by time, ties by source row, and renumbers without gaps', () => {
    const data = prepare(
      rawData([
        [2, 3, 50],
        [0, 2, 30],
        [0, 3, 10],
        [0, 0, 30],
        [2, 2, 40],
      ]),
      { kCore: 1 },
    )
    expect(data.userIds).toEqual(['u0', 'u2'])
    expect(data.itemIds).toEqual(['', 'i0', 'i2', 'i3'])
    expect(data.itemTitles).toEqual(['', 'A', 'C', 'D'])
    expect(Array.from(data.histories.offsets)).toEqual([0, 3, 5])
    expect(Array.from(data.histories.items)).toEqual([3, 2, 1, 2, 3])
    expect(Array.from(data.times)).toEqual([10, 30, 30, 40, 50])
    expect(data.histories.items.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('leaves out classes nobody has, and keeps missing values missing', () => {
    const { attributes } = prepare(
      rawData([
        [0, 0, 1],
        [2, 0, 2],
      ]),
      { kCore: 1 },
    )
    expect(attributes[0]!.classes).toEqual(['older'])
    expect(Array.from(attributes[0]!.codes)).toEqual([0, -1])
  })

  it('says that nothing is left', () => {
    expect(() =>
      prepare(
        rawData([
          [0, 0, 1],
          [1, 1, 2],
        ]),
        { kCore: 2 },
      ),
    ).toThrow(/of 2 interactions none is left after the 2-core/)
  })

  it('gives another content hash for any change, and the same one for the same content', () => {
    const rows = [
      [0, 0, 1],
      [0, 1, 2],
      [1, 1, 3],
    ] as const
    const hash = (raw: RawData): string => contentHash(prepare(raw, { kCore: 1 }))
    const base = rawData(rows)
    const attribute = base.attributes[0]!
    const variants = [
      base,
      rawData([
        [0, 1, 1],
        [0, 0, 2],
        [1, 1, 3],
      ]),
      rawData([
        [0, 0, 1],
        [0, 1, 2],
        [1, 1, 4],
      ]),
      { ...base, itemTitles: ['A', 'b', 'C', 'D'] },
      { ...base, userIds: ['x', 'u1', 'u2'] },
      { ...base, attributes: [{ ...attribute, name: 'gender' }] },
      { ...base, attributes: [{ ...attribute, codes: Int16Array.from([2, -1, -1]) }] },
    ]
    expect(new Set(variants.map(hash)).size).toBe(variants.length)
    expect(hash(rawData(rows))).toBe(hash(base))
  })

  it('drops in the order minInteractions, kCore, maxHistory, and counts what each dropped', () => {
    const raw = rawData([
      [0, 0, 5],
      [0, 1, 4],
      [0, 2, 3],
      [0, 3, 9],
      [1, 0, 1],
      [1, 1, 2],
      [1, 2, 2],
      [2, 3, 7], // the only one of user 2; without him item 3 has one interaction
    ])
    const { data, dropped } = prepared(
      { ...raw, belowMinRating: 4 },
      { minInteractions: 2, kCore: 2, maxHistory: 2 },
    )
    expect(dropped).toEqual({ minRating: 4, minInteractions: 1, kCore: 1, maxHistory: 2 })
    expect(data.userIds).toEqual(['u0', 'u1'])
    // The newest two of user 0 are items 1 (time 4) and 0 (time 5), of user 1 items 1 and 2, in source order.
    expect(data.itemIds).toEqual(['', 'i0', 'i1', 'i2'])
    expect(Array.from(data.histories.items)).toEqual([2, 1, 2, 3])
    expect(Array.from(data.times)).toEqual([4, 5, 2, 2])
    expect(Array.from(data.histories.offsets)).toEqual([0, 2, 4])
  })

  it.each([
    [{ belowMinRating: 3 }, {}, /each of 3 interactions has a rating below minRating/],
    [{}, {}, /holds no interaction$/],
    [{ skipped: { count: 2, examples: [] } }, {}, /holds no interaction; all 2 rows were malformed/],
  ])('says which filter left nothing: %j', (more, options, message) => {
    expect(() => prepare({ ...rawData([]), ...more }, options)).toThrow(message)
  })

  it('says that minInteractions left nothing', () => {
    const raw = rawData([[0, 0, 1]])
    expect(() => prepare(raw, { minInteractions: 2 })).toThrow(
      /none is left after minInteractions: no user has 2/,
    )
  })

  it('keeps the properties of the items that stay, values by first occurrence, each once', () => {
    const raw = rawData([
      [0, 3, 1],
      [0, 1, 2],
      [0, 2, 3],
    ])
    const genre = {
      name: 'genre',
      values: ['gone', 'b', 'a'],
      offsets: Int32Array.from([0, 1, 4, 4, 6]),
      codes: Int32Array.from([0, 2, 1, 2, 1, 2]),
    }
    const { itemProperties } = prepare({ ...raw, itemProperties: [genre] }, {})
    expect(itemProperties).toEqual([
      {
        name: 'genre',
        values: ['a', 'b'],
        offsets: Int32Array.from([0, 0, 2, 2, 4]),
        codes: Int32Array.from([0, 1, 1, 0]),
      },
    ])
  })
})
