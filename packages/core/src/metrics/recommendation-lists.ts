import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { targetRanks } from './rank.js'
import { targetsPerUser, type TargetRanks, type Targets } from './targets.js'
import { concatenate } from './top-k-lists.js'
import { topK } from './top-k.js'
import { userMask } from './user-mask.js'

/**
 * What some system recommends to each user, in any order: user `u` has
 * `items[offsets[u] .. offsets[u + 1])` with `scores` at the same places; larger is better.
 */
export interface RecommendationLists {
  /** `[numUsers + 1]` */
  readonly offsets: Int32Array
  /** `[numEntries]`, item indices in `1..numItems`, each at most once per user. */
  readonly items: Int32Array
  /** `[numEntries]`; where the system gives ranks, their negatives. */
  readonly scores: Float32Array | Float64Array
}

/** What {@link removeSeen} found. */
export interface UnseenLists {
  readonly lists: RecommendationLists
  /** Entries that were taken out because the user had had the item. */
  readonly seenRemoved: number
}

/**
 * Checks lists from outside and takes out what a user had already, so that they compete as a ranking with masked
 * histories does (evaluation.md rule 3).
 *
 * @param masked items of each user that may not be recommended; left out where items may repeat: nothing is removed.
 * @throws VeilrecError `INVALID_ARGUMENT` when an item is outside the catalogue or twice in a user's list, or `masked` has
 * another number of users; `NOT_FINITE` when a score is NaN.
 */
export function removeSeen(lists: RecommendationLists, numItems: number, masked?: Histories): UnseenLists {
  const { offsets, items, scores } = lists
  const numUsers = offsets.length - 1
  const mask = userMask(masked, numUsers)
  /** The user, counted from 1, whose list held the item last. */
  const listedBy = new Int32Array(numItems + 1)
  const kept = new Uint8Array(items.length)
  const keptOffsets = new Int32Array(numUsers + 1)
  for (let user = 0; user < numUsers; user++) {
    const seen = mask(user, numItems + 1)
    const end = offsets[user + 1]!
    let count = 0
    for (let i = offsets[user]!; i < end; i++) {
      const item = items[i]!
      const problem =
        item < 1 || item > numItems
          ? `is outside the catalogue 1..${numItems}`
          : listedBy[item] === user + 1
            ? 'is listed twice'
            : Number.isNaN(scores[i])
              ? 'has the score NaN'
              : null
      if (problem !== null) {
        const code = problem.endsWith('NaN') ? 'NOT_FINITE' : 'INVALID_ARGUMENT'
        throw new VeilrecError(code, `item ${item} in the list of user ${user} ${problem}`, { user, item })
      }
      listedBy[item] = user + 1
      if (seen?.[item]) continue
      kept[i] = 1
      count++
    }
    keptOffsets[user + 1] = keptOffsets[user]! + count
  }
  const keep = (_: number, i: number): boolean => kept[i] === 1
  return {
    lists: { offsets: keptOffsets, items: items.filter(keep), scores: scores.filter(keep) },
    seenRemoved: items.length - keptOffsets[numUsers]!,
  }
}

/**
 * Ranks every user's targets within lists from outside.
 *
 * As {@link rankByScores}, with the listed items as the only candidates: equal scores share the mid-rank, and a target
 * that is not listed was not recommended and has an infinite rank, so that every metric at k counts it as a miss.
 *
 * @param lists as {@link removeSeen} gives them.
 * @throws VeilrecError `INVALID_ARGUMENT` when the number of users differs.
 */
export function rankInLists(lists: RecommendationLists, numItems: number, targets: Targets): TargetRanks {
  const { offsets, items } = targetsPerUser(targets)
  if (lists.offsets.length !== offsets.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${lists.offsets.length - 1} users have lists, but ${offsets.length - 1} have targets`,
      { lists: lists.offsets.length - 1, targets: offsets.length - 1 },
    )
  }
  const ranks = new Float64Array(items.length).fill(Infinity)
  /** Place of each item in the present user's list, from 1; 0 where it is not listed. */
  const place = new Int32Array(numItems + 1)
  for (let user = 0; user + 1 < offsets.length; user++) {
    const ofUser = items.subarray(offsets[user], offsets[user + 1])
    const { row, listed } = listOf(lists, user)
    for (const [i, item] of listed.entries()) place[item] = i + 1
    const found = Array.from(ofUser.keys()).filter((t) => place[ofUser[t]!]! > 0)
    const ranked = targetRanks(
      row,
      found.map((t) => place[ofUser[t]!]!),
    )
    for (const [i, t] of found.entries()) ranks[offsets[user]! + t] = ranked[i]!
    for (const item of listed) place[item] = 0
  }
  return { offsets, ranks }
}

/**
 * The best k of each list from outside, best first, ties to what the list names first.
 *
 * @param lists as {@link removeSeen} gives them.
 */
export function topKOfLists(lists: RecommendationLists, k: number): Histories {
  return concatenate(
    Array.from({ length: lists.offsets.length - 1 }, (_, user) => {
      const { row, listed } = listOf(lists, user)
      return topK(row, k).items.map((place) => listed[place - 1]!)
    }),
  )
}

/** One user's list as a score row over places from 1, and the items at these places. */
function listOf(lists: RecommendationLists, user: number): { row: Float64Array; listed: Int32Array } {
  const [start, end] = [lists.offsets[user]!, lists.offsets[user + 1]!]
  const row = new Float64Array(1 + end - start)
  row.set(lists.scores.subarray(start, end), 1)
  return { row, listed: lists.items.subarray(start, end) }
}
