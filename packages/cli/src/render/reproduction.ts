import type { ListedTable, ReproducedFigure, Reproduction, ReproductionResult } from '@veilrec/lab'

import { fixed, withInterval } from './numbers.js'
import { renderPlainTable, renderTable } from './table.js'

/** What can be reproduced: every table with its cells and their estimated times. */
export function renderReproductionList(tables: readonly ListedTable[]): string {
  if (tables.length === 0) return 'nothing of that name can be reproduced'
  const overview = renderTable(
    ['paper', 'table', 'cells', 'about, one seed', 'title'],
    tables.map(({ paper, table, cells, minutes, title }) => [
      paper,
      table,
      cells.length,
      cells.length === 0 ? '-' : hours(minutes),
      title,
    ]),
  )
  const parts = tables.map(({ paper, table, cells, notRun }) =>
    [
      `${paper} ${table}`,
      ...cells.map(({ id, minutes }) => `  ${id.padEnd(38)} ${String(Math.ceil(minutes)).padStart(3)} min`),
      ...notRun.map(({ label, why }) => `  ${label.padEnd(38)} not run: ${why}`),
    ].join('\n'),
  )
  return [
    overview,
    ...parts,
    'Estimates are for two cores. A base is counted in its own cell; what tables share is made once. Every training stops by a limit\n' +
      'of its own, so that a cell takes about 75 minutes at most.',
    'Next: veilrec reproduce PAPER TABLE --from DIR --cells paper/pmf',
  ].join('\n\n')
}

function hours(minutes: number): string {
  return minutes < 90 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`
}

/** Reproduced tables: verdicts first, then the figures beside the paper's, then the same systems by our contract. */
export function renderReproductions(reproductions: readonly Reproduction[]): string {
  return reproductions.map(renderOne).join('\n\n')
}

function renderOne({ result, files }: Reproduction): string {
  const { title, citation, claims, contract, cells } = result
  const failed = cells.flatMap(({ id, state }) =>
    state.kind === 'failed' ? [`failed: ${id}: ${state.code}: ${state.message}`] : [],
  )
  const done = cells.filter(({ state }) => state.kind === 'measured').length
  return [
    `${title}\n${citation}\n${done} of ${cells.length} cells measured, ${result.seeds} seed${result.seeds === 1 ? '' : 's'}`,
    ...(failed.length === 0 ? [] : [failed.join('\n')]),
    claims.map(({ verdict, text, source }) => `${verdict.padEnd(17)} ${text} (${source})`).join('\n'),
    "By the paper's protocol:",
    figures(result),
    ...(contract.length === 0 ? [] : ['The same systems under our contract:', contractRows(result)]),
    `written to ${[files.markdown, ...files.pictures].join(', ')} and ${files.json}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function figures({ rows, metrics }: ReproductionResult): string {
  const measured = rows.filter(({ notRun }) => notRun === undefined)
  const missing = [
    ...new Map(rows.filter(({ notRun }) => notRun !== undefined).map((row) => [row.label, row.notRun])),
  ]
  const table = renderPlainTable(
    [
      'system',
      'hidden',
      ...metrics.map((metric) => `${metric}\npaper -> ours [95 %], difference`),
      'attacker',
    ],
    measured.map(({ label, requirement, figures: own, attacker }) => [
      label,
      requirement.join(','),
      ...own.map(figureCell),
      typeof attacker === 'string' ? attacker : attacker === null ? '-' : 'unknown',
    ]),
  )
  return [
    ...(measured.length === 0 ? [] : [table]),
    ...missing.map(([label, why]) => `${label}: not run: ${why ?? ''}`),
  ].join('\n')
}

/** `0.7890 -> 0.7906 [0.7671, 0.8136], +0.0016` */
function figureCell({ paper, ours, difference }: ReproducedFigure): string {
  const measured = `${fixed(paper, 4)} -> ${withInterval(ours?.value ?? null, ours?.interval ?? null, 4)}`
  if (difference === null) return measured
  return `${measured}, ${difference.value < 0 ? '' : '+'}${fixed(difference.value, 4)}`
}

function contractRows({ contract }: ReproductionResult): string {
  return renderPlainTable(
    ['system', 'seed', 'hidden', 'NDCG@10 full [95 %]', 'highest AUC [95 %]', 'of', 'checks'],
    contract.flatMap(({ label, seed, rows, failedChecks }) =>
      rows.map(({ requirement, ndcg, worst }) => [
        label,
        seed,
        requirement.join(',') || '(none)',
        withInterval(ndcg.value, ndcg.interval, 4),
        withInterval(worst?.auc ?? null, worst?.interval ?? null, 3),
        worst === null ? '-' : `${worst.attribute}, ${worst.evidence}`,
        failedChecks.length === 0 ? 'passed' : `FAILED ${failedChecks.join(', ')}`,
      ]),
    ),
  )
}
