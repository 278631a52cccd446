import type { Judgement } from './training-record.js'

/** Share of the best accuracy of any epoch that an epoch must reach to be chosen. */
const accuracyKept = 0.95
/** Epochs that leak so little more than the least count as equal: a probe of a few hundred users errs by more. */
const leakTolerance = 0.02

/**
 * The epoch to keep: of those with at least 95 % of the best NDCG of any epoch, and of these the ones whose `worstAuc` is
 * within 0.02 of the least, the most accurate; of equal ones the one that leaks less, then the earlier.
 *
 * @param judgements by epoch.
 * @returns its index; -1 for no epochs.
 */
export function chooseEpoch(judgements: readonly Judgement[]): number {
  const accurate = accurateEpochs(judgements)
  const least = Math.min(...accurate.map((epoch) => judgements[epoch]!.worstAuc))
  const [best] = accurate
    .filter((epoch) => judgements[epoch]!.worstAuc <= least + leakTolerance)
    .sort((a, b) => {
      const [one, other] = [judgements[a]!, judgements[b]!]
      return other.ndcg - one.ndcg || one.worstAuc - other.worstAuc || a - b
    })
  return best ?? -1
}

/**
 * The epochs that can be the choice of {@link chooseEpoch} whatever comes later: the accurate ones that no other equals or beats
 * in accuracy and in leakage, of equal ones the earliest. Indices, ascending.
 */
export function epochsToKeep(judgements: readonly Judgement[]): number[] {
  const accurate = accurateEpochs(judgements)
  return accurate.filter((epoch) => {
    const { ndcg, worstAuc } = judgements[epoch]!
    return !accurate.some((index) => {
      const other = judgements[index]!
      const isSame = other.ndcg === ndcg && other.worstAuc === worstAuc
      return isSame ? index < epoch : other.ndcg >= ndcg && other.worstAuc <= worstAuc
    })
  })
}

/** Indices of the epochs with at least 95 % of the best NDCG of any, ascending. */
function accurateEpochs(judgements: readonly Judgement[]): number[] {
  const enough = accuracyKept * Math.max(...judgements.map(({ ndcg }) => ndcg))
  return [...judgements.keys()].filter((epoch) => judgements[epoch]!.ndcg >= enough)
}
