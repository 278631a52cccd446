import { formatFixed, formatInterval, type GroupSummary } from '@veilrec/core'

import type { AuditedGroups } from '../../audit/audit-result.js'
import { allRows, byVeil, type ComparedRow, type Comparison } from '../comparisons.js'
import type { DataTable, RowGroup } from '../data-table.js'
import type { Drawing, Figure } from '../figure.js'
import { element, type Markup } from '../markup.js'
import { axisOf, ticksOf, type Axis } from './axis.js'
import { legend, requirementEntries, type LegendEntry } from './legend.js'
import { ink } from './palette.js'
import { layoutRows } from './row-labels.js'
import { label, line, mark, told } from './shapes.js'
import { fitted } from './text-width.js'

/**
 * Group gaps of every row beside the noise floor, one panel for each attribute (evaluation.md rule 10). Null where no gap
 * could be measured.
 */
export function gapFigure(comparison: Comparison): Figure | null {
  const rows = allRows(comparison)
  const measured = comparison.attributes.filter((attribute) =>
    rows.some((row) => (groupsOf(row, attribute)?.gap.value ?? null) !== null),
  )
  if (measured.length === 0) return null
  return {
    id: `${comparison.id}-groups`,
    title: 'Is every group served equally well?',
    description: describe(rows, measured),
    caption:
      'NDCG@10 of the best served group minus that of the worst, 95 % interval. The grey bar is the noise floor: groups of these ' +
      'sizes that are served alike stay within it 95 % of the time, so a gap inside it, an empty mark, is no evidence of unequal ' +
      'service, and none of equality either: the interval says how large it may be. A gap can shrink because the better served ' +
      'group gets worse. Groups below 10 users are neither best nor worst.',
    draw: (width) => draw(comparison, measured, width),
    tables: [gapTable(rows), groupTable(comparison)],
  }
}

type Gap = Extract<AuditedGroups['gap'], { readonly value: number }>

function groupsOf({ row }: ComparedRow, attribute: string): AuditedGroups | undefined {
  return row.groups.find((groups) => groups.attribute === attribute)
}

function gapOf(row: ComparedRow, attribute: string): Gap | null {
  const gap = groupsOf(row, attribute)?.gap
  return gap === undefined || gap.value === null ? null : gap
}

function isBeyond({ value, noiseFloor }: Gap): boolean {
  return value > noiseFloor.upper
}

function describe(rows: readonly ComparedRow[], attributes: readonly string[]): string {
  const sentences = attributes.map((attribute) => {
    const gaps = rows.flatMap((row) => gapOf(row, attribute) ?? [])
    const values = gaps.map(({ value }) => value)
    return (
      `By ${attribute}: gaps of ${formatFixed(Math.min(...values), 3)} to ${formatFixed(Math.max(...values), 3)}, ` +
      `${gaps.filter(isBeyond).length} of ${gaps.length} beyond the noise floor.`
    )
  })
  return `Gaps between groups with intervals, a panel for each attribute and a row for each requirement. ${sentences.join(' ')}`
}

function draw(comparison: Comparison, attributes: readonly string[], width: number): Drawing {
  const rows = allRows(comparison)
  const isNarrow = width < 500
  const labelWidth = isNarrow ? 118 : 220
  const columns = isNarrow ? 1 : Math.min(3, attributes.length)
  const panelWidth = (width - labelWidth) / columns
  const lines = Array.from({ length: Math.ceil(attributes.length / columns) }, (_, i) =>
    attributes.slice(i * columns, (i + 1) * columns),
  )
  let top = 0
  const content = lines.map((ofLine): Markup => {
    const layout = layoutRows(rows, { top: top + 30, height: 26, labelWidth })
    const panels = ofLine.map((attribute, column) =>
      panel(layout.rows, attribute, {
        left: labelWidth + column * panelWidth + 8,
        right: labelWidth + (column + 1) * panelWidth - 24,
        top,
        bottom: layout.bottom,
      }),
    )
    top = layout.bottom + 44
    return [layout.content, panels]
  })
  const entries = legend(
    [...legendEntries(), ...(isNarrow ? requirementEntries(comparison.requirements) : [])],
    { left: 8, top, width: width - 16 },
  )
  return { width, height: top + entries.height + 8, content: [content, entries.content] }
}

