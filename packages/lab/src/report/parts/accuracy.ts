import { formatInterval } from '@veilrec/core'

import type { AuditAccuracy } from '../../audit/audit-result.js'
import { allRows, byVeil, type Comparison } from '../comparisons.js'
import { htmlTable, type RowGroup } from '../data-table.js'
import { element, type Markup } from '../markup.js'

/** NDCG@10 over all users, over those whose last item is no guess, and over those whose labels nobody saw (rules 1 and 4). */
export function accuracyPart(comparison: Comparison): Markup {
  const { all, untied, attackTest } = comparison.base.row.accuracy
  const sized = (name: string, accuracy: AuditAccuracy | null): string =>
    accuracy === null ? name : `${name} (${accuracy.users})`
  return [
    element('h3', {}, 'Accuracy'),
    element(
      'p',
      {},
      'NDCG@10 of full ranking on the last item of every user, the rest of the history left out. A veil that were good ' +
        'for its own users only would show in the last two columns: their labels nobody saw.',
    ),
    htmlTable(
      {
        caption: 'NDCG@10 [95 %]',
        hasFigures: true,
        head: [
          'hides',
          sized('all users', all),
          sized('last item not tied', untied),
          sized('attack-test users', attackTest),
          'change on these',
        ],
        groups: byVeil(allRows(comparison), (veil, rows): RowGroup => ({
          heading: veil === null ? 'Without a veil' : `Behind ${veil}`,
          rows: rows.map(({ key, name, row: { accuracy } }) => {
            const change = accuracy.attackTest?.change ?? null
            return [
              key === '*' ? 'nothing' : `${key} ${name}`,
              ndcg(accuracy.all),
              ndcg(accuracy.untied),
              ndcg(accuracy.attackTest),
              formatInterval(change?.value ?? null, change?.interval ?? null, 4),
            ]
          }),
        })),
      },
      true,
    ),
  ]
}

function ndcg(accuracy: AuditAccuracy | null): string {
  const estimate = accuracy?.['ndcg@10'] ?? null
  return formatInterval(estimate?.value ?? null, estimate?.interval ?? null, 4)
}
