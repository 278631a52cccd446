import { globalTimeTargets, leaveOneOutTargets, type Dataset, type Histories } from '@veilrec/core'

/** How the test is held out (evaluation.md rule 1). */
export const evaluationSplits = ['leave-one-out', 'global-time'] as const

/** One of {@link evaluationSplits}. */
export type EvaluationSplit = (typeof evaluationSplits)[number]

/** What the test of a split asks of every recommender. */
export interface EvaluationTask {
  readonly split: EvaluationSplit
  /** What a recommender may have learned from. */
  readonly training: Histories
  /** Each user's query: everything known before the test, oldest first. */
  readonly known: Histories
  /** What is to be ranked, each item once per user; under `global-time` users may have none. */
  readonly targets: Histories
  /** Items that are no candidates; left out where only padding is masked. */
  readonly masked?: Histories
  /** The users with a target, who count, ascending. */
  readonly users: Int32Array
}

/**
 * The test of a data set under a split.
 *
 * `leave-one-out`: the last item of every user; known are all others, training are all but the last two. Where any
 * user has an item twice, only padding is masked (evaluation.md rule 3).
 * `global-time`: what a user did from `testFrom` on and had not done before; training is all before `validationFrom`.
 */
export function evaluationTask(dataset: Dataset, split: EvaluationSplit): EvaluationTask {
  const { histories, globalTime, numUsers } = dataset
  const everyone = Int32Array.from({ length: numUsers }, (_, user) => user)
  if (split === 'global-time') {
    const { known, targets } = globalTimeTargets(histories, globalTime, 'test')
    const training = beginnings(histories, (_, user) => globalTime.trainLength[user]!)
    const users = everyone.filter((user) => targets.offsets[user + 1]! > targets.offsets[user]!)
    return { split, training, known, targets, masked: known, users }
  }
  const { known, targets } = leaveOneOutTargets(histories, 'test')
  const training = beginnings(histories, (length) => Math.max(0, length - 2))
  const masked = itemsRepeat(dataset) ? {} : { masked: known }
  const offsets = Int32Array.from({ length: numUsers + 1 }, (_, user) => user)
  return { split, training, known, targets: { offsets, items: targets }, ...masked, users: everyone }
}

/** Whether any user has an item more than once. */
function itemsRepeat({ histories, numItems, numUsers }: Dataset): boolean {
  const seenBy = new Int32Array(numItems + 1).fill(-1)
  for (let user = 0; user < numUsers; user++) {
    for (let i = histories.offsets[user]!; i < histories.offsets[user + 1]!; i++) {
      if (seenBy[histories.items[i]!] === user) return true
      seenBy[histories.items[i]!] = user
    }
  }
  return false
}

/** The first items of every history. */
function beginnings(histories: Histories, lengthOf: (length: number, user: number) => number): Histories {
  const numUsers = histories.offsets.length - 1
  const offsets = new Int32Array(numUsers + 1)
  for (let user = 0; user < numUsers; user++) {
    const length = histories.offsets[user + 1]! - histories.offsets[user]!
    offsets[user + 1] = offsets[user]! + lengthOf(length, user)
  }
  const items = new Int32Array(offsets[numUsers]!)
  for (let user = 0; user < numUsers; user++) {
    const start = histories.offsets[user]!
    items.set(histories.items.subarray(start, start + offsets[user + 1]! - offsets[user]!), offsets[user])
  }
  return { offsets, items }
}
