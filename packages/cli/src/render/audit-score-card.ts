import type { PairedDifference } from '@veilrec/core'
import type { AuditResult, AuditRow } from '@veilrec/lab'

import { highestAuc } from './audit-leaks.js'
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
      const { row } = labelled
      const { all } = row.accuracy
      return [
        [
          rowLabel(labelled),
          fixed(all['ndcg@10'].value, 4),
          relativeChange(all.change, base?.accuracy.all['ndcg@10'].value ?? 0),
          worstCell(labelled),
          servedCell(labelled, result),
          keptCell(row, base),
          gapCell(row),
          probeCell(labelled),
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
  const found = (rows[0]?.row.groups ?? []).flatMap(({ attribute }, i) => {
    const keys = rows.filter(({ row }) => {
      const gap = row.groups[i]?.gap
      return gap !== undefined && gap.value !== null && gap.value > gap.noiseFloor.upper
    })
    return keys.length === 0 ? [] : [`${attribute} (${keys.map(({ key }) => key).join(' ')})`]
  })
  return wrapped(
    `Groups served unequally beyond noise, by: ${found.length === 0 ? 'none' : found.join(', ')}`,
  )
}

/** Change in percent of the base, whole percents from 10 on. */
function relativeChange(change: PairedDifference | null, base: number): string {
  if (change === null || base <= 0) return '-'
  const { value, interval } = change
  const [middle, lower, upper] = [value, interval.lower, interval.upper].map((one) => (100 * one) / base)
  const digits = Math.max(Math.abs(lower!), Math.abs(upper!)) < 9.95 ? 1 : 0
  return withInterval(middle!, { lower: lower!, upper: upper! }, digits)
}

function worstCell({ row: { veil, worstHidden }, leaks }: LabelledRow): string {
  if (veil !== null) return withInterval(worstHidden?.auc ?? null, worstHidden?.interval ?? null, 3)
  const { auc = null, interval = null } = highestAuc(leaks) ?? {}
  return withInterval(auc, interval, 3)
}

function servedCell({ row: { attacks }, leaks }: LabelledRow, { controls }: AuditResult): string {
  const floors = new Map(controls.popularityFloor.map(({ attribute, auc }) => [attribute, auc]))
  const pairs = attacks
    .filter(({ attribute }) => leaks.some((leak) => leak.attribute === attribute))
    .map((attack): [number | null, number | null] => [
      attack.servedList?.auc ?? null,
      floors.get(attack.attribute) ?? null,
    ])
  return pairText(furthest(pairs), 2)
}

function keptCell({ veil, attacks }: AuditRow, base: AuditRow | undefined): string {
  const before = new Map(base?.attacks.map((one) => [one.attribute, one.vectors.auc]))
  const pairs = attacks
    .filter(({ hidden }) => veil !== null && !hidden)
    .map((one): [number | null, number | null] => [before.get(one.attribute) ?? null, one.vectors.auc])
  const lost = furthest(pairs)
  return pairText(lost === null ? null : [lost[1], lost[0]], 2)
}

function gapCell({ groups }: AuditRow): string {
  const pairs = groups.flatMap(({ gap }): [number, number][] =>
    gap.value === null ? [] : [[gap.value, gap.noiseFloor.upper]],
  )
  const largest = pairs.reduce<[number, number] | null>((a, b) => (a === null || b[0] > a[0] ? b : a), null)
  return pairText(largest, 3)
}

/** The pair whose first is the most above its second; null without a complete pair. */
function furthest(pairs: readonly (readonly [number | null, number | null])[]): [number, number] | null {
  let found: [number, number] | null = null
  for (const [first, second] of pairs) {
    if (first === null || second === null) continue
    if (found === null || first - second > found[0] - found[1]) found = [first, second]
  }
  return found
}

function pairText(pair: readonly [number, number] | null, digits: number): string {
  return pair === null ? '-' : `${fixed(pair[0], digits)}/${fixed(pair[1], digits)}`
}

/** The gravest state among the attacks that the row is judged by, and of how many where figures are missing. */
function probeCell({ leaks }: LabelledRow): Cell {
  const states = leaks.flatMap(({ attacks }) => attacks.map(({ attack }) => attack.state))
  const gravest = (['dead', 'undefined', 'majority-only', 'measured'] as const).find((state) =>
    states.includes(state),
  )
  if (gravest === undefined) return '-'
  if (gravest === 'measured' || gravest === 'majority-only') return stateWord(gravest)
  return `${stateWord(gravest)} ${states.filter((state) => state === gravest).length}/${states.length}`
}
