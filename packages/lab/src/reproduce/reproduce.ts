import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { closest, VeilrecError, type ProgressSink } from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'

import { standaloneSvg } from '../report/figure.js'
import { cellsOf, chosenCells } from './cells.js'
import type { RunTable } from './measure-paper-cell.js'
import type { PaperTable } from './paper-table.js'
import { paperTables } from './paper-tables.js'
import { reproductionPictures } from './reproduction-figure.js'
import { reproductionMarkdown } from './reproduction-markdown.js'
import type { ReproductionResult } from './reproduction-result.js'
import { ReproductionStore } from './reproduction-store.js'
import { runCells } from './run-cells.js'
import { summarizeTable } from './summarize-table.js'

/** What {@link reproduce} is asked to do. */
export interface ReproduceRequest {
  readonly home: string
  /** Name of a paper, such as `afrl`. */
  readonly paper: string
  /** Name of one of its tables or figures; all when left out. */
  readonly table?: string
  /** Texts separated by commas: only cells with one of them in their name are made. */
  readonly cells?: string
  /** Seeds 1 to this of every system, default 1. */
  readonly seeds?: number
  /** Folder of the published data files; needed until they have been read once. */
  readonly from?: string
  /** Where `PAPER-TABLE.json`, `PAPER-TABLE.md` and `PAPER-TABLE-1.svg` and so on are written; `reproductions/tables` in the home by default. */
  readonly out?: string
  /** Of the engine and of audits; all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
  /** Tables to choose from; {@link paperTables} by default. */
  readonly tables?: readonly PaperTable[]
}

/** A reproduced table and where it was written. */
export interface Reproduction {
  readonly result: ReproductionResult
  readonly files: {
    readonly json: string
    readonly markdown: string
    /** A picture of each figure that has points. */
    readonly pictures: readonly string[]
  }
}

/**
 * Reproduces tables of a paper cell by cell: makes what is missing, and writes for each table what the paper prints, what was measured,
 * the difference and a verdict on each headline, as JSON and Markdown; beside it the same systems under evaluation.md.
 *
 * Cells are stored under names that follow from everything they depend on, so that the same request after an interruption or a crash
 * goes on where it was, and a changed setting makes a cell anew. A cell that fails is reported, and the others are made.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown paper or table, a filter that fits no cell, or a number of seeds below 1;
 * `DATA_FILES_MISSING` without the published files; `FILE_UNWRITABLE`; `ABORTED`.
 * @example
 * await reproduce({ home, paper: 'afrl', table: 'table-2', cells: 'paper/pmf', from: 'ml-1m' })
 */
export async function reproduce(request: ReproduceRequest): Promise<readonly Reproduction[]> {
  const { home, seeds = 1, cells: filter, out = join(home, 'reproductions', 'tables'), ...rest } = request
  if (!Number.isSafeInteger(seeds) || seeds < 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `seeds must be a whole number of at least 1, got ${seeds}`, {
      seeds,
    })
  }
  const tables = tablesNamed(request)
  const every = tables.flatMap((table) => cellsOf(table, seeds))
  // A filter has to fit somewhere, not in each table.
  const chosen = chosenCells(every, filter)
  const { from, threads, signal, onProgress } = rest
  const around = {
    home,
    ...(from === undefined ? {} : { from }),
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  }
  const store = new ReproductionStore(around)
  const reproductions: Reproduction[] = []
  for (const table of tables) {
    const cells = cellsOf(table, seeds)
    const names = new Set(chosen.map(({ id }) => id))
    const run = hasData(table)
      ? await runCells(table, { cells, chosen: cells.filter(({ id }) => names.has(id)) }, store, around)
      : { measured: new Map<string, never>(), reports: [] }
    const dataset = hasData(table) ? await store.dataset(table.data) : null
    const result = summarizeTable(table, cells, run, dataset, seeds)
    reproductions.push({ result, files: await write(out, result) })
  }
  return reproductions
}

function hasData(table: PaperTable): table is RunTable {
  return table.data !== undefined && table.rows.some(({ notRun }) => notRun === undefined)
}

async function write(folder: string, result: ReproductionResult): Promise<Reproduction['files']> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${result.paper}-${result.table}`)
  const pictures = reproductionPictures(result)
  const files = {
    json: `${path}.json`,
    markdown: `${path}.md`,
    pictures: pictures.map(({ id }) => join(folder, `${id}.svg`)),
  }
  await writeFileAtomic(files.json, `${JSON.stringify(result, null, 2)}\n`)
  await writeFileAtomic(files.markdown, `${reproductionMarkdown(result)}\n`)
  for (const [i, picture] of pictures.entries()) {
    await writeFileAtomic(files.pictures[i]!, standaloneSvg(picture))
  }
  return files
}

/**
 * The tables that a request is about.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` naming what there is.
 */
function tablesNamed({ paper, table, tables = paperTables }: ReproduceRequest): readonly PaperTable[] {
  const ofPaper = tables.filter((one) => one.paper === paper)
  if (ofPaper.length === 0) throw unknown('paper', paper, [...new Set(tables.map((one) => one.paper))])
  if (table === undefined) return ofPaper
  const found = ofPaper.filter(({ name }) => name === table)
  if (found.length > 0) return found
  throw unknown(
    'table',
    table,
    ofPaper.map(({ name }) => name),
  )
}

function unknown(what: string, name: string, known: readonly string[]): VeilrecError {
  const meant = closest(name, known)
  return new VeilrecError(
    'INVALID_ARGUMENT',
    `there is no ${what} "${name}" to reproduce`,
    { name, known },
    `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${known.join(', ')}.`,
  )
}
