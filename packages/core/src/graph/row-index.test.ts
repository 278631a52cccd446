import { matchers } from '@veilrec/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Rng } from '../random.js'
import { accumulateRows, rowBucket, RowIndex } from './row-index.js'

expect.extend(matchers)

describe('RowIndex', () => {
  it('numbers distinct ids in order of appearance, after id 0', () => {
    const index = new RowIndex(10)
    const batch = Int32Array.of(7, 3, 7, 0, 3)
    const { ids, count, namesZero } = index.renumber([batch])
    expect([...ids.subarray(0, count)]).toEqual([0, 7, 3])
    expect(namesZero).toBe(true)
    expect(index.renumber([Int32Array.of(4)]).namesZero).toBe(false)
    expect(index.renumber([])).toMatchObject({ count: 1, namesZero: false })
    expect([...batch]).toEqual([1, 2, 1, 0, 2])
  })

  it('undoes itself: ids[row] is the id, for every batch anew', () => {
    const index = new RowIndex(3000)
    const ids = fc.array(fc.integer({ min: 0, max: 2999 }), { maxLength: 2000 })
    fc.assert(
      fc.property(ids, ids, (first, second) => {
        const rows = [Int32Array.from(first), Int32Array.from(second)]
        const selection = index.renumber(rows)
        expect(rows.map((part) => Array.from(part, (row) => selection.ids[row]))).toEqual([first, second])
        expect(selection.count).toBe(new Set([0, ...first, ...second]).size)
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('refuses ids outside the table', () => {
    const index = new RowIndex(3)
    expect(() => index.renumber([Int32Array.of(3)])).toThrowVeilrecError('INVALID_ARGUMENT', '3')
    expect(() => index.renumber([Int32Array.of(-1)])).toThrowVeilrecError('INVALID_ARGUMENT', '-1')
  })
})

it('rowBucket is the next of four steps per doubling', () => {
  expect([0, 1, 64, 65, 80, 81, 128, 129, 161, 1000].map(rowBucket)).toEqual([
    64, 64, 64, 80, 80, 96, 128, 160, 192, 1024,
  ])
  for (let count = 64; count < 5000; count += 7) {
    expect(rowBucket(count)).toBeGreaterThanOrEqual(count)
    expect(rowBucket(count)).toBeLessThanOrEqual(count * 1.25)
  }
})

describe('accumulateRows', () => {
  it('adds rows to what is there', () => {
    const target = Float32Array.of(1, 1, 1, 1)
    accumulateRows(target, Float32Array.of(1, 2, 3, 4, 5, 6), Int32Array.of(1, 0, 1), 2)
    expect([...target]).toEqual([4, 5, 7, 9])
  })

  it('equals the float64 sum over 40,000 heavily repeated indices, byte for byte in 20 repetitions', () => {
    const [count, rows, width] = [40_000, 30, 8]
    const rng = Rng.fromSeed(3)
    const indices = Int32Array.from({ length: count }, () => Math.floor(rng.uniform() ** 2 * rows))
    const values = Float32Array.from({ length: count * width }, () => rng.normal())
    const expected = new Float64Array(rows * width)
    const magnitude = new Float64Array(rows * width)
    values.forEach((value, i) => {
      const target = indices[Math.floor(i / width)]! * width + (i % width)
      expected[target]! += value
      magnitude[target]! += Math.abs(value)
    })
    const run = (): Float32Array => {
      const target = new Float32Array(rows * width)
      accumulateRows(target, values, indices, width)
      return target
    }
    const first = run()
    expected.forEach((value, i) =>
      expect(Math.abs(first[i]! - value)).toBeLessThanOrEqual(1e-5 * magnitude[i]!),
    )
    for (let repetition = 1; repetition < 20; repetition++) expect(run()).toEqual(first)
  })
})
