import type { Rng } from '@veilrec/core'
import { numSuccessors, successorShares, type Catalogue } from './catalogue.js'
import { drawIndex } from './draw-index.js'

/** Draws from the whole cluster before the items not yet had are counted out. */
const maxRejections = 16

/**
 * Draws one user's items, each at most once; step 3 of {@link simulate}.
 *
 * @param history filled in place; at most as long as the catalogue
 * @param affinity `[numClusters]`, logits
 */
export function sampleHistory(
  history: Int32Array,
  affinity: Float64Array,
  catalogue: Catalogue,
  orderShare: number,
  rng: Rng,
): void {
  const { clusterOf, members, successors } = catalogue
  const highest = affinity.reduce((a, b) => Math.max(a, b), -Infinity)
  const weights = affinity.map((logit) => Math.exp(logit - highest))
  const left = Int32Array.from(members, (items) => items.length)
  const had = new Set<number>()
  for (let step = 0; step < history.length; step++) {
    let item = -1
    if (step > 0 && rng.uniform() < orderShare) {
      const successor = successors[history[step - 1]! * numSuccessors + drawIndex(successorShares, rng, 1)]!
      if (!had.has(successor)) item = successor
    }
    if (item < 0) item = drawFromCluster(drawIndex(weights, rng), had, catalogue, rng)
    history[step] = item
    had.add(item)
    const cluster = clusterOf[item]!
    left[cluster]!--
    if (left[cluster] === 0) weights[cluster] = 0
  }
}

/** An item of the cluster by popularity, given that the user has not had it; at least one must be left. */
function drawFromCluster(cluster: number, had: ReadonlySet<number>, catalogue: Catalogue, rng: Rng): number {
  const items = catalogue.members[cluster]!
  const cumulative = catalogue.cumulative[cluster]!
  // Rejection gives the conditional distribution at the cost of a binary search; the exact count below gives the same
  // distribution where most of the cluster was had.
  for (let attempt = 0; attempt < maxRejections; attempt++) {
    const item = items[firstAbove(cumulative, rng.uniform() * cumulative.at(-1)!)]!
    if (!had.has(item)) return item
  }
  const remaining = items.filter((item) => !had.has(item))
  return remaining[
    drawIndex(
      Array.from(remaining, (item) => catalogue.popularity[item]!),
      rng,
    )
  ]!
}

/** Index of the first running sum above `value`; the last one if rounding leaves none. */
function firstAbove(cumulative: Float64Array, value: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (cumulative[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
