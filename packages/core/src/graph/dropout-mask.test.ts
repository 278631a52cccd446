import { expect, it } from 'vitest'

import { Rng } from '../random.js'
import { fillDropoutMask } from './dropout-mask.js'

it.each([0.001, 0.1, 0.2, 0.5, 0.9])('zeroes a share of %f and keeps the mean at 1', (rate) => {
  const mask = new Float32Array(400_000)
  fillDropoutMask(mask, rate, Rng.fromSeed(1))
  const zeros = mask.filter((value) => value === 0).length / mask.length
  // Six standard deviations of the share.
  const tolerance = 6 * Math.sqrt((rate * (1 - rate)) / mask.length)
  expect(Math.abs(zeros - rate)).toBeLessThan(tolerance)
  const [keep = 0] = [...new Set(mask)].filter((value) => value !== 0)
  expect(new Set(mask)).toEqual(new Set([0, keep]))
  expect(Math.abs(keep * (1 - rate) - 1)).toBeLessThan(2e-3)
})

it('gives independent neighbours, within a draw and across draws', () => {
  const mask = new Float32Array(200_000)
  fillDropoutMask(mask, 0.5, Rng.fromSeed(2))
  for (const lag of [1, 2, 3, 4]) {
    let product = 0
    for (let i = lag; i < mask.length; i++) product += (mask[i]! - 1) * (mask[i - lag]! - 1)
    expect(Math.abs(product / mask.length)).toBeLessThan(6 / Math.sqrt(mask.length))
  }
})

it('depends on the stream alone, also for odd and unaligned arrays', () => {
  const fill = (seed: number, array: Float32Array): number[] => {
    fillDropoutMask(array, 0.3, Rng.fromSeed(seed))
    return [...array]
  }
  expect(fill(1, new Float32Array(101))).toEqual(fill(1, new Float32Array(101)))
  expect(fill(1, new Float32Array(101))).not.toEqual(fill(2, new Float32Array(101)))
  const unaligned = new Float32Array(new ArrayBuffer(4 * 102), 4, 101)
  fill(1, unaligned)
  expect(new Set(unaligned).size).toBe(2)
  expect(fill(1, new Float32Array(0))).toEqual([])
})

it('continues from a saved stream', () => {
  const rng = Rng.fromSeed(4)
  fillDropoutMask(new Float32Array(64), 0.5, rng)
  const saved = Rng.fromState(rng.state())
  const [a, b] = [new Float32Array(64), new Float32Array(64)]
  fillDropoutMask(a, 0.5, rng)
  fillDropoutMask(b, 0.5, saved)
  expect(b).toEqual(a)
})
