import type { GlobalTimeSplit, Histories } from '../dataset.js'

/** Share of all interactions in each part of a {@link GlobalTimeSplit}, as near as equal times allow. */
export const globalTimeProportions = { train: 0.8, validation: 0.1, test: 0.1 } as const

/**
 * The borders of the split by time: 80 % of all interactions lie before `validationFrom` and 90 % before `testFrom`
 * (evaluation contract, rule 1). Everybody's interactions count together, so users differ in how much falls into each part.
 *
 * A border is the time of an interaction. All interactions of the same time go the same way, to the later part, so that
 * the earlier one may be smaller than its share; where everything happened at once, everything is test.
 *
 * @param sortedTimes `[numInteractions]`, seconds since 1970 of everybody's interactions, ascending; at least one
 */
export function globalTimeBorders(
  sortedTimes: Float64Array,
): Pick<GlobalTimeSplit, 'validationFrom' | 'testFrom'> {
  const count = sortedTimes.length
  // Whole tenths, because 0.9 * count may fall just short of the whole number that it is.
  return {
    validationFrom: sortedTimes[Math.floor((count * 8) / 10)] ?? 0,
    testFrom: sortedTimes[Math.floor((count * 9) / 10)] ?? 0,
  }
}

/**
 * Cuts every history at the borders: what is before `validationFrom` is for training, what is from `testFrom` on is
 * the test. A user may have nothing in any of the parts.
 *
 * @param times `[numInteractions]`, seconds since 1970 along `histories.items`, ascending within each user
 * @returns lengths are 0 for an empty history
 *
 * @example
 * splitByTime(histories, times, globalTimeBorders(times.slice().sort()))
 */
export function splitByTime(
  { offsets }: Pick<Histories, 'offsets'>,
  times: Float64Array,
  { validationFrom, testFrom }: Pick<GlobalTimeSplit, 'validationFrom' | 'testFrom'>,
): GlobalTimeSplit {
  const numUsers = offsets.length - 1
  const trainLength = new Int32Array(numUsers)
  const validationLength = new Int32Array(numUsers)
  for (let user = 0; user < numUsers; user++) {
    const [start, end] = [offsets[user]!, offsets[user + 1]!]
    trainLength[user] = firstFrom(times, start, end, validationFrom) - start
    validationLength[user] = firstFrom(times, start, end, testFrom) - start
  }
  return { validationFrom, testFrom, trainLength, validationLength }
}

/** First place in `[start, end)` whose time is not before `border`; `end` if there is none. */
function firstFrom(times: Float64Array, start: number, end: number, border: number): number {
  let [low, high] = [start, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! < border) low = middle + 1
    else high = middle
  }
  return low
}
