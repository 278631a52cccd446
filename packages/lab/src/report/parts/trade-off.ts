import { formatFixed, hypervolumeShare } from '@veilrec/core'

import { ndcgOf, type ComparedRow, type Comparison } from '../comparisons.js'
import { htmlTable, type DataTable } from '../data-table.js'
import { element, type Markup } from '../markup.js'

/**
 * The hypervolume of every method under every requirement, and the mean over the requirements that all of them have.
 *
 * The box of a requirement reaches from chance to what can be told without a veil of its own attributes, so that hiding what hardly
 * leaks wins nothing by it. Nothing without veils.
 */
export function hypervolumePart(comparison: Comparison): Markup {
  const { veils, requirements } = comparison
  if (veils.length === 0) return []
  const rows = requirements.map(({ key, name }) => ({
    key,
    name,
    shares: veils.map((veil) => shareOf(comparison, veil, name)),
  }))
  const shared = rows.filter(({ shares }) => shares.every((share) => share !== null))
  const table: DataTable = {
    caption: 'Hypervolume by requirement, from 0 to 1',
    hasFigures: true,
    head: ['hides', ...veils],
    groups: [
      {
        rows: rows.map(({ key, name, shares }) => [
          `${key} ${name}`,
          ...shares.map((share) => formatFixed(share, 3)),
        ]),
      },
      {
        rows: [
          [
            shared.length === rows.length ? 'mean' : `mean of the ${shared.length} with all figures`,
            ...veils.map((_, i) => formatFixed(meanOf(shared.map(({ shares }) => shares[i]!)), 3)),
          ],
        ],
      },
    ],
  }
  return [
    element('h3', {}, 'Leakage removed, accuracy kept: hypervolume'),
    element(
      'p',
      {},
      'One figure for both: the share of leakage above chance that a veil removes, times the share of NDCG@10 that it keeps. ' +
        '1 is chance at no cost, 0 is no better than no veil. For each requirement the leakage is that of its worst attribute ' +
        'without a veil. A dash: an attack has no figure, so that more may leak than is known. Point estimates without an ' +
        'interval: look at the picture before you call one larger.',
    ),
    htmlTable(table, true),
  ]
}

/** Null where an attack behind the veil or without it has no figure, or where there is nothing to remove. */
function shareOf({ base, veiled }: Comparison, veil: string, requirement: string): number | null {
  const row = veiled.find((one) => one.row.veil === veil && one.name === requirement)
  if (row === undefined || row.leakage === null || !row.isComplete) return null
  const bare = bareLeakage(base, row)
  if (bare === null) return null
  const point = { leakage: row.leakage.auc, accuracy: ndcgOf(row) }
  return hypervolumeShare([point], { leakage: bare, accuracy: ndcgOf(base) }, 0.5)
}

/** The highest AUC without a veil on what the row hides, from what the row is judged by; null where one is missing. */
function bareLeakage(base: ComparedRow, { row }: ComparedRow): number | null {
  const aucs = base.leaks
    .filter(({ attribute }) => row.requirement.includes(attribute))
    .flatMap(({ attacks }) => attacks.map(({ attack }) => attack.auc))
  return aucs.some((auc) => auc === null) ? null : Math.max(...aucs.map((auc) => auc ?? 0))
}

function meanOf(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length
}
