import { describe, expect, it } from 'vitest'
import type { RawData } from '../raw-data.js'
import { contentHash } from './hash.js'
import { prepare } from './prepare.js'

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
})
