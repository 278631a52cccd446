import type { AuditRow, HistoryControl } from './audit-result.js'

/** What {@link notAttacked} and {@link threatsToValidity} speak about. */
export interface AuditScope {
  readonly rows: readonly AuditRow[]
  readonly historyControls: readonly HistoryControl[]
  /** Attributes of the data set that were left out on request. */
  readonly skippedAttributes: readonly string[]
  readonly numUsers: number
  readonly tiedUsers: number
  readonly seed: number
  readonly trainingSeed: number
}

/** What no attacker of an audit looked at: these may leak whatever the table says. */
export function notAttacked(scope: AuditScope): string[] {
  return [
    'the recommended lists: top 50 unmasked, and as served with its floor (evaluation.md rule 6 b and c)',
    'the vectors by other attackers than logistic regression: MLP, kNN, gradient-boosted trees (rule 7)',
    'attributes in combination, and attributes that the data set does not hold',
    ...scope.skippedAttributes.map((name) => `the attribute ${name}, left out on request`),
    ...scope.historyControls.flatMap(({ attribute, reason }) =>
      reason === undefined ? [] : [`${attribute} from the raw item histogram: ${reason}`],
    ),
  ]
}

/** The reasons for which the figures of an audit may mislead (evaluation.md rule 14). */
export function threatsToValidity(scope: AuditScope): string[] {
  const { rows, numUsers, tiedUsers, seed, trainingSeed } = scope
  const states = rows.flatMap(({ requirement, attacks }) =>
    attacks.flatMap(({ attribute, state }) => {
      if (state !== 'dead' && state !== 'undefined') return []
      return [
        `requirement ${requirement.join(',') || '(none)'}, ${attribute}: ${state}, so no figure is given`,
      ]
    }),
  )
  return [
    'protocol: leave-one-out, full ranking; training data holds interactions newer than some test targets',
    `seeds: one training seed (${trainingSeed}) and one audit seed (${seed}), where a headline needs five; the intervals cover the choice of test users, not of seeds`,
    'attackers: logistic regression alone; a linear veil is measured by the kind of attacker it was made against, and a non-linear attacker may find more',
    'many attacks stand side by side; no correction for their number was made',
    ...(tiedUsers === 0
      ? []
      : [
          `the last item of ${tiedUsers} of ${numUsers} users shares its timestamp with the one before: its order is a guess`,
        ]),
    ...states,
  ]
}
