import type { UserAttribute } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { bootstrapMeans } from '../statistics/bootstrap-mean.js'
import type { BootstrapOptions } from '../statistics/interval.js'

/** How groups are compared. */
export interface GroupOptions extends BootstrapOptions {
  /** Groups with fewer users are shown, but are neither best nor worst; default 10 (evaluation.md rule 10). */
  readonly minimumUsers?: number
}

/** A metric of users by the group they are in. */
export interface GroupedValues {
  /** `[numClasses]` of the defined values of each group, in the order of users. */
  readonly byGroup: readonly Float64Array[]
  /** `[numClasses]`, users of each group for whom the metric is undefined. */
  readonly undefinedUsers: readonly number[]
  /** Users whose value of the attribute is missing; they are in no group. */
  readonly missingUsers: number
}

/**
 * Sorts a per-user metric into groups.
 *
 * @param values `[numUsers]`, NaN where undefined.
 * @throws VeilrecError `INVALID_ARGUMENT` when the attribute is of another number of users.
 */
export function groupValues(values: Float64Array, attribute: UserAttribute): GroupedValues {
  const { codes, classes, name } = attribute
  if (codes.length !== values.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `a metric of ${values.length} users cannot be grouped by ${name} of ${codes.length} users`,
      { users: values.length, attribute: name, attributeUsers: codes.length },
    )
  }
  const members: number[][] = classes.map(() => [])
  const undefinedUsers = classes.map(() => 0)
  let missingUsers = 0
  for (const [user, value] of values.entries()) {
    const group = codes[user]!
    if (group < 0) missingUsers++
    else if (Number.isNaN(value)) undefinedUsers[group]!++
    else members[group]!.push(value)
  }
  return { byGroup: members.map((ofGroup) => Float64Array.from(ofGroup)), undefinedUsers, missingUsers }
}

/** The groups that are large enough to be best or worst, ascending. */
export function comparedGroups(
  byGroup: readonly Float64Array[],
  { minimumUsers = 10 }: GroupOptions,
): number[] {
  return Array.from(byGroup.keys()).filter((g) => byGroup[g]!.length >= Math.max(1, minimumUsers))
}

/**
 * Means of resamples of the users within each group.
 *
 * Each group has a stream of its own, named after it: the order of groups does not matter, and equal streams draw the
 * same users of two systems, which pairs them.
 *
 * @param rng not advanced.
 * @returns `[numClasses]` of `[resamples]`; NaN for a group without users.
 */
export function resampleGroups(
  byGroup: readonly Float64Array[],
  { classes }: UserAttribute,
  rng: Rng,
  options: BootstrapOptions,
): Float64Array[] {
  return byGroup.map((values, g) => bootstrapMeans(values, rng.split(`group ${classes[g]}`), options))
}

/**
 * Largest minus smallest over the groups, for each resample.
 *
 * @param replicates `[groups]` of `[resamples]`, at least one group.
 * @param centers `[groups]`, taken off first.
 */
export function replicateRanges(
  replicates: readonly Float64Array[],
  centers: readonly number[],
): Float64Array {
  return replicates[0]!.map((_, b) => {
    let largest = -Infinity
    let smallest = Infinity
    for (const [g, ofGroup] of replicates.entries()) {
      const value = ofGroup[b]! - centers[g]!
      if (value > largest) largest = value
      if (value < smallest) smallest = value
    }
    return largest - smallest
  })
}
