import { matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import {
  batchDim,
  broadcastShapes,
  formatShape,
  normalizeAxis,
  sameShape,
  sizeOf,
  staticShape,
} from './shape.js'

expect.extend(matchers)
const code = 'GRAPH_SHAPE_MISMATCH'
const timesTwo = { symbol: 'batch', times: 2 }

it('formats shapes as people read them', () => {
  expect([[], [2, 3], [batchDim, 4], [timesTwo]].map(formatShape)).toEqual([
    '[]',
    '[2, 3]',
    '[batch, 4]',
    '[2*batch]',
  ])
})

describe('broadcastShapes', () => {
  it.each([
    [[], [2], [2]],
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[1], [1], [1]],
    [[batchDim, 1], [5], [batchDim, 5]],
    [
      [batchDim, 2],
      [1, 1],
      [batchDim, 2],
    ],
  ])('%j and %j', (a, b, expected) => {
    expect(broadcastShapes('add', a, b)).toEqual(expected)
    expect(broadcastShapes('add', b, a)).toEqual(expected)
  })

  it('says which shapes do not fit', () => {
    expect(() => broadcastShapes('add', [2, 3], [2])).toThrowVeilrecError(code, 'add', '[2, 3] and [2]')
    expect(() => broadcastShapes('add', [batchDim], [timesTwo])).toThrowVeilrecError(
      code,
      '[batch] and [2*batch]',
    )
    expect(() => broadcastShapes('add', [batchDim], [4])).toThrowVeilrecError(code, '[batch] and [4]')
  })
})

it('sizes hold one symbolic factor', () => {
  expect(sizeOf([])).toBe(1)
  expect(sizeOf([2, 3])).toBe(6)
  expect(sizeOf([2, timesTwo, 3])).toEqual({ symbol: 'batch', times: 12 })
  expect(() => sizeOf([batchDim, batchDim])).toThrowVeilrecError(code, 'batch')
})

it('compares, counts axes from the end, and tells symbolic from static', () => {
  expect(sameShape([batchDim, 2], [{ symbol: 'batch', times: 1 }, 2])).toBe(true)
  expect(sameShape([batchDim], [timesTwo])).toBe(false)
  expect(sameShape([2], [2, 1])).toBe(false)
  expect(normalizeAxis('sum', [2, 3], -1)).toBe(1)
  expect(() => normalizeAxis('sum', [2, 3], -3)).toThrowVeilrecError(code, 'axis -3', '[2, 3]')
  expect(() => normalizeAxis('sum', [2, 3], 0.5)).toThrowVeilrecError(code, '0.5')
  expect(() => staticShape('conv', [batchDim, 3])).toThrowVeilrecError(code, 'conv', '[batch, 3]')
})
