import {
  scoreCardFigures,
  unequalAttributes,
  type AuditResult,
  type FigureBeside,
  type ScoreCardFigures,
} from '@veilrec/lab'

import { rowLabel, rowsByVeil, stateWord, wrapped, type LabelledRow } from './audit-rows.js'
import { fixed, withInterval } from './numbers.js'
import { renderPairs, renderPlainTable, type Cell } from './table.js'

/** The score card of evaluation.md: one row per requirement, below each other by veil. */
export function scoreCard(result: AuditResult, rows: readonly LabelledRow[]): string {
  const base = result.rows.find(({ veil }) => veil === null)
  return renderPlainTable(
    [
      'hidden',
      'NDCG@10',
      'change in %\n[95 %]',
      'highest AUC\n[95 %]',
      'served\n/floor',
      'kept\n/base',
      'group gap\n/noise',
      'probe',
    ],
    rowsByVeil(rows, (labelled) => {
      const figures = scoreCardFigures(labelled, base, result)
      return [
        [
          rowLabel(labelled),
          fixed(figures.ndcg, 4),
          changeText(figures.change),
          withInterval(figures.worst.auc, figures.worst.interval, 3),
          pairText(figures.served, 2),
          pairText(figures.kept, 2),
          pairText(figures.gap, 3),
          probeCell(figures.probe),
        ],
      ]
    }),
  )
}

/** What the columns of {@link scoreCard} say. */
export function scoreCardLegend({ listLength, isQuick }: AuditResult): string {
  return renderPairs([
    [
      'highest AUC',
      `of the hidden attributes (first row: of all), from vectors${isQuick ? '' : ` and unmasked top ${listLength}`}; 0.5 is guessing`,
    ],
    [
      'served/floor',
      'from the list as served / from the most popular items alone; hidden attribute most above the floor',
    ],
    [
      'kept/base',
      'the attribute that lost most without being hidden: from vectors behind / without the veil',
    ],
    ['gap/noise', 'NDCG@10 of the best minus the worst served group / 95 % of the gaps of equal groups'],
  ])
}

/** The attributes by which some row serves groups more unequally than chance would. */
export function unequalLine(rows: readonly LabelledRow[]): string {
  const found = (rows[0]?.row.groups ?? []).flatMap(({ attribute }) => {
    const keys = rows.filter(({ row }) => unequalAttributes(row).includes(attribute)).map(({ key }) => key)
    return keys.length === 0 ? [] : [`${attribute} (${keys.join(' ')})`]
  })
  return wrapped(
    `Groups served unequally beyond noise, by: ${found.length === 0 ? 'none' : found.join(', ')}`,
  )
}

/** Whole percents from 10 on. */
function changeText(change: ScoreCardFigures['change']): string {
  if (change === null) return '-'
  const { value, interval } = change
  const digits = Math.max(Math.abs(interval.lower), Math.abs(interval.upper)) < 9.95 ? 1 : 0
  return withInterval(value, interval, digits)
}

function pairText(pair: FigureBeside | null, digits: number): string {
  return pair === null ? '-' : `${fixed(pair.value, digits)}/${fixed(pair.reference, digits)}`
}

/** Where figures are missing, also of how many. */
function probeCell(probe: ScoreCardFigures['probe']): Cell {
  if (probe === null) return '-'
  const { state, count, of } = probe
  return state === 'dead' || state === 'undefined' ? `${stateWord(state)} ${count}/${of}` : stateWord(state)
}
