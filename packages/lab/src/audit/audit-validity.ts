import { userGroups, type Dataset, type Histories } from '@veilrec/core'

import { classesCheck, plantedSignalCheck, shuffledLabelsCheck, type NamedAttack } from '../attack-checks.js'
import type { AuditCheck, AuditControls, AuditRow } from './audit-result.js'
import type { AuditedVeil } from './audit-systems.js'
import { catalogueCheck, type CheckedLists } from './catalogue-check.js'

/** What {@link auditValidity} looks at. */
export interface ValidityScope {
  readonly dataset: Pick<
    Dataset,
    'userGroup' | 'numUsers' | 'numItems' | 'hash' | 'lastItemTied' | 'histories'
  >
  readonly veils: readonly Pick<AuditedVeil, 'id' | 'dataset'>[]
  /** All attacks of the audit, controls included. */
  readonly attacks: readonly NamedAttack[]
  readonly base: AuditRow
  readonly controls: AuditControls
  readonly lists: readonly CheckedLists[]
  /** Stored for sampled rankings, by user; undefined where there are none. */
  readonly candidates: Histories | undefined
}

/** The controls of an audit (evaluation.md rule 9, 1 and 2): whether the measurement itself can be trusted. */
export function auditValidity(scope: ValidityScope): AuditCheck[] {
  const { attacks, base, controls } = scope
  return [
    shuffledLabelsCheck(attacks),
    plantedSignalCheck(attacks),
    foundCheck(
      'base-vectors',
      base.attacks.map(({ attribute, vectors }) => ({ name: attribute, attack: vectors })),
      'the base gives nothing away that these attackers could find: a veil proves nothing',
    ),
    foundCheck(
      'item-histogram',
      controls.itemHistogram.map((attack) => ({ name: attack.attribute, attack })),
      'the histories themselves give nothing away that these attackers could find',
    ),
    userSplitCheck(scope),
    classesCheck(attacks),
    catalogueCheck(scope),
    tiesCheck(scope),
  ]
}

/** A control that must succeed: the interval of at least one attribute lies above one half. */
function foundCheck(
  name: 'base-vectors' | 'item-histogram',
  attacks: readonly NamedAttack[],
  nothing: string,
): AuditCheck {
  const measured = attacks.flatMap(({ name: attribute, attack: { auc, interval } }) =>
    auc === null || interval === null ? [] : [{ attribute, auc, interval }],
  )
  const passed = measured.some(({ interval }) => interval.lower > 0.5)
  const figures = measured.map(
    ({ attribute, auc, interval: { lower, upper } }) =>
      `${attribute} ${auc.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`,
  )
  return {
    name,
    passed: measured.length === 0 ? null : passed,
    detail: `${passed || measured.length === 0 ? 'AUC of the same attackers' : nothing}: ${figures.join(', ') || 'none measured'}`,
  }
}

/** Every user is in exactly one of the four groups, none of which is empty, and every veil was made on these groups. */
function userSplitCheck({ dataset, veils }: ValidityScope): AuditCheck {
  const { userGroup, numUsers, hash } = dataset
  const sizes = userGroups.map(() => 0)
  let outside = Math.abs(numUsers - userGroup.length)
  for (const group of userGroup) {
    if (group < sizes.length) sizes[group]!++
    else outside++
  }
  const others = veils.filter((veil) => veil.dataset.hash !== hash).map(({ id }) => id)
  const counts = userGroups.map((group, i) => `${group} ${sizes[i]}`).join(', ')
  return {
    name: 'user-split',
    passed: outside === 0 && sizes.every((size) => size > 0) && others.length === 0,
    detail:
      `each of ${numUsers} users in one group: ${counts}` +
      (outside === 0 ? '' : `; ${outside} in none`) +
      (others.length === 0
        ? '; the split belongs to the hash of the data set, the same for run and veils'
        : `; made on another data set: ${others.join(', ')}`),
  }
}

/** Whether accuracy can be told apart from the order of ties, which is a guess (rule 1). */
function tiesCheck({ dataset: { numUsers, lastItemTied }, base }: ValidityScope): AuditCheck {
  const tied = lastItemTied.reduce((sum, isTied) => sum + isTied, 0)
  const share = ((100 * tied) / Math.max(1, numUsers)).toFixed(1)
  const { all, untied } = base.accuracy
  const ndcg = untied?.['ndcg@10'].value.toFixed(4)
  return {
    name: 'ties',
    passed: untied !== null,
    detail:
      tied === 0
        ? 'no user has a last item that shares its timestamp with the one before'
        : `the last item of ${tied} of ${numUsers} users (${share} %) shares its timestamp with the one before, so that its order is a guess; ` +
          (ndcg === undefined
            ? 'there is no other user to measure accuracy on'
            : `accuracy on the others is given apart (base NDCG@10 ${ndcg} beside ${all['ndcg@10'].value.toFixed(4)})`),
  }
}
