import { formatFixed, formatInterval } from '@veilrec/core'

import { scoreCardFigures, type FigureBeside, type ScoreCardFigures } from '../../reading/score-card.js'
import type { Leak } from '../../reading/leaks.js'
import { verdictSentence } from '../../reading/verdict-sentence.js'
import { allRows, byVeil, type ComparedRow, type Comparison } from '../comparisons.js'
import { htmlList, htmlTable, type DataTable, type RowGroup } from '../data-table.js'
import { element, type Markup } from '../markup.js'
import { verdictWords } from '../verdict-words.js'

/** The score card of evaluation.md, what its columns say, and every row in words. */
export function scoreCardPart(comparison: Comparison): Markup {
  const { base, audits } = comparison
  const { isQuick, listLength, chanceMargin } = audits[0]!.audit
  return [
    element('h3', {}, 'Score card'),
    htmlTable(scoreCard(comparison), true),
    htmlList(
      [
        `Worst AUC: of the attacks on what is hidden (without a veil: on anything), from vectors${isQuick ? '' : ` and the unmasked top ${listLength}`}. 0.5 is guessing.`,
        `Verdict: the gravest of all hidden attributes. At chance means that the upper bound is below ${chanceMargin}, never "not significant".`,
        'Served / floor: AUC from the list as served, beside what the most popular items alone tell; the hidden attribute furthest above its floor.',
        'Kept / bare: the attribute that lost most without being hidden, AUC from vectors behind and without the veil.',
        'Group gap / noise: NDCG@10 of the best minus the worst served group, beside the gap that equal groups stay below 95 % of the time.',
        'Probe: whether the attackers could be trusted; a dead one did not find a signal that was planted for it, so its figure is missing, not fair. Majority: it took everybody to be of the largest class, as with perfect hiding; its figure stands.',
      ],
      { class: 'legend' },
    ),
    element(
      'details',
      { open: true },
      element('summary', {}, 'Every row in words'),
      htmlList(
        allRows(comparison).map((row) => {
          const veil = row.row.veil === null ? ' ' : ` ${row.row.veil} `
          return [element('b', {}, row.key), `${veil}${verdictSentence(row, base, row.audit.chanceMargin)}.`]
        }),
        { class: 'verdicts' },
      ),
    ),
  ]
}

function scoreCard(comparison: Comparison): DataTable {
  return {
    caption: 'Score card: one row for each requirement',
    hasFigures: true,
    head: [
      'hides',
      'NDCG@10',
      'change in % [95 %]',
      'worst AUC [95 %]',
      'verdict',
      'served / floor',
      'kept / bare',
      'group gap / noise',
      'probe',
    ],
    groups: byVeil(allRows(comparison), (veil, rows): RowGroup => ({
      heading: veil === null ? 'Without a veil' : `Behind ${veil}`,
      rows: rows.map((row) => cells(row, comparison.base)),
    })),
  }
}

function cells(row: ComparedRow, base: ComparedRow): Markup[] {
  const figures = scoreCardFigures(row, base.row, row.audit)
  return [
    row.key === '*' ? 'nothing' : [element('b', {}, row.key), ` ${row.name}`],
    formatFixed(figures.ndcg, 4),
    changeText(figures.change),
    formatInterval(figures.worst.auc, figures.worst.interval, 3),
    verdictCell(row.leaks),
    pairText(figures.served, 2),
    pairText(figures.kept, 2),
    pairText(figures.gap, 3),
    probeText(figures.probe),
  ]
}

const gravestFirst = ['can-be-told', 'not-measured', 'undecided', 'at-chance'] as const

function verdictCell(leaks: readonly Leak[]): Markup {
  const verdict = gravestFirst.find((one) => leaks.some((leak) => leak.verdict === one))
  return verdict === undefined ? '-' : element('span', { class: `verdict ${verdict}` }, verdictWords[verdict])
}

/** Whole percents from 10 on. */
function changeText(change: ScoreCardFigures['change']): string {
  if (change === null) return '-'
  const { lower, upper } = change.interval
  const digits = Math.max(Math.abs(lower), Math.abs(upper)) < 9.95 ? 1 : 0
  return formatInterval(change.value, change.interval, digits)
}

function pairText(pair: FigureBeside | null, digits: number): Markup {
  if (pair === null) return '-'
  const { value, reference, attribute } = pair
  return [
    `${formatFixed(value, digits)} / ${formatFixed(reference, digits)}`,
    element('small', {}, attribute),
  ]
}

const stateWords = {
  measured: 'measured',
  'majority-only': 'majority',
  dead: 'dead',
  undefined: 'undefined',
} as const

function probeText(probe: ScoreCardFigures['probe']): Markup {
  if (probe === null) return '-'
  const { state, count, of } = probe
  return state === 'measured' ? 'measured' : [stateWords[state], element('small', {}, `${count} of ${of}`)]
}
