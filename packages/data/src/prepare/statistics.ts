import type { Histories } from '@veilrec/core'
import { sharedUint8 } from './shared-arrays.js'

/** What the card says about the interactions (evaluation contract, rule 1). Shares are in [0, 1]. */
export interface DatasetStatistics {
  /** Interactions over users times items. */
  readonly density: number
  /** Interactions per user: minimum, quantiles (smallest length that at least this share of users does not exceed), maximum. */
  readonly historyLength: {
    readonly min: number
    readonly q05: number
    readonly q25: number
    readonly median: number
    readonly q75: number
    readonly q95: number
    readonly max: number
  }
  /** Share of interactions that have the same user and timestamp as another. */
  readonly tieRate: number
  /** Share of users whose last interaction has the same timestamp as the one before it. */
  readonly lastItemTiedShare: number
  /**
   * How much training data comes from after the test targets under leave-one-out: for each user the share of all
   * users' training interactions (all but the last two of each) that are newer than this user's test target, averaged
   * over the users. 0 in a split by time; `null` when no user has a training interaction.
   */
  readonly trainingNewerThanTarget: number | null
}

/**
 * Computes the statistics of a data set with at least one interaction and no empty history.
 *
 * @param times `[numInteractions]`, ascending within each user
 * @param sortedTimes the same, ascending over all users
 */
export function datasetStatistics(
  histories: Histories,
  times: Float64Array,
  sortedTimes: Float64Array,
  numItems: number,
): DatasetStatistics {
  const { offsets } = histories
  const numUsers = offsets.length - 1
  const lengths = Int32Array.from(
    { length: numUsers },
    (_, user) => offsets[user + 1]! - offsets[user]!,
  ).sort()
  const quantile = (q: number): number => lengths[Math.max(0, Math.ceil(q * numUsers) - 1)]!
  const tiedUsers = lastItemTied(histories, times).reduce((sum, flag) => sum + flag, 0)
  return {
    density: times.length / (numUsers * numItems),
    historyLength: {
      min: quantile(0),
      q05: quantile(0.05),
      q25: quantile(0.25),
      median: quantile(0.5),
      q75: quantile(0.75),
      q95: quantile(0.95),
      max: quantile(1),
    },
    tieRate: countTied(offsets, times) / times.length,
    lastItemTiedShare: tiedUsers / numUsers,
    trainingNewerThanTarget: trainingNewerThanTarget(offsets, times, sortedTimes),
  }
}

/** `[numUsers]`, 1 where the last interaction has the timestamp of the one before it; 0 for a single interaction; on shared memory. */
export function lastItemTied({ offsets }: Histories, times: Float64Array): Uint8Array {
  const tied = sharedUint8(offsets.length - 1)
  for (let user = 0; user < tied.length; user++) {
    const last = offsets[user + 1]! - 1
    if (last > offsets[user]! && times[last] === times[last - 1]) tied[user] = 1
  }
  return tied
}

function countTied(offsets: Int32Array, times: Float64Array): number {
  let tied = 0
  for (let user = 0; user + 1 < offsets.length; user++) {
    const [start, end] = [offsets[user]!, offsets[user + 1]!]
    for (let i = start; i < end; i++) {
      if ((i > start && times[i] === times[i - 1]) || (i + 1 < end && times[i] === times[i + 1])) tied++
    }
  }
  return tied
}

function trainingNewerThanTarget(
  offsets: Int32Array,
  times: Float64Array,
  sortedTimes: Float64Array,
): number | null {
  const numUsers = offsets.length - 1
  const heldOut: number[] = []
  const targets = new Float64Array(numUsers)
  for (let user = 0; user < numUsers; user++) {
    const end = offsets[user + 1]!
    for (let i = Math.max(offsets[user]!, end - 2); i < end; i++) heldOut.push(times[i]!)
    targets[user] = times[end - 1]!
  }
  const numTraining = times.length - heldOut.length
  if (numTraining === 0) return null
  // What is newer than a target among training is what is newer among everything, less what is newer among what is
  // held out. All three ascend, so each is passed once.
  const sortedHeldOut = Float64Array.from(heldOut).sort()
  let [all, held, newer] = [0, 0, 0]
  for (const target of targets.sort()) {
    while (all < times.length && sortedTimes[all]! <= target) all++
    while (held < sortedHeldOut.length && sortedHeldOut[held]! <= target) held++
    newer += times.length - all - (sortedHeldOut.length - held)
  }
  return newer / numTraining / numUsers
}
