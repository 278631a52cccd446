import { VeilrecError } from '../errors/veilrec-error.js'
import type { TopK } from './top-k.js'

/** Scores that are cheap and nearly right, and how the true ones are had. */
export interface ScreenedScores {
  /** `[numItems + 1]`, by item index; entry 0 is padding and never a candidate. */
  readonly screen: Float32Array | Float64Array
  /** No score of the screen is further than this from the true one. */
  readonly bound: number
  /** The true score of an item. */
  readonly exact: (item: number) => number
}

/** What {@link screenedTopK} may leave out, and how it breaks ties. */
export interface ScreenedTopKOptions {
  /** `[numItems + 1]`, non-zero where an item is no candidate; left out: none. */
  readonly excluded?: Uint8Array
  /** Items with equal scores stand in the order of a hash of this number and their index; in that of the index when left out. */
  readonly seed?: number
}

/**
 * The best k items by their true scores, exactly, at the price of few of these: a screen rules the others out.
 *
 * With `t` the k-th best score of the screen and `e` its bound, k items have a true score of at least `t - e`, so that
 * whatever belongs among the best k has at least `t - 2 e` on the screen. Only such items are scored truly.
 *
 * @returns fewer than `k` items when there are fewer candidates.
 * @throws VeilrecError `NOT_FINITE` when a candidate's score on the screen is NaN.
 * @example
 * screenedTopK({ screen, bound: innerProductBound(64, length, longest), exact }, 10)
 */
export function screenedTopK(
  { screen, bound, exact }: ScreenedScores,
  k: number,
  { excluded, seed }: ScreenedTopKOptions = {},
): TopK {
  const found = nearTheBest(screen, Math.max(0, Math.min(k, screen.length - 1)), 2 * bound, excluded).map(
    (item) => ({ item, score: exact(item) }),
  )
  const place = seed === undefined ? (item: number): number => item : (item: number) => hash(seed, item)
  found.sort((a, b) => b.score - a.score || place(a.item) - place(b.item) || a.item - b.item)
  const best = found.slice(0, k)
  return {
    items: Int32Array.from(best, ({ item }) => item),
    scores: Float64Array.from(best, ({ score }) => score),
  }
}

/** The candidates whose score is at most `margin` below the k-th best, in rising order, in one pass. */
function nearTheBest(
  scores: ScreenedScores['screen'],
  k: number,
  margin: number,
  excluded: Uint8Array | undefined,
): number[] {
  if (k === 0) return []
  /** The k best scores so far, the least of them first. */
  const best = new Float64Array(k).fill(-Infinity)
  const near: number[] = []
  let floor = -Infinity
  for (let item = 1; item < scores.length; item++) {
    const score = scores[item]!
    // Most items end here; NaN does not.
    if (score < floor) continue
    if (excluded !== undefined && excluded[item] !== 0) continue
    if (Number.isNaN(score)) {
      throw new VeilrecError('NOT_FINITE', `the score of item ${item} is NaN`, { item })
    }
    near.push(item)
    if (score <= best[0]!) continue
    replaceLeast(best, score)
    floor = best[0]! - margin
  }
  return near.filter((item) => scores[item]! >= floor)
}

/** Puts a score in the place of the least one of a heap. */
function replaceLeast(heap: Float64Array, score: number): void {
  let slot = 0
  for (;;) {
    let child = 2 * slot + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
    if (heap[child]! >= score) break
    heap[slot] = heap[child]!
    slot = child
  }
  heap[slot] = score
}

/**
 * How far an inner product of `dimension` float32 numbers, added up in float32 in any order, is from the true one at most:
 * `n u / (1 - n u) |a| |b|` with `u = 2^-24` (Higham 2002, equation 3.5, and Cauchy and Schwarz), one product more for
 * what the bound itself is rounded by.
 */
export function innerProductBound(dimension: number, lengthA: number, lengthB: number): number {
  const error = (dimension + 1) * 2 ** -24
  // Denormal products may be taken for zero.
  return (error / (1 - error)) * lengthA * lengthB + dimension * 2 ** -125
}

/** The finalizer of MurmurHash3 (Appleby 2011) over both, in `[0, 2^32)`. */
function hash(seed: number, item: number): number {
  let h = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(item, 0xc2b2ae35)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
