import { formatFixed, formatInterval } from '@veilrec/core'

import type { AuditedAttribute, JudgedAttack } from '../../audit/audit-result.js'
import { allRows, byVeil, type ComparedRow, type Comparison } from '../comparisons.js'
import type { DataTable, RowGroup } from '../data-table.js'

/** The AUC of every attack of every row, from all that an attacker sees, beside the floor of the served list. */
export function attackTable(comparison: Comparison): DataTable {
  return {
    caption: 'AUC of every attack [95 %]',
    hasFigures: true,
    head: [
      'hides',
      'attribute',
      '',
      'from vectors',
      'from the unmasked list',
      'from the list as served',
      'its floor',
    ],
    groups: byVeil(allRows(comparison), (veil, rows): RowGroup => ({
      heading: veil === null ? 'Without a veil' : `Behind ${veil}`,
      rows: rows.flatMap((row) => row.row.attacks.map((attack) => attackCells(row, attack))),
    })),
  }
}

function attackCells({ audit, key, name }: ComparedRow, attack: AuditedAttribute): string[] {
  const floor = audit.controls.popularityFloor.find(({ attribute }) => attribute === attack.attribute)
  return [
    key === '*' ? name : `${key} ${name}`,
    attack.attribute,
    attack.hidden ? 'hidden' : '',
    aucText(attack.vectors),
    aucText(attack.unmaskedList),
    aucText(attack.servedList),
    formatFixed(floor?.auc ?? null, 3),
  ]
}

/** The AUC; why there is none where an attack gave none; a dash where there was no attack. */
function aucText(attack: JudgedAttack | null | undefined): string {
  if (attack === null || attack === undefined) return '-'
  return attack.auc === null ? attack.state : formatInterval(attack.auc, attack.interval, 3)
}

/** What the data tells without any recommender; none where no control was run. */
export function controlTables({ audits, attributes }: Comparison): DataTable[] {
  const { controls } = audits[0]!.audit
  if (controls.itemHistogram.length === 0 && controls.popularityFloor.length === 0) return []
  const of = (kind: keyof typeof controls, name: string): JudgedAttack | undefined =>
    controls[kind].find(({ attribute }) => attribute === name)
  return [
    {
      caption: 'What the data tells without a recommender: AUC [95 %]',
      hasFigures: true,
      head: ['attribute', 'from the known items themselves', 'from the most popular unknown items'],
      groups: [
        {
          rows: attributes.map((name) => [
            name,
            aucText(of('itemHistogram', name)),
            aucText(of('popularityFloor', name)),
          ]),
        },
      ],
    },
  ]
}
