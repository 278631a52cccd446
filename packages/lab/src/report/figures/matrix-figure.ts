import { formatFixed, formatInterval } from '@veilrec/core'

import type { JudgedAttack } from '../../audit/audit-result.js'
import { headlineEvidence, leakOf, type Leak } from '../../reading/leaks.js'
import { allRows, type ComparedRow, type Comparison } from '../comparisons.js'
import type { Drawing, Figure } from '../figure.js'
import { element, type Markup } from '../markup.js'
import { verdictWords } from '../verdict-words.js'
import { attackTable, controlTables } from './attack-tables.js'
import { legend, requirementEntries, type LegendEntry } from './legend.js'
import { aucColours, ink } from './palette.js'
import { layoutRows } from './row-labels.js'
import { label, line, told } from './shapes.js'
import { fitted } from './text-width.js'

/**
 * What can be told of every attribute under every requirement: the highest AUC over vectors and unmasked lists, hidden
 * attributes outlined (evaluation.md rule 6).
 */
export function matrixFigure(comparison: Comparison): Figure {
  const { id, audits } = comparison
  const isQuick = audits[0]!.audit.isQuick
  return {
    id: `${id}-leakage`,
    title: 'What can be told',
    description: describe(comparison),
    caption:
      `Each cell is the highest AUC of the attacks on an attribute${isQuick ? ' from vectors' : ' from vectors and unmasked lists'}; ` +
      '0.5 is guessing, 1 is certainty, darker is more. Outlined: hidden by the requirement, should be at chance. The ' +
      'others should stay what they are without a veil. The sign beside a hidden cell is its verdict: told when the ' +
      'interval lies above 0.5, at chance when its upper end lies below the margin ' +
      `${audits[0]!.audit.chanceMargin}, otherwise undecided. ` +
      'The list as served is not in the picture: it tells what was seen by what is missing, and stands in the table beside its floor.',
    draw: (width) => draw(comparison, width),
    tables: [attackTable(comparison), ...controlTables(comparison)],
  }
}

function describe(comparison: Comparison): string {
  const hidden = comparison.veiled.flatMap(({ leaks, row, name }) =>
    leaks.map(({ attribute, verdict }) => ({ attribute, verdict, where: `${row.veil} hiding ${name}` })),
  )
  const count = (verdict: Leak['verdict']): number => hidden.filter((one) => one.verdict === verdict).length
  const [bare] = comparison.base.leaks.toSorted((a, b) => aucOf(b) - aucOf(a))
  return (
    `Matrix of AUC, a row for each requirement and a column for each of ${comparison.attributes.join(', ')}. ` +
    (bare === undefined
      ? ''
      : `Without a veil the highest is ${bare.attribute}, ${formatFixed(aucOf(bare), 3)}. `) +
    (hidden.length === 0
      ? 'No veil has been audited.'
      : `Of ${hidden.length} hidden cells, ${count('can-be-told')} can be told, ${count('undecided')} are undecided, ` +
        `${count('at-chance')} are at chance and ${count('not-measured')} have no figure.`)
  )
}

function aucOf({ decisive }: Leak): number {
  return decisive.attack.auc ?? 0
}

function draw(comparison: Comparison, width: number): Drawing {
  const { attributes } = comparison
  const isNarrow = width < 500
  const labelWidth = isNarrow ? 118 : 250
  const gap = 4
  const cellWidth = Math.max(54, Math.min(210, (width - labelWidth - 8) / Math.max(1, attributes.length)))
  const [top, height] = [34, 40]
  const leftOf = (column: number): number => labelWidth + column * cellWidth
  const layout = layoutRows(allRows(comparison), { top, height, labelWidth })
  const drawnWidth = Math.max(width, leftOf(attributes.length) + 8)
  const entries = legend(
    [...legendEntries(), ...(isNarrow ? requirementEntries(comparison.requirements) : [])],
    { left: 8, top: layout.bottom + 10, width: drawnWidth - 16 },
  )
  return {
    width: drawnWidth,
    height: layout.bottom + 18 + entries.height,
    content: [
      attributes.map((attribute, column) =>
        label(leftOf(column) + (cellWidth - gap) / 2, 22, fitted(attribute, 12, cellWidth - gap), {
          anchor: 'middle',
          weight: 'bold',
        }),
      ),
      layout.content,
      layout.rows.map(({ row, y }) =>
        attributes.map((attribute, column) =>
          cell(row, attribute, {
            left: leftOf(column),
            top: y - height / 2 + gap / 2,
            width: cellWidth - gap,
            height: height - gap,
          }),
        ),
      ),
      entries.content,
    ],
  }
}

interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

