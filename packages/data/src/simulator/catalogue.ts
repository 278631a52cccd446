import type { Rng } from '@veilrec/core'
import type { SimulatorOptions } from './options.js'

/** Successors an item has. */
export const numSuccessors = 3

/** Probability of each successor, given that a successor comes next. */
export const successorShares = [0.6, 0.3, 0.1] as const

/** The simulated items: their cluster, popularity and order. */
export interface Catalogue {
  /** `[numItems]`, in `0..numClusters - 1`; sizes differ by at most 1. */
  readonly clusterOf: Int32Array
  /** Items of each cluster. */
  readonly members: readonly Int32Array[]
  /** For each cluster, the running sum of the popularity of its members. */
  readonly cumulative: readonly Float64Array[]
  /** `[numItems]`, popularity weight > 0. */
  readonly popularity: Float64Array
  /** `[numItems * numSuccessors]`, items of the same cluster; an item may be its own successor only in a cluster of one. */
  readonly successors: Int32Array
}

/** Draws a catalogue: clusters, a popularity power law over a random ranking, and successors within each cluster. */
export function simulateCatalogue(options: SimulatorOptions, rng: Rng): Catalogue {
  const { numItems, numClusters, popularityExponent } = options
  const numbers = Int32Array.from({ length: numItems }, (_, item) => item)
  const clusterOf = new Int32Array(numItems)
  rng.shuffle(numbers.slice()).forEach((item, position) => {
    clusterOf[item] = position % numClusters
  })
  const popularity = new Float64Array(numItems)
  rng.shuffle(numbers.slice()).forEach((item, position) => {
    popularity[item] = (position + 1) ** -popularityExponent
  })

  const members = Array.from({ length: numClusters }, (_, cluster) =>
    numbers.filter((item) => clusterOf[item] === cluster),
  )
  const cumulative = members.map((items) => {
    let sum = 0
    return Float64Array.from(items, (item) => (sum += popularity[item]!))
  })
  const successors = new Int32Array(numItems * numSuccessors)
  for (let item = 0; item < numItems; item++) {
    const own = members[clusterOf[item]!]!
    for (let s = 0; s < numSuccessors; s++) {
      // One draw fewer than members, so that the item itself can be stepped over.
      const draw = own.length === 1 ? item : own[rng.int(own.length - 1)]!
      successors[item * numSuccessors + s] = draw === item ? own.at(-1)! : draw
    }
  }
  return { clusterOf, members, cumulative, popularity, successors }
}
