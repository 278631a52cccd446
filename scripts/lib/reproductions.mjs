// The tables of papers that can be reproduced, from built code, and what came of them, from committed files that only
// `veilrec reproduce` writes. Nothing here measures or judges.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { formatDuration } from '@veilrec/core'
import { listReproductions, paperTables, reproductionFormatVersion, reproductionMarkdown } from '@veilrec/lab'

import { root } from './process.mjs'

const folder = join(root, 'bench', 'reproductions')

/**
 * Every table with its cells, how long they are estimated to take, and how long they took where that is known.
 *
 * @param resultOf what is committed of a table; null where nothing is.
 */
export function reproductionsTable(listed = listReproductions(), resultOf = committed) {
  const rows = listed.map(({ paper, table, title, cells, minutes, notRun }) => {
    const time = cells.length === 0 ? '-' : `${(minutes / 60).toFixed(1)} h`
    const left =
      notRun.length === 0
        ? ''
        : `; ${notRun.length} rows not run: ${[...new Set(notRun.map(({ why }) => why))].join(', ')}`
    return `| \`${paper} ${table}\` | ${title}${left} | ${cells.length} | ${time} | ${timeTaken(resultOf(paper, table))} |`
  })
  return ['| table | what | cells | about | took |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

/**
 * AFRL's main table in short, for recommenders that we set ourselves bars on: every method with the mean over the requirements, and
 * the verdicts.
 *
 * @param result as `reproduce` wrote it; null where it did not.
 */
export function reproductionHeadline(
  result = committed('afrl', 'table-2'),
  { paper = 'afrl', table = 'table-2', models = ['pmf', 'sasrec'] } = {},
) {
  if (result === null) return notRunYet(paper, table)
  const modelOf = new Map(result.systems.map(({ row, base }) => [row, base.model]))
  const isShown = (row) => models.includes(modelOf.get(row))
  const shown = result.rows.filter(({ row }) => isShown(row))
  const rows = [...new Set(shown.map(({ row }) => row))].map((id) => shown.filter(({ row }) => row === id))
  const claims = result.claims.filter(({ tests }) => tests.some(({ row }) => isShown(row)))
  const seeds = `${result.seeds} ${result.seeds === 1 ? 'seed' : 'seeds'}`
  return [
    markdownTable(
      ['system', 'AUC, paper', 'ours', 'of probabilities', 'NDCG@10, paper', 'ours', 'attacker'],
      rows.map((own) => [
        own[0].label,
        meanOf(own, 'auc', paperFigure),
        meanOf(own, 'auc', oursFigure),
        meanOf(own, 'probabilityAuc', oursFigure),
        meanOf(own, 'ndcg@10', paperFigure),
        meanOf(own, 'ndcg@10', oursFigure),
        attackerOf(own),
      ]),
    ),
    `Means over ${rows[0]?.length ?? 0} requirements, ${seeds}, by the paper's protocol. AUC is that of hidden attributes from 0/1 predictions, ` +
      `where there are two classes, as the paper has it; 0.5 is guessing. Measured by \`${result.command}\`.`,
    markdownTable(
      ['what is said', 'where', 'verdict'],
      claims.map(({ text, source, verdict }) => [text, source, verdict]),
    ),
  ].join('\n\n')
}

/**
 * Every table that has been reproduced with all of its figures, and the names of those that have not.
 *
 * @param results as `reproduce` wrote them, in the order of the papers; null for a table that has none.
 */
export function reproducedTables(
  tables = paperTables.map(({ paper, name }) => ({ paper, table: name, result: committed(paper, name) })),
) {
  const missing = tables.filter(({ result }) => result === null)
  return [
    ...tables
      .filter(({ result }) => result !== null)
      .map(({ result }) => reproductionMarkdown(result, { level: 2, pictures: '../bench/reproductions/' })),
    ...(missing.length === 0 ? [] : ['## Not run yet']),
    ...missing.map(({ paper, table }) => notRunYet(paper, table)),
  ].join('\n\n')
}

/** The committed result of a table; null where there is none. */
function committed(paper, table) {
  const path = join(folder, `${paper}-${table}.json`)
  if (!existsSync(path)) return null
  const result = JSON.parse(readFileSync(path, 'utf8'))
  if (result.formatVersion === reproductionFormatVersion) return result
  throw new Error(`${path} is of another version; write it again with \`${result.command}\``)
}

function notRunYet(paper, table) {
  return `\`${paper} ${table}\` has not been run yet; \`veilrec reproduce ${paper} ${table} --out bench/reproductions\` does.`
}

/** Of what was measured, every base counted once. */
function timeTaken(result) {
  const done = (result?.cells ?? []).filter(({ state }) => state.kind === 'measured')
  if (done.length === 0) return '-'
  const bare = result.systems.filter(({ veil }) => veil === null).map(({ row }) => `paper/${row}/`)
  const seconds = done.flatMap(({ id, training, seconds: attacks }) => [
    bare.some((beginning) => id.startsWith(beginning)) ? (training.base?.seconds ?? null) : 0,
    ...training.veil.map((one) => one.seconds),
    attacks,
  ])
  const sum = formatDuration(seconds.reduce((total, one) => total + (one ?? 0), 0))
  const isWhole = !seconds.includes(null)
  return `${isWhole ? '' : 'at least '}${sum}, ${done.length} of ${result.cells.length} cells`
}

const paperFigure = ({ paper }) => paper
const oursFigure = ({ ours }) => ours?.value ?? null

/** The mean of a figure over the requirements of a row; only where all of them have it. */
function meanOf(rows, metric, pick) {
  if (pick === oursFigure && rows.every(({ notRun }) => notRun !== undefined)) return 'not run'
  const values = rows.map(({ figures }) => pick(figures.find((one) => one.metric === metric)))
  if (values.includes(null)) return '-'
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4)
}

function attackerOf(rows) {
  if (rows.every(({ attacker }) => attacker === null)) return '-'
  const weak = rows.filter(({ attacker }) => attacker !== 'strong enough').length
  return weak === 0 ? 'strong enough' : `not strong enough under ${weak} of ${rows.length}`
}

function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
