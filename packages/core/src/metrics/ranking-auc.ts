import { VeilrecError } from '../errors/veilrec-error.js'
import { perUser, type Ranks } from './targets.js'

/**
 * Area under the ROC curve of a user's ranking: the share of pairs of a target and another candidate in which the
 * target is ahead, ties counting half.
 *
 * `AUC = (sum over targets of (C - rank) - |T| (|T| - 1) / 2) / (|T| (C - |T|))` for C candidates, the targets among
 * them; with one target `(C - rank) / (C - 1)`, PFRec's AUC (protocols.md section 5).
 *
 * @param ranks mid-ranks among all candidates.
 * @param candidates `[numUsers]`, C of each user ({@link candidateCounts}, or 1 + the number of stored negatives).
 * @returns `[numUsers]`, values in `[0, 1]`, exactly 0.5 for constant scores; NaN for a user without targets, without
 * other candidates, or with a target that was not recommended (a list says nothing about what it leaves out).
 * @throws VeilrecError `INVALID_ARGUMENT` when a rank exceeds the number of candidates.
 */
export function rankingAuc(ranks: Ranks, candidates: ArrayLike<number>): Float64Array {
  return perUser(ranks, (ofUser, user) => {
    const targets = ofUser.length
    const others = candidates[user]! - targets
    let ahead = (-targets * (targets - 1)) / 2
    for (const rank of ofUser) {
      if (rank === Infinity) return Number.NaN
      if (!(rank <= candidates[user]!)) {
        throw new VeilrecError(
          'INVALID_ARGUMENT',
          `user ${user} has rank ${rank} among ${candidates[user]} candidates`,
          { user, rank },
        )
      }
      ahead += candidates[user]! - rank
    }
    return others === 0 ? Number.NaN : ahead / (targets * others)
  })
}
