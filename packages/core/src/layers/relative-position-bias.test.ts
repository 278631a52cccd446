import { checkLayer } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { relativePositionBias, relativePositionBucket } from './relative-position-bias.js'

it('buckets distances as T5 does', () => {
  // By hand: 8 exact buckets, then 8 + floor(8 log(distance / 8) / log(128 / 8)), at most 15; 16 more for the future.
  const both = { bidirectional: true, buckets: 32, maxDistance: 128 }
  const bucketsOf = (distances: number[], options: typeof both): number[] =>
    distances.map((distance) => relativePositionBucket(distance, options))
  expect(bucketsOf([0, -1, -7, -8, -20, -127, -1000], both)).toEqual([0, 1, 7, 8, 10, 15, 15])
  expect(bucketsOf([1, 7, 8, 20, 1000], both)).toEqual([17, 23, 24, 26, 31])
  expect(bucketsOf([5, 0, -1, -15, -16, -20, -1000], { ...both, bidirectional: false })).toEqual([
    0, 0, 1, 15, 16, 17, 31,
  ])
})

it('adds one score per head and bucket, with a gradient for the table', async () => {
  const options = { heads: 2, queries: 3, keys: 4, bidirectional: true, buckets: 8, maxDistance: 16 }
  const check = await checkLayer(
    (scope) => relativePositionBias(scope, options),
    {},
    { runtime: createOrtRuntime() },
  )
  const bias = check.outputs[0]!
  expect(bias.dims).toEqual([2, 3, 4])
  // Equal distances share a score.
  expect(bias.data[0]).toBe(bias.data[5])
  expect(bias.data[1]).not.toBe(bias.data[4])
})
