import type { Rng } from '../random.js'

const words = new Int32Array(4096)

/**
 * Fills `mask` with independent values: 0 with probability `rate`, else `1 / (1 - rate)`. The rate is
 * rounded to a multiple of 2^-8 (at least one, at most 255 of them) and the scale follows it, so the expectation is exactly 1. Every draw
 * of 32 bits gives four values, written two at a time as 64-bit words: masks are by far the largest
 * random consumption of a training step.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, rng: Rng): void {
  const threshold = Math.min(255, Math.max(1, Math.round(rate * 256)))
  const keep = 256 / (256 - threshold)
  // The four pairs (first, second) as 64-bit words; none of them is a NaN pattern.
  const pairs = new Float64Array(Float32Array.of(keep, keep, 0, keep, keep, 0, 0, 0).buffer)
  const aligned = mask.byteOffset % 8 === 0
  const target = aligned
    ? new Float64Array(mask.buffer, mask.byteOffset, (mask.length >> 2) * 2)
    : new Float64Array(0)
  for (let from = 0; from < target.length; from += 2 * words.length) {
    const block = words.subarray(0, Math.min(words.length, (target.length - from) / 2))
    rng.fillInt32(block)
    let at = from
    for (let i = 0; i < block.length; i++) {
      const bits = block[i]!
      // The sign of a byte minus the threshold is set exactly where the value is dropped.
      const first = (((bits & 255) - threshold) >>> 31) | (((((bits >>> 8) & 255) - threshold) >>> 30) & 2)
      const second = ((((bits >>> 16) & 255) - threshold) >>> 31) | ((((bits >>> 24) - threshold) >>> 30) & 2)
      target[at] = pairs[first]!
      target[at + 1] = pairs[second]!
      at += 2
    }
  }
  for (let i = target.length * 2; i < mask.length; i++) {
    mask[i] = (rng.int32() & 255) >= threshold ? keep : 0
  }
}
