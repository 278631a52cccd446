import type { Rng } from '../random.js'

/**
 * Fills `mask` with independent values: 0 with probability `rate`, else `1 / (1 - rate)`, with the
 * rate rounded to a multiple of 2^-16 and the scale to match. Every draw of 32 bits gives two
 * values, written as one 64-bit word: masks are the largest random consumption of a training step.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, rng: Rng): void {
  const threshold = Math.round(rate * 65536)
  const keep = 65536 / (65536 - threshold)
  const pairs = new Float64Array(Float32Array.of(0, 0, keep, 0, 0, keep, keep, keep).buffer)
  const aligned = mask.byteOffset % 8 === 0
  const words = aligned ? new Float64Array(mask.buffer, mask.byteOffset, mask.length >> 1) : new Float64Array(0)
  for (let i = 0; i < words.length; i++) {
    const bits = rng.int32()
    const first = (bits & 0xffff) >= threshold ? 1 : 0
    const second = bits >>> 16 >= threshold ? 2 : 0
    words[i] = pairs[first | second] as number
  }
  for (let i = words.length * 2; i < mask.length; i++) {
    mask[i] = (rng.int32() & 0xffff) >= threshold ? keep : 0
  }
}
