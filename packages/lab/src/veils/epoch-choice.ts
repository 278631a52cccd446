import type { Judgement } from './training-record.js'

/** Share of the best accuracy of any epoch that an epoch must reach to be chosen. */
const accuracyKept = 0.95
/** Epochs that leak so little more than the least count as equal: a probe of a few hundred users errs by more. */
const leakTolerance = 0.02

/**
 * The epoch to keep: of those with at least 95 % of the best NDCG of any epoch, and of these the ones whose `worstAuc` is
 * within 0.02 of the least, the latest. The learning rate falls until the last epoch, and what a probe of a few hundred users tells
 * apart beyond this is mostly chance.
 *
 * @param judgements by epoch.
 * @returns its index; -1 for no epochs.
 */
export function chooseEpoch(judgements: readonly Judgement[]): number {
  const accurate = accurateEpochs(judgements)
  const least = Math.min(...accurate.map((epoch) => judgements[epoch]!.worstAuc))
  return accurate.findLast((epoch) => judgements[epoch]!.worstAuc <= least + leakTolerance) ?? -1
}

/**
 * The epochs that can be the choice of {@link chooseEpoch} whatever comes later: the accurate ones that no later one equals or
 * beats both in accuracy and in leakage. Indices, ascending.
 */
export function epochsToKeep(judgements: readonly Judgement[]): number[] {
  const accurate = accurateEpochs(judgements)
  return accurate.filter((epoch) => {
    const { ndcg, worstAuc } = judgements[epoch]!
    return !accurate.some((index) => {
      const other = judgements[index]!
      return index > epoch && other.ndcg >= ndcg && other.worstAuc <= worstAuc
    })
  })
}

/** Indices of the epochs with at least 95 % of the best NDCG of any, ascending. */
function accurateEpochs(judgements: readonly Judgement[]): number[] {
  const enough = accuracyKept * Math.max(...judgements.map(({ ndcg }) => ndcg))
  return [...judgements.keys()].filter((epoch) => judgements[epoch]!.ndcg >= enough)
}
