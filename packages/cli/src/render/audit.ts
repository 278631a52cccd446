import type { AuditResult, AuditRow } from '@veilrec/lab'
import type { AttributeAttack } from '@veilrec/core'

import { fixed, withInterval } from './numbers.js'
import { renderTable, type Cell } from './table.js'

/** The score card for a person: accuracy per requirement, attacks per requirement and attribute, and what to distrust. */
export function renderAudit(result: AuditResult): string {
  const { rows, historyControls, notAttacked, threatsToValidity, chanceMargin } = result
  const attacks = [
    ...rows.flatMap((row) =>
      row.attacks.map((attack) => [
        requirementOf(row),
        attack.hidden ? `${attack.attribute} (hidden)` : attack.attribute,
        ...attackCells(attack),
      ]),
    ),
    ...historyControls.flatMap(({ attribute, attack }) =>
      attack === null ? [] : [['(item histogram)', attribute, ...attackCells(attack)]],
    ),
  ]
  const [example] = rows[1]?.requirement ?? []
  return [
    `audit of ${result.run} on ${result.dataset.name}`,
    renderTable(
      ['requirement', 'NDCG@10 [95 %]', 'change [95 %]', 'on attack-test users'],
      rows.map((row) => accuracyCells(row)),
    ),
    renderTable(
      ['requirement', 'attribute', 'attack AUC [95 %]', 'shuffled', 'micro-F1 / majority', 'probe'],
      attacks,
    ),
    `AUC 0.5 is chance; it counts as that when the upper bound is below ${chanceMargin}. Attackers never trained on the users they are tested on.`,
    '',
    'Not attacked:',
    ...notAttacked.map((line) => `- ${line}`),
    'Threats to validity:',
    ...threatsToValidity.map((line) => `- ${line}`),
    ...(example === undefined
      ? []
      : ['', `Next: veilrec recommend ${result.run} --user ID --veil ${example}`]),
  ].join('\n')
}

function requirementOf({ requirement }: AuditRow): string {
  return requirement.length === 0 ? '(none)' : requirement.join(',')
}

function accuracyCells(row: AuditRow): Cell[] {
  const { all, attackTest } = row.accuracy
  const { change } = all
  const attackTestNdcg = attackTest?.['ndcg@10'] ?? null
  return [
    requirementOf(row),
    withInterval(all['ndcg@10'].value, all['ndcg@10'].interval, 4),
    withInterval(change?.value ?? null, change?.interval ?? null, 4),
    withInterval(attackTestNdcg?.value ?? null, attackTestNdcg?.interval ?? null, 4),
  ]
}

function attackCells({
  auc,
  interval,
  shuffledLabelAuc,
  microF1,
  majorityShare,
  state,
}: AttributeAttack): Cell[] {
  return [
    withInterval(auc, interval, 3),
    fixed(shuffledLabelAuc, 3),
    `${fixed(microF1, 3)} / ${fixed(majorityShare, 3)}`,
    state,
  ]
}
