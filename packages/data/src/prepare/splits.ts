import {
  drawCandidates,
  globalTimeBorders,
  splitByTime,
  type GlobalTimeSplit,
  type Histories,
  type Rng,
} from '@veilrec/core'

/** Users with at least one interaction in a part of a split, and the interactions there. */
export interface PartSize {
  readonly users: number
  readonly interactions: number
}

/** Sizes of the three parts of a split. */
export interface SplitSizes {
  readonly train: PartSize
  readonly validation: PartSize
  readonly test: PartSize
}

/** The items that compete with a user's target where a ranking is over a sample; the target is not among them. */
export interface Candidates {
  readonly validation: Histories
  readonly test: Histories
}

/** Uniform negatives drawn for every user and split, of which the first 99 serve `sampled(uniform,99)`. */
export const candidatesPerUser = 100

/** Sizes under leave-one-out; a user with a single interaction has a test target only. */
export function leaveOneOutSizes(offsets: Int32Array): SplitSizes {
  return sizes(offsets, (length) => [Math.max(0, length - 2), Math.max(0, length - 1)])
}

/** Sizes under a split by time. */
export function globalTimeSizes(
  offsets: Int32Array,
  { trainLength, validationLength }: GlobalTimeSplit,
): SplitSizes {
  return sizes(offsets, (_, user) => [trainLength[user]!, validationLength[user]!])
}

/** The split by time at the borders that follow from all times. */
export function globalTimeSplit(
  histories: Histories,
  times: Float64Array,
  sortedTimes: Float64Array,
): GlobalTimeSplit {
  return splitByTime(histories, times, globalTimeBorders(sortedTimes))
}

/** Candidates of every user for both splits, each from a stream of its own. */
export function splitCandidates(histories: Histories, numItems: number, rng: Rng): Candidates {
  const draw = (split: string): Histories =>
    drawCandidates(histories, numItems, candidatesPerUser, rng.split(split))
  return { validation: draw('validation'), test: draw('test') }
}

function sizes(
  offsets: Int32Array,
  bordersOf: (length: number, user: number) => readonly [number, number],
): SplitSizes {
  const part = (): { users: number; interactions: number } => ({ users: 0, interactions: 0 })
  const [train, validation, test] = [part(), part(), part()]
  const add = (size: { users: number; interactions: number }, interactions: number): void => {
    if (interactions > 0) size.users++
    size.interactions += interactions
  }
  for (let user = 0; user + 1 < offsets.length; user++) {
    const length = offsets[user + 1]! - offsets[user]!
    const [validationAt, testAt] = bordersOf(length, user)
    add(train, validationAt)
    add(validation, testAt - validationAt)
    add(test, length - testAt)
  }
  return { train, validation, test }
}
