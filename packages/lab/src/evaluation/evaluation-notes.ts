import type { EvaluationSplit } from './evaluation-task.js'

/** What the notes of an evaluation depend on. */
export interface EvaluationScope {
  readonly split: EvaluationSplit
  /** Whether items that a user had are no candidates. */
  readonly masksHistory: boolean
  /** Whether every candidate was scored, and not only those on a list. */
  readonly isComplete: boolean
  /** Users with fewer stored candidates than a sampled ranking asks for; undefined without any stored. */
  readonly usersWithFewer: number | undefined
}

/** What to know before quoting a figure of an evaluation (evaluation.md rule 14). */
export function evaluationNotes(scope: EvaluationScope): string[] {
  const { split, masksHistory, isComplete, usersWithFewer } = scope
  return [
    'Test items. Choosing between recommenders by these figures is tuning on the test; choose by validation.',
    'Intervals are over users, for one training and one list per user; the variance between seeds is not in them.',
    'Full ranking of the catalogue, ties at their mid-rank' +
      (masksHistory
        ? '; what a user had is no candidate.'
        : '. Items may repeat here, so what a user had is a candidate.'),
    ...(isComplete
      ? []
      : [
          'The lists leave candidates out: these count as not recommended, so MRR is a lower bound and AUC is undefined.',
        ]),
    ...(split === 'global-time'
      ? [
          "Targets are all new items of a user in the test period. Where a data set's times were estimated, figures under global-time are too.",
        ]
      : []),
    ...sampledNote(split, isComplete, usersWithFewer),
  ]
}

function sampledNote(
  split: EvaluationSplit,
  isComplete: boolean,
  usersWithFewer: number | undefined,
): string[] {
  if (split === 'global-time') return ['sampled(uniform,99): candidates are stored for leave-one-out only.']
  if (usersWithFewer === undefined)
    return ['sampled(uniform,99): the data set was made before candidates were stored; add it again.']
  if (!isComplete) return ['sampled(uniform,99): the lists do not score every candidate.']
  return [
    'sampled(uniform,99) is for comparison with papers only: it may order recommenders otherwise than the full ranking does.' +
      (usersWithFewer === 0 ? '' : ` ${usersWithFewer} users have fewer than 99 items left to draw from.`),
  ]
}
