import type { Judgement } from './training-record.js'

/** Share of the best accuracy of any epoch that an epoch must reach to be chosen. */
const accuracyKept = 0.95
/** Epochs that leak by no more than this more than the least of them count as equal: a probe of a few hundred users errs by more. */
const leakTolerance = 0.02

/**
 * The epoch to keep: of those with at least 95 % of the best NDCG of any epoch, and of these the ones whose `worstAuc` is within
 * 0.02 of the least, the most accurate; the later of equal ones.
 *
 * @param judgements by epoch.
 * @returns its index; -1 for no epochs.
 */
export function chooseEpoch(judgements: readonly Judgement[]): number {
  const enough = accuracyKept * Math.max(...judgements.map(({ ndcg }) => ndcg))
  const accurate = [...judgements.keys()].filter((epoch) => judgements[epoch]!.ndcg >= enough)
  const least = Math.min(...accurate.map((epoch) => judgements[epoch]!.worstAuc))
  return accurate
    .filter((epoch) => judgements[epoch]!.worstAuc <= least + leakTolerance)
    .reduce(
      (best, epoch) => (best < 0 || judgements[epoch]!.ndcg >= judgements[best]!.ndcg ? epoch : best),
      -1,
    )
}

/**
 * The epochs that can be the choice of {@link chooseEpoch} whatever comes later: those that no other one equals or beats both in
 * accuracy and in leakage, the later of equal ones. Indices, ascending.
 */
export function epochsToKeep(judgements: readonly Judgement[]): number[] {
  return [...judgements.keys()].filter((epoch) => {
    const { ndcg, worstAuc } = judgements[epoch]!
    return !judgements.some((other, index) => {
      const isAsGood = other.ndcg >= ndcg && other.worstAuc <= worstAuc
      const isSame = other.ndcg === ndcg && other.worstAuc === worstAuc
      return isAsGood && (!isSame || index > epoch)
    })
  })
}
