import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { checkItem } from '../models/baseline.js'
import { targetsPerUser, type Targets } from './targets.js'

/** The interaction fairness of every user's list, beside that of what the user did. */
export interface InteractionFairness {
  /** `[numUsers]`, mean entropy over the best k of the list; NaN where no listed item has an entropy. */
  readonly listMean: Float64Array
  /** `[numUsers]`, mean entropy over the targets; NaN where no target has an entropy. */
  readonly truthMean: Float64Array
  /** `[numUsers]`, `listMean - truthMean`. */
  readonly dif: Float64Array
  /**
   * `[numUsers]`, the difference of sums over the first `min(k, |T|)` items of list and targets; NaN where one of these
   * items has no entropy, or the list is empty.
   */
  readonly difSum: Float64Array
  /** Places in lists, of the first k, whose item has no entropy. */
  readonly unscoredListed: number
  /** Targets that have no entropy. */
  readonly unscoredTargets: number
}

/**
 * Difference of interaction fairness: do the recommended items spread over the groups more evenly than what the users
 * chose themselves?
 *
 * `IF_a(u) = sum_(v in list) e_a(v)` (FairSR, TIST 2022, equation 3) and `DIF@k = mean_u [mean_(v in top k) e_a(v) - mean_(v in T_u)
 * e_a(v)]` (protocols.md section 6.3). The paper subtracts sums although a list is longer than the truth; means per item are what
 * its published figures fit, and `difSum` is its sum where both sides have equally many items. The mean over users of the
 * arrays is the measure; they go into {@link summarize}, {@link pairedBootstrap} and {@link groupMetric} as any metric does.
 *
 * High is not good by itself: popular items have high entropies, and the truth is the same for every system, so that
 * DIF orders systems as `listMean` does. Read it beside {@link interactionControls}, {@link entropySortedLists} and an
 * accuracy.
 *
 * @param entropy `[numItems + 1]` of {@link adoptionEntropy}.
 * @param lists each user's recommendations, best first; fewer than k are allowed.
 * @param truth the items each user chose, oldest first.
 * @param k at least 1.
 * @throws VeilrecError `INVALID_ARGUMENT` when the number of users differs or an item is outside the catalogue.
 */
export function interactionFairness(
  entropy: Float64Array,
  lists: Histories,
  truth: Targets,
  k: number,
): InteractionFairness {
  const targets = targetsPerUser(truth)
  const numUsers = targets.offsets.length - 1
  if (lists.offsets.length !== targets.offsets.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${lists.offsets.length - 1} users have lists, but ${numUsers} have targets`,
      { lists: lists.offsets.length - 1, targets: numUsers },
    )
  }
  const listMean = new Float64Array(numUsers)
  const truthMean = new Float64Array(numUsers)
  const difSum = new Float64Array(numUsers)
  let unscoredListed = 0
  let unscoredTargets = 0
  for (let user = 0; user < numUsers; user++) {
    const listed = entropiesOf(entropy, lists, user).slice(0, k)
    const chosen = entropiesOf(entropy, targets, user)
    const [scoredListed, scoredChosen] = [listed.filter(isDefined), chosen.filter(isDefined)]
    unscoredListed += listed.length - scoredListed.length
    unscoredTargets += chosen.length - scoredChosen.length
    // 0 / 0 is the NaN that is wanted of an empty list.
    listMean[user] = sum(scoredListed) / scoredListed.length
    truthMean[user] = sum(scoredChosen) / scoredChosen.length
    const length = Math.min(k, chosen.length)
    difSum[user] =
      listed.length === 0 || length === 0
        ? Number.NaN
        : sum(listed.slice(0, length)) - sum(chosen.slice(0, length))
  }
  const dif = listMean.map((value, user) => value - truthMean[user]!)
  return { listMean, truthMean, dif, difSum, unscoredListed, unscoredTargets }
}

function entropiesOf(entropy: Float64Array, { offsets, items }: Histories, user: number): number[] {
  return Array.from(items.subarray(offsets[user], offsets[user + 1]), (item) => {
    checkItem(item, user, entropy.length - 1)
    return entropy[item]!
  })
}

function isDefined(value: number): boolean {
  return !Number.isNaN(value)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
