import {
  candidateCounts,
  rankAmongCandidates,
  rankByScores,
  rankInLists,
  topKLists,
  topKOfLists,
  type Histories,
  type Ranks,
  type RecommendationLists,
  type ScoreRows,
} from '@veilrec/core'

import { cutoffs } from './evaluation-result.js'
import type { EvaluationTask } from './evaluation-task.js'
import { firstOfEach } from './first-of-each.js'

/** Where one recommender put everybody's targets. */
export interface Ranking {
  readonly ranks: Ranks
  /** `[numUsers]`, how many items compete for each user; null where a list leaves some of them out. */
  readonly candidates: ArrayLike<number> | null
  /** The best items of each user, at most the longest of {@link cutoffs}; null in a ranking of a sample. */
  readonly lists: Histories | null
}

/** Negatives in a ranking among stored candidates. */
export const sampledNegatives = 99

const longest = Math.max(...cutoffs)

/** Ranks the whole catalogue by scores (evaluation.md rule 3). */
export function rankingByScores(
  { targets, masked, known }: EvaluationTask,
  numItems: number,
  scores: ScoreRows,
): Ranking {
  const numUsers = known.offsets.length - 1
  return {
    ranks: rankByScores(scores, targets, masked),
    candidates: candidateCounts(numItems, numUsers, masked),
    lists: topKLists(scores, numUsers, longest, masked),
  }
}

/** Ranks within the lists of an outside recommender, from which what users had is removed. */
export function rankingOfLists(
  { targets }: EvaluationTask,
  numItems: number,
  lists: RecommendationLists,
): Ranking {
  return {
    ranks: rankInLists(lists, numItems, targets),
    candidates: null,
    lists: topKOfLists(lists, longest),
  }
}

/** Ranks each user's one target among his first 99 stored candidates, `sampled(uniform,99)`. */
export function sampledRanking(
  { targets }: EvaluationTask,
  scores: ScoreRows,
  candidates: Histories,
): Ranking {
  const negatives = firstOfEach(candidates, sampledNegatives)
  const { offsets } = negatives
  return {
    ranks: rankAmongCandidates(scores, targets.items, negatives),
    candidates: Int32Array.from(targets.items, (_, user) => 1 + offsets[user + 1]! - offsets[user]!),
    lists: null,
  }
}

/**
 * The lists of an outside recommender as scores, if they name every candidate of every user; then a ranking of the
 * whole catalogue follows, and one of a sample.
 *
 * @returns undefined when a list leaves a candidate out.
 */
export function scoresOfCompleteLists(
  { known, masked, users }: EvaluationTask,
  numItems: number,
  { offsets, items, scores }: RecommendationLists,
): ScoreRows | undefined {
  const candidates = candidateCounts(numItems, known.offsets.length - 1, masked)
  if (!users.every((user) => offsets[user + 1]! - offsets[user]! === candidates[user])) return undefined
  const row = new Float64Array(numItems + 1)
  return (user) => {
    row.fill(Number.NEGATIVE_INFINITY)
    for (let i = offsets[user]!; i < offsets[user + 1]!; i++) row[items[i]!] = scores[i]!
    return row
  }
}
