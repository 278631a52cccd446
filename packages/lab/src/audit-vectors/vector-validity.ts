import { classesCheck, plantedSignalCheck, shuffledLabelsCheck } from '../attack-checks.js'
import type { ValidityCheck, VectorAuditResult } from './vector-audit-result.js'

/**
 * The controls of an audit of vectors (evaluation.md rule 9): whether the measurement itself can be trusted.
 *
 * Shuffled labels must stay at chance and a planted signal must be found for every attribute.
 */
export function vectorValidity({
  attributes,
  defenceUsers,
  groups,
  vectors,
  users,
}: Pick<
  VectorAuditResult,
  'attributes' | 'defenceUsers' | 'groups' | 'vectors' | 'users'
>): readonly ValidityCheck[] {
  const attacks = Object.values(attributes).map((attack) => ({ name: attack.attribute, attack }))
  return [
    shuffledLabelsCheck(attacks),
    plantedSignalCheck(attacks),
    {
      name: 'user-split',
      // By construction each user is in one group; what can go wrong is that the producer's list is not complete.
      passed: defenceUsers === null ? null : true,
      detail:
        defenceUsers === null
          ? 'no attacker trained on a user it was tested on; whether a defence did is not known'
          : `no attacker trained on a user it was tested on, and none of the ${groups.attackTest} test users is a defence user`,
    },
    classesCheck(attacks),
    {
      name: 'vectors',
      passed: vectors.constantColumns < vectors.dimension,
      detail: `${users.audited} vectors of ${vectors.dimension} numbers, all finite, ${vectors.constantColumns} columns constant`,
    },
    {
      name: 'data-controls',
      passed: null,
      detail:
        'base vectors, item histogram, negatives and ties: they need the interactions, which vectors alone do not hold',
    },
  ]
}