function cell(row: ComparedRow, attribute: string, box: Box): Markup {
  const attacked = row.row.attacks.find((one) => one.attribute === attribute)
  const middle = box.left + box.width / 2
  const baseLine = box.top + box.height / 2 + 4
  if (attacked === undefined) return label(middle, baseLine, '–', { anchor: 'middle', colour: ink.muted })
  const leak = leakOf(attacked, headlineEvidence(row.audit))
  const { auc, interval } = highest(leak)
  const tip = `${row.row.veil ?? 'no veil'}, hidden ${row.name}, ${attribute}: ${auc === null ? 'no figure' : formatInterval(auc, interval, 3)}, ${verdictWords[leak.verdict]}`
  const colours = auc === null ? { fill: '#ffffff', text: ink.text } : aucColours(auc)
  const hasRoom = box.width >= 84
  const signRoom = attacked.hidden ? 9 : 0
  return told(
    tip,
    element('rect', {
      x: box.left,
      y: box.top,
      width: box.width,
      height: box.height,
      rx: 2,
      fill: colours.fill,
      stroke: attacked.hidden ? ink.text : ink.grid,
      'stroke-width': attacked.hidden ? 2.5 : 1,
      'stroke-dasharray': auc === null ? '4 3' : undefined,
    }),
    auc === null
      ? label(middle, baseLine, 'no figure', { anchor: 'middle', size: 11, colour: ink.text })
      : [
          label(middle - signRoom / 2, hasRoom ? baseLine - 6 : baseLine, formatFixed(auc, 3), {
            anchor: 'middle',
            weight: 'bold',
            size: 13,
            colour: colours.text,
          }),
          hasRoom
            ? label(middle, baseLine + 9, intervalText(interval), {
                anchor: 'middle',
                size: 11,
                colour: colours.text,
              })
            : [],
        ],
    attacked.hidden && auc !== null
      ? verdictSign(
          leak.verdict,
          middle + 24 - signRoom / 2,
          hasRoom ? baseLine - 10.5 : baseLine - 4.5,
          colours.text,
        )
      : [],
  )
}

/** The attack with the highest AUC of those that the cell is about. */
function highest({ attacks }: Leak): Pick<JudgedAttack, 'auc' | 'interval'> {
  return attacks.reduce<Pick<JudgedAttack, 'auc' | 'interval'>>(
    (found, { attack }) => (attack.auc !== null && attack.auc > (found.auc ?? -1) ? attack : found),
    { auc: null, interval: null },
  )
}

function intervalText(interval: JudgedAttack['interval']): string {
  return interval === null ? '' : `${interval.lower.toFixed(2)} – ${interval.upper.toFixed(2)}`
}

/** A full disc for told, a half one for undecided, an empty one for chance, a cross where an attack has no figure. */
function verdictSign(verdict: Leak['verdict'], x: number, y: number, colour: string): Markup {
  const r = 4
  if (verdict === 'not-measured') {
    return [
      line([x - r, y - r], [x + r, y + r], { colour, width: 1.5 }),
      line([x - r, y + r], [x + r, y - r], { colour, width: 1.5 }),
    ]
  }
  return [
    element('circle', {
      cx: x,
      cy: y,
      r,
      fill: verdict === 'can-be-told' ? colour : 'none',
      stroke: colour,
      'stroke-width': 1.5,
    }),
    verdict === 'undecided'
      ? element('path', {
          d: `M ${x.toFixed(1)} ${(y - r).toFixed(1)} A ${r} ${r} 0 0 1 ${x.toFixed(1)} ${(y + r).toFixed(1)} Z`,
          fill: colour,
        })
      : [],
  ]
}

function legendEntries(): LegendEntry[] {
  return [
    {
      text: 'hidden',
      sign: (x, y) =>
        element('rect', {
          x: x - 9,
          y: y - 6,
          width: 18,
          height: 12,
          fill: '#fff',
          stroke: ink.text,
          'stroke-width': 2.5,
        }),
    },
    ...(['can-be-told', 'undecided', 'at-chance', 'not-measured'] as const).map((verdict) => ({
      text: verdictWords[verdict],
      sign: (x: number, y: number) => verdictSign(verdict, x, y, ink.text),
    })),
    ...[0.5, 0.6, 0.7, 0.8, 1].map((auc, i) => ({
      text: i === 0 ? 'AUC 0.5' : auc.toFixed(1),
      isFirst: i === 0,
      sign: (x: number, y: number) =>
        element('rect', {
          x: x - 9,
          y: y - 6,
          width: 18,
          height: 12,
          fill: aucColours(auc).fill,
          stroke: ink.grid,
        }),
    })),
  ]
}
