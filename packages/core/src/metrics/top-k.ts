import { VeilrecError } from '../errors/veilrec-error.js'

/** The best items of one score row, best first. */
export interface TopK {
  /** Item indices in `1..numItems`. */
  readonly items: Int32Array
  /** Their scores, in the same order. */
  readonly scores: Float64Array
}

/**
 * The `k` candidates with the highest scores, exactly; ties go to the lower item index.
 *
 * A heap of size k, so O(numItems log k) at worst and one comparison for most items.
 *
 * @param scores `[numItems + 1]`, by item index; entry 0 is padding and never a candidate.
 * @param excluded `[numItems + 1]`, non-zero where an item is no candidate; left out: none.
 * @returns fewer than `k` items when there are fewer candidates, none for `k` 0.
 * @throws VeilrecError `NOT_FINITE` when a candidate's score is NaN.
 */
export function topK(scores: Float32Array | Float64Array, k: number, excluded?: Uint8Array): TopK {
  const heap = new Int32Array(Math.max(0, Math.min(k, scores.length - 1)))
  let size = 0

  /** The heap's root is its worst item, so that one comparison rejects most candidates. */
  const worse = (a: number, b: number): boolean => {
    const scoreA = scores[a]!
    const scoreB = scores[b]!
    return scoreA < scoreB || (scoreA === scoreB && a > b)
  }
  const siftDown = (item: number, end: number): void => {
    let slot = 0
    for (;;) {
      let child = 2 * slot + 1
      if (child >= end) break
      if (child + 1 < end && worse(heap[child + 1]!, heap[child]!)) child++
      if (!worse(heap[child]!, item)) break
      heap[slot] = heap[child]!
      slot = child
    }
    heap[slot] = item
  }
  const push = (item: number): void => {
    let slot = size++
    while (slot > 0) {
      const parent = (slot - 1) >> 1
      if (!worse(item, heap[parent]!)) break
      heap[slot] = heap[parent]!
      slot = parent
    }
    heap[slot] = item
  }

  /** What a later item has to be better than, once the heap is full. */
  let bar = -Infinity
  let isFull = heap.length === 0
  for (let item = 1; item < scores.length; item++) {
    const score = scores[item]!
    // Most items end here, by one comparison; NaN does not.
    if (isFull && score <= bar) continue
    if (excluded !== undefined && excluded[item] !== 0) continue
    if (Number.isNaN(score)) {
      throw new VeilrecError('NOT_FINITE', `the score of item ${item} is NaN`, { item })
    }
    if (size < heap.length) push(item)
    else if (size > 0) siftDown(item, size)
    isFull = size === heap.length
    if (isFull && size > 0) bar = scores[heap[0]!]!
  }

  const items = new Int32Array(size)
  for (let end = size; end > 0; end--) {
    items[end - 1] = heap[0]!
    siftDown(heap[end - 1]!, end - 1)
  }
  return { items, scores: Float64Array.from(items, (item) => scores[item]!) }
}
