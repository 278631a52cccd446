import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { VeilrecError, type ProgressSink } from '@veilrec/core'
import { datasetCard } from '@veilrec/data'
import { writeFileAtomic } from '@veilrec/runtime'

import type { ReportedDataset } from './chapters.js'
import { standaloneSvg, type Figure } from './figure.js'
import { renderPng } from './png.js'
import { reportDocument, type ReportFinding } from './report-document.js'
import { readSources, type ReportSource } from './report-sources.js'

/** What {@link report} needs. */
export interface ReportRequest {
  readonly home: string
  /** Runs by name, beginning of a name, folder or `latest`, and files of audits, whose names end in `.json`; at least one. */
  readonly subjects: readonly string[]
  /** The file to write, whose folder must be there; `report.html` in the folder of the first run when left out. */
  readonly out?: string
  /** A folder for every figure as SVG and PNG; made if need be. */
  readonly figures?: string
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** What {@link report} wrote. */
export interface ReportResult {
  readonly file: string
  readonly bytes: number
  /** What stands at the top of the page: one sentence for each chapter that found something. */
  readonly findings: readonly ReportFinding[]
  /** Files of figures, SVG before PNG, in the order of the page; none unless they were asked for. */
  readonly figures: readonly string[]
  /** Runs that have no audit, whose chapters therefore lack most of a report. */
  readonly unaudited: readonly string[]
}

/**
 * Writes one self-contained HTML file about runs and their audits: what was found in a sentence, score card, accuracy against
 * leakage, leakage by attribute, group gaps, training, data card and threats to validity, a table under every figure.
 *
 * Audits stand in one table only if data, training of the recommender and way of attacking are the same; otherwise each has a
 * chapter of its own. The whole audit of a run is taken, the quick one, marked as such, where there is no other. The page
 * loads and executes nothing. Equal inputs give equal bytes, PNG files of machines with other fonts excepted.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` without a subject; `RUN_NOT_FOUND`, `RUN_UNFINISHED`, `RUN_CORRUPT`; `AUDIT_UNREADABLE`,
 * `FORMAT_TOO_NEW`, `FILE_UNREADABLE` for an audit; `FILE_UNWRITABLE`; `FONT_MISSING`, `PLATFORM_UNSUPPORTED` for PNG files;
 * `ABORTED`.
 * @example
 * await report({ home, subjects: ['films'], out: 'report.html', figures: 'figures' })
 */
export async function report(request: ReportRequest): Promise<ReportResult> {
  const { home, subjects, figures: folder, signal, onProgress } = request
  if (subjects.length === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'there is nothing to report on',
      {},
      'Name a run, such as "latest".',
    )
  }
  onProgress?.({ stage: 'read', done: 0, total: 1 })
  const sources = await readSources(home, subjects)
  const out = request.out ?? defaultFile(sources)
  const { html, figures, findings } = reportDocument(sources, await readDatasets(home, sources))
  stopIfAsked(signal)
  const written = folder === undefined ? [] : await writeFigures(folder, figures, signal, onProgress)
  await writeFileAtomic(out, html)
  return {
    file: out,
    bytes: Buffer.byteLength(html),
    findings,
    figures: written,
    unaudited: sources.flatMap(({ run, stored }) => (run !== null && stored === null ? [run.name] : [])),
  }
}

function defaultFile(sources: readonly ReportSource[]): string {
  const run = sources.find((source) => source.run !== null)?.run
  if (run !== undefined && run !== null) return join(run.folder, 'report.html')
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    'a report about files of audits alone needs the name of a file to write',
    {},
    'Add "--out report.html".',
  )
}

async function readDatasets(home: string, sources: readonly ReportSource[]): Promise<ReportedDataset[]> {
  const wanted = new Map(
    sources.map(({ run, stored }) => {
      const dataset = stored?.audit.dataset ?? run!.manifest.dataset
      return [dataset.hash, dataset]
    }),
  )
  return Promise.all(Array.from(wanted.values(), (dataset) => readDataset(home, dataset)))
}

/** A report can be made where the data no longer is; only its card is missing then. */
async function readDataset(
  home: string,
  { name, hash }: { readonly name: string; readonly hash: string },
): Promise<ReportedDataset> {
  try {
    const card = await datasetCard(home, name)
    if (card.sha256 === hash) return { name, hash, card, reason: '' }
    return {
      name,
      hash,
      card: null,
      reason: `The data set that is called ${name} here is not the one the figures are of.`,
    }
  } catch (error) {
    if (!(error instanceof VeilrecError)) throw error
    // Messages name folders of this machine, which have no place in a report.
    const reason =
      error.code === 'DATASET_NOT_FOUND'
        ? `There is no data set ${name} here any more, and so no card of it.`
        : `The card of the data set ${name} cannot be read (${error.code}).`
    return { name, hash, card: null, reason }
  }
}

async function writeFigures(
  folder: string,
  figures: readonly Figure[],
  signal: AbortSignal | undefined,
  onProgress: ProgressSink | undefined,
): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new VeilrecError('FILE_UNWRITABLE', `${folder}: ${(error as Error).message}`, { path: folder })
  }
  const written: string[] = []
  for (const [i, figure] of figures.entries()) {
    stopIfAsked(signal)
    onProgress?.({ stage: 'draw', done: i, total: figures.length })
    const svg = standaloneSvg(figure)
    const [svgFile, pngFile] = [join(folder, `${figure.id}.svg`), join(folder, `${figure.id}.png`)]
    await writeFileAtomic(svgFile, svg)
    await writeFileAtomic(pngFile, await renderPng(svg))
    written.push(svgFile, pngFile)
  }
  return written
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw new VeilrecError('ABORTED', 'stopped on request; no report was written')
}
