import type { Rng } from '@veilrec/core'

/**
 * Rearranges a history without changing which steps a cluster takes: the items of each cluster, in the order drawn, are
 * closed to a circle, which is read from a random place on, forwards or backwards; step 4 of {@link simulate} in the
 * order form.
 *
 * From a random place on, `m` neighbours on the circle are any of its arcs of length `m` with equal probability, in either
 * direction. So the set of items in any window of the history has the same distribution for every choice of
 * directions; only their order tells it. A circle of one or two items tells nothing.
 *
 * @param history changed in place
 * @param forward by cluster, 1 for forwards
 */
export function turnCircles(
  history: Int32Array,
  clusterOf: Int32Array,
  forward: ArrayLike<number>,
  rng: Rng,
): void {
  const drawn = history.slice()
  for (const [cluster, steps] of stepsByCluster(history, clusterOf)) {
    const start = rng.int(steps.length)
    const stride = forward[cluster] === 1 ? 1 : steps.length - 1
    steps.forEach((step, i) => {
      history[step] = drawn[steps[(start + i * stride) % steps.length]!]!
    })
  }
}

/** The steps of a history by the cluster of their item, ascending. */
export function stepsByCluster(history: Int32Array, clusterOf: Int32Array): ReadonlyMap<number, number[]> {
  const steps = new Map<number, number[]>()
  history.forEach((item, step) => {
    const cluster = clusterOf[item]!
    const known = steps.get(cluster)
    if (known === undefined) steps.set(cluster, [step])
    else known.push(step)
  })
  return steps
}