interface PanelFrame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function panel(
  rows: readonly { readonly row: ComparedRow; readonly y: number }[],
  attribute: string,
  { left, right, top, bottom }: PanelFrame,
): Markup {
  const gaps = rows.map(({ row, y }) => ({ row, y, gap: gapOf(row, attribute) }))
  const ends = gaps.flatMap(({ gap }) => (gap === null ? [] : [gap.interval.upper, gap.noiseFloor.upper]))
  const axis = axisOf([0, ...ends], 1e-4)
  const toX = (value: number): number => left + (value / axis.high) * (right - left)
  return [
    label(left, top + 18, fitted(attribute, 13, right - left), { size: 13, weight: 'bold' }),
    ticks(axis, toX, top + 28, bottom),
    gaps.map(({ row, y, gap }) =>
      gap === null
        ? label(left, y + 4, 'no figure', { size: 11, colour: ink.muted })
        : told(
            `${row.row.veil ?? 'no veil'}, hidden ${row.name}, ${attribute}: gap ${formatInterval(gap.value, gap.interval, 3)}, noise floor ${formatFixed(gap.noiseFloor.upper, 3)}`,
            element('rect', {
              x: left,
              y: y - 8,
              width: toX(gap.noiseFloor.upper) - left,
              height: 16,
              fill: ink.noise,
            }),
            line([toX(gap.interval.lower), y], [toX(gap.interval.upper), y], {
              colour: row.style.colour,
              width: 1.5,
            }),
            mark(toX(gap.value), y, row.style, { radius: 4.5, isHollow: !isBeyond(gap) }),
          ),
    ),
  ]
}

function ticks(axis: Axis, toX: (value: number) => number, top: number, bottom: number): Markup {
  const all = ticksOf(axis)
  // In a narrow panel every other label would touch the next.
  const isTight = toX(axis.step) - toX(0) < 34
  return all.map((tick, i) => [
    line([toX(tick), top], [toX(tick), bottom], { colour: i === 0 ? ink.line : ink.grid }),
    isTight && i % 2 === 1
      ? []
      : label(toX(tick), bottom + 16, tick.toFixed(axis.digits), {
          anchor: 'middle',
          size: 11,
          colour: ink.muted,
        }),
  ])
}

function legendEntries(): LegendEntry[] {
  const look = { colour: ink.text, shape: 'circle' } as const
  return [
    { text: 'gap beyond the noise floor', sign: (x, y) => mark(x, y, look) },
    { text: 'gap within it', sign: (x, y) => mark(x, y, look, { isHollow: true }) },
    {
      text: 'noise floor (95 %)',
      sign: (x, y) => element('rect', { x: x - 9, y: y - 6, width: 18, height: 12, fill: ink.noise }),
    },
    { text: '95 % interval', sign: (x, y) => line([x - 9, y], [x + 9, y], { colour: ink.text, width: 1.5 }) },
  ]
}

function gapTable(rows: readonly ComparedRow[]): DataTable {
  return {
    caption: 'Gaps between groups: NDCG@10 [95 %]',
    hasFigures: true,
    head: ['hides', 'attribute', 'gap', 'noise floor', 'best (users)', 'worst (users)', 'change of the gap'],
    groups: byVeil(rows, (veil, members): RowGroup => ({
      heading: veil === null ? 'Without a veil' : `Behind ${veil}`,
      rows: members.flatMap((row) => row.row.groups.map((groups) => gapCells(row, groups))),
    })),
  }
}

function gapCells({ key, name }: ComparedRow, { attribute, gap, gapChange }: AuditedGroups): string[] {
  const start = [key === '*' ? name : `${key} ${name}`, attribute]
  if (gap.value === null) return [...start, gap.reason, '-', '-', '-', '-']
  return [
    ...start,
    formatInterval(gap.value, gap.interval, 3),
    formatFixed(gap.noiseFloor.upper, 3),
    groupText(gap.best),
    groupText(gap.worst),
    gapChange === null || gapChange.value === null
      ? '-'
      : formatInterval(gapChange.value, gapChange.interval, 3),
  ]
}

function groupText({ group, value, users }: GroupSummary): string {
  return `${group} ${formatFixed(value, 3)} (${users})`
}

/** The groups of the bare recommender, all of them; behind veils the best and the worst are in the other table. */
function groupTable({ base }: Comparison): DataTable {
  return {
    caption: 'Groups without a veil: NDCG@10 [95 %]',
    head: ['group', 'users', 'NDCG@10', ''],
    groups: base.row.groups.map(({ attribute, groups }) => ({
      heading: attribute,
      rows: groups.map(({ group, users, value, interval, isCompared }) => [
        group,
        String(users),
        formatInterval(value, interval ?? null, 3),
        isCompared ? '' : 'too few users to be best or worst',
      ]),
    })),
  }
}
