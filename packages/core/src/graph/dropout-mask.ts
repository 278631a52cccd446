import type { Rng } from '../random.js'

const words = new Int32Array(4096)

/** How masks of one rate are drawn. */
interface GapTable {
  /** Number of kept values before the next dropped one, by a uniform 16-bit number. */
  readonly gaps: Uint16Array
  /** What a kept value is multiplied by: 1 / (share of kept values). */
  readonly keep: number
}

const tables = new Map<number, GapTable>()

/**
 * Fills `mask` with independent values: 0 with probability `rate`, else `1 / (1 - rate)`.
 *
 * Masks are by far the largest random consumption of a training step, so not every value is drawn but
 * the gaps between dropped ones: they follow the geometric law `P(gap = k) = (1 - rate)^k rate`, here in
 * steps of 2^-16. The scale follows the share that the rounded law really keeps, so the expectation is 1.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, rng: Rng): void {
  const { gaps, keep } = gapTable(rate)
  mask.fill(keep)
  let at = -1
  while (at < mask.length) {
    rng.fillInt32(words)
    for (let i = 0; i < words.length && at < mask.length; i++) {
      const bits = words[i]!
      at += 1 + gaps[bits & 0xffff]!
      if (at >= mask.length) break
      mask[at] = 0
      at += 1 + gaps[bits >>> 16]!
      if (at < mask.length) mask[at] = 0
    }
  }
}

/** The quantiles of the geometric law at the middles of 2^16 equal steps. */
function gapTable(rate: number): GapTable {
  const known = tables.get(rate)
  if (known) return known
  const size = 65536
  const logKeep = Math.log1p(-rate)
  const gaps = Uint16Array.from({ length: size }, (_, step) => {
    return Math.min(65535, Math.floor(Math.log1p(-(step + 0.5) / size) / logKeep))
  })
  const meanGap = gaps.reduce((sum, gap) => sum + gap, 0) / size
  const table = { gaps, keep: (meanGap + 1) / meanGap }
  tables.set(rate, table)
  return table
}
