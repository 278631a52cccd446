import { quantile, type Interval, type Rng } from '@veilrec/core'

/**
 * 95 % percentile bootstrap over users of the means of many per-user metrics at once: every resample draws users once and
 * serves all metrics, which makes it as many times cheaper as `bootstrapMean` on each. It draws the same users, too.
 *
 * @param columns metrics, each `[numUsers]`, finite, in the same order of users.
 * @param rng advanced by `resamples * numUsers` draws.
 * @returns one interval per column; none for no users.
 */
export function jointBootstrap(columns: readonly Float64Array[], rng: Rng, resamples = 1000): Interval[] {
  const numUsers = columns[0]?.length ?? 0
  if (numUsers === 0) return []
  const width = columns.length
  // By user, so that a drawn user's metrics lie together.
  const rows = new Float64Array(numUsers * width)
  for (const [c, column] of columns.entries()) {
    for (let user = 0; user < numUsers; user++) rows[user * width + c] = column[user]!
  }
  const replicates = columns.map(() => new Float64Array(resamples))
  const times = new Int32Array(numUsers)
  const sums = new Float64Array(width)
  for (let b = 0; b < resamples; b++) {
    times.fill(0)
    for (let i = 0; i < numUsers; i++) times[rng.int(numUsers)]!++
    sums.fill(0)
    for (let user = 0; user < numUsers; user++) {
      const count = times[user]!
      if (count === 0) continue
      const row = user * width
      for (let c = 0; c < width; c++) sums[c]! += count * rows[row + c]!
    }
    for (let c = 0; c < width; c++) replicates[c]![b] = sums[c]! / numUsers
  }
  return replicates.map((values) => {
    values.sort()
    return { lower: quantile(values, 0.025), upper: quantile(values, 0.975) }
  })
}
