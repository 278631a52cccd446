import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { midRank, targetRanks } from './rank.js'
import { targetsPerUser, type TargetRanks, type Targets } from './targets.js'
import { userMask } from './user-mask.js'
import { vectorScores, type ScoreRows, type ScoringVectors } from './vector-scores.js'

/** Input of {@link rankTargets}. */
export interface VectorRanking extends ScoringVectors {
  /**
   * Items of each user that are no candidates (what is known before the target). Left out where items may repeat: only
   * padding is masked then.
   */
  readonly masked?: Histories
  /** `[numUsers]`, the item to be ranked. */
  readonly targets: Int32Array
}

/**
 * Ranks one target per user against the whole catalogue by the inner product of user and item vectors.
 *
 * {@link rankByScores} on {@link vectorScores}: mid-ranks, in which equal vectors tie exactly.
 *
 * @returns `[numUsers]` float64 ranks in `[1, numItems]`; empty for no users.
 * @throws VeilrecError `NOT_FINITE` naming the user (or item) whose vector holds a NaN or an infinity;
 * `INVALID_ARGUMENT` when the shapes do not fit, or a target is out of range or masked.
 */
export function rankTargets(input: VectorRanking): Float64Array {
  const { userVectors, dimension, targets } = input
  if (userVectors.length !== targets.length * dimension) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `user vectors of ${userVectors.length} numbers do not fit ${targets.length} users of dimension ${dimension}`,
      { numUsers: targets.length, dimension },
    )
  }
  return rankByScores(vectorScores(input), targets, input.masked).ranks
}

/**
 * Ranks every user's targets against the whole catalogue (evaluation.md rule 3).
 *
 * {@link targetRanks} of each row: mid-ranks, and with several targets all of them are candidates and compete. Rows of
 * users without targets are not asked for.
 *
 * @param masked items of each user that are no candidates, a target never among them; left out where items may repeat:
 * only padding is masked then.
 * @returns ranks in `[1, numItems]`, in the order of the targets.
 * @throws VeilrecError `NOT_FINITE` naming the item whose score is NaN; `INVALID_ARGUMENT` when a target is out
 * of range, masked or given twice, or `masked` has another number of users.
 */
export function rankByScores(scores: ScoreRows, targets: Targets, masked?: Histories): TargetRanks {
  const { offsets, items } = targetsPerUser(targets)
  const numUsers = offsets.length - 1
  const mask = userMask(masked, numUsers)
  const ranks = new Float64Array(items.length)
  for (let user = 0; user < numUsers; user++) {
    const [start, end] = [offsets[user]!, offsets[user + 1]!]
    if (start === end) continue
    const row = scores(user)
    ranks.set(targetRanks(row, items.subarray(start, end), mask(user, row.length)), start)
  }
  return { offsets, ranks }
}

/**
 * Ranks one target per user among stored candidates, as papers with sampled negatives do (evaluation.md rule 3).
 *
 * The mid-rank among the target and the user's candidates. To be named as sampled wherever it is shown: it may order
 * models otherwise than full ranking does (protocols.md section 4).
 *
 * @param targets `[numUsers]`
 * @param candidates each user's negatives, all different, the target not among them.
 * @returns `[numUsers]` float64 ranks in `[1, 1 + candidates]`; 1 for a user without negatives.
 * @throws VeilrecError `NOT_FINITE` on a NaN score; `INVALID_ARGUMENT` when an item is outside the catalogue, a target is
 * among its candidates, or the number of users differs.
 */
export function rankAmongCandidates(
  scores: ScoreRows,
  targets: Int32Array,
  candidates: Histories,
): Float64Array {
  const { offsets, items } = candidates
  if (offsets.length !== targets.length + 1) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${offsets.length - 1} users have candidates, but ${targets.length} have targets`,
      { candidates: offsets.length - 1, targets: targets.length },
    )
  }
  return Float64Array.from(targets, (target, user) => {
    const row = scores(user)
    const negatives = items.subarray(offsets[user], offsets[user + 1])
    const listed = new Float64Array(2 + negatives.length)
    listed[1] = scoreOf(row, target, user)
    for (let i = 0; i < negatives.length; i++) {
      if (negatives[i] === target) {
        throw new VeilrecError(
          'INVALID_ARGUMENT',
          `the target ${target} of user ${user} is among its candidates`,
          { user, target },
        )
      }
      listed[2 + i] = scoreOf(row, negatives[i]!, user)
    }
    return midRank(listed, 1)
  })
}

function scoreOf(row: Float32Array | Float64Array, item: number, user: number): number {
  const score = item >= 1 ? row[item] : undefined
  if (score === undefined || Number.isNaN(score)) {
    throw new VeilrecError(
      score === undefined ? 'INVALID_ARGUMENT' : 'NOT_FINITE',
      score === undefined
        ? `item ${item} of user ${user} is outside the catalogue 1..${row.length - 1}`
        : `the score of item ${item} for user ${user} is NaN`,
      { item, user },
    )
  }
  return score
}
