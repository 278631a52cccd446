import type { Rng } from '@veilrec/core'
import type { Catalogue } from './catalogue.js'
import type { SimulatorOptions } from './options.js'
import { firstHalf } from './preference.js'
import { sampleHistory } from './sample-history.js'

/**
 * Draws one user's items as two independent histories, one from each half of the clusters, shuffled into each other; step 3 of
 * {@link simulate} in the XOR form.
 *
 * Which half a step takes depends on nothing but coins and the sizes of the halves: with probability `orderShare` the
 * same as the step before, else either with probability 1/2, and the other one where a half is used up. So neither the
 * number of items from a half nor their places depend on the affinities, and the items of a half depend only on the
 * affinities to that half.
 *
 * @param history filled in place; at most as long as the catalogue
 * @param affinity `[numClusters]`, logits
 * @param coins decides on the halves
 */
export function sampleHalves(
  history: Int32Array,
  affinity: Float64Array,
  catalogue: Catalogue,
  { numClusters, orderShare }: Pick<SimulatorOptions, 'numClusters' | 'orderShare'>,
  rng: Rng,
  coins: Rng,
): void {
  const border = firstHalf(numClusters)
  const half = (cluster: number): number => (cluster < border ? 0 : 1)
  const left = [0, 0]
  catalogue.members.forEach(({ length }, cluster) => (left[half(cluster)]! += length))

  const places: number[][] = [[], []]
  let current = 0
  for (let step = 0; step < history.length; step++) {
    if (step === 0 || coins.uniform() >= orderShare) current = coins.int(2)
    if (left[current] === 0) current = 1 - current
    left[current]!--
    places[current]!.push(step)
  }
  for (const [side, steps] of places.entries()) {
    const items = new Int32Array(steps.length)
    const own = affinity.map((logit, cluster) => (half(cluster) === side ? logit : -Infinity))
    sampleHistory(items, own, catalogue, orderShare, rng)
    steps.forEach((step, i) => (history[step] = items[i]!))
  }
}
