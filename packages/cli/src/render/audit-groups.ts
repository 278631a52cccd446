import type { EntropyCorrection, GroupSummary, InteractionReport } from '@veilrec/core'
import type { AuditAccuracy, AuditedGroups, AuditResult } from '@veilrec/lab'

import { cut, rowLabel, rowsByVeil, type LabelledRow } from './audit-rows.js'
import { fixed, withInterval } from './numbers.js'
import { renderPlainTable, type Cell, type TableHeading } from './table.js'

/** Accuracy of every row over all users, over those whose last item is no guess, and over those no label was seen of. */
export function accuracyTable(rows: readonly LabelledRow[]): string {
  return renderPlainTable(
    [
      'NDCG@10 [95 %]',
      sized('all users', rows[0]?.row.accuracy.all),
      sized('last not tied', rows[0]?.row.accuracy.untied),
      sized('attack-test users', rows[0]?.row.accuracy.attackTest),
      'change on these',
    ],
    rowsByVeil(rows, (labelled) => {
      const { all, untied, attackTest } = labelled.row.accuracy
      const change = attackTest?.change ?? null
      return [
        [
          rowLabel(labelled, 16),
          ...[all, untied, attackTest].map((part) => ndcg(part)),
          withInterval(change?.value ?? null, change?.interval ?? null, 4),
        ],
      ]
    }),
  )
}

function sized(name: string, accuracy: AuditAccuracy | null | undefined): string {
  return accuracy === null || accuracy === undefined ? name : `${name} (${accuracy.users})`
}

function ndcg(accuracy: AuditAccuracy | null): string {
  const estimate = accuracy?.['ndcg@10'] ?? null
  return withInterval(estimate?.value ?? null, estimate?.interval ?? null, 4)
}

/** Gap between the best and the worst served group, beside what equal groups of these sizes would show. */
export function groupTable(rows: readonly LabelledRow[]): string {
  return renderPlainTable(
    ['', 'attribute', 'gap [95 %]', 'noise', 'best (users)', 'worst (users)', 'change of gap [95 %]'],
    rows.flatMap(({ row, key }) =>
      row.groups.map((groups) => [key, cut(groups.attribute, 10), ...gapCells(groups)]),
    ),
  )
}

function gapCells({ gap, gapChange }: AuditedGroups): Cell[] {
  if (gap.value === null) return ['-', '-', '-', '-', '-']
  return [
    withInterval(gap.value, gap.interval, 3),
    fixed(gap.noiseFloor.upper, 3),
    groupText(gap.best),
    groupText(gap.worst),
    gapChange === null || gapChange.value === null
      ? '-'
      : withInterval(gapChange.value, gapChange.interval, 3),
  ]
}

function groupText({ group, value, users }: GroupSummary): string {
  return `${cut(group, 12)} ${fixed(value, 3)} (${users})`
}

/** Interaction fairness by attribute: every row's list beside its controls, under each correction. */
export function interactionTable({ interaction }: AuditResult): string {
  const [first] = interaction
  return renderPlainTable(
    [
      `DIF@${first?.k ?? 10} [95 %]`,
      'entropy',
      ...(first?.tables ?? []).map(({ correction }) => correctionNames[correction]),
    ],
    interaction.flatMap((report) => interactionRows(report)),
  )
}

const correctionNames: Readonly<Record<EntropyCorrection, string>> = {
  none: 'as FairSR defines it',
  'miller-madow': 'Miller-Madow',
  shrinkage: 'shrinkage',
}

function interactionRows({
  attribute,
  tables,
  maximumEntropy,
}: InteractionReport): (Cell[] | TableHeading)[] {
  const [first] = tables
  const chosen = fixed(first?.truthEntropy.value ?? null, 3)
  return [
    {
      heading: `${cut(attribute, 40)}: entropy of what users chose ${chosen}, at most ${fixed(maximumEntropy, 3)}`,
    },
    ...(first?.rows ?? []).map((row, i) => [
      cut(row.isControl ? `(${row.name})` : row.name, 30),
      fixed(row.listEntropy.value, 3),
      ...tables.map(({ rows }) => {
        const dif = rows[i]?.dif
        return withInterval(dif?.value ?? null, dif?.interval ?? null, 3)
      }),
    ]),
  ]
}
