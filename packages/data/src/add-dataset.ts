import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Rng, splitUsers, VeilrecError } from '@veilrec/core'
import { throwIfAborted } from './abort.js'
import { describeDataset, type DatasetContent } from './describe-dataset.js'
import { duckDBMessage } from './duckdb/with-duckdb.js'
import { prepare, type Prepared } from './prepare/prepare.js'
import { globalTimeSplit, splitCandidates } from './prepare/splits.js'
import type { RawData } from './raw-data.js'
import { datasetSources, sourceNames, type SourceName, type SourceOptions } from './sources/registry.js'
import type { ConfiguredSource, ReadRequest } from './sources/dataset-source.js'
import { writeFolderAtomically } from './storage/atomic-folder.js'
import { datasetFormatVersion, type DatasetCard } from './storage/dataset-card.js'
import { datasetFolder, datasetsFolder } from './storage/dataset-name.js'
import { exists } from './storage/exists.js'
import { datasetTables, writeDataset } from './storage/write-dataset.js'
import { veilrecVersion } from './version.js'

/** The stages of {@link addDataset}, in order. */
export const addDatasetStages = ['read', 'filter', 'split', 'write'] as const

/** One of {@link addDatasetStages}. */
export type AddDatasetStage = (typeof addDatasetStages)[number]

/** What {@link addDataset} is asked to do. */
export interface AddDatasetRequest {
  /** Name of the data set, a plain folder name. */
  readonly name: string
  /** Folder of the published files, for sources that read any. */
  readonly from?: string
  /** The folder that holds `datasets`, such as `.veilrec`. */
  readonly home: string
  /** Where the data comes from; the source called like the data set when left out. */
  readonly source?: SourceName
  /** Options of the source; defaults for what is left out. */
  readonly options?: SourceOptions
  /** Whole number from which user split, evaluation candidates and simulated data follow. */
  readonly seed: number
  /** Stops the work; nothing is kept. */
  readonly signal?: AbortSignal
  /** Called when a stage begins. */
  readonly onProgress?: (stage: AddDatasetStage) => void
}

/**
 * Reads, filters, splits and stores a data set under `HOME/datasets/NAME`.
 *
 * The folder appears whole, at the end, or not at all. Equal files, options and seed give an equal hash.
 *
 * @returns the card of the new data set
 * @throws VeilrecError `DATASET_EXISTS`; `INVALID_ARGUMENT` for a name, source, option or seed out of range;
 *   `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW`, `DATA_UNREADABLE`, `DATA_EMPTY`; `DATASET_WRITE_FAILED`; `ABORTED`
 *
 * @example
 * const card = await addDataset({ name: 'ml-1m', from: 'ml-1m', home: '.veilrec', seed: 1 })
 */
export async function addDataset(request: AddDatasetRequest): Promise<DatasetCard> {
  const { name, from, home, seed, signal, onProgress } = request
  const folder = datasetFolder(home, name)
  const source = findSource(request)
  const { options, read } = source.configure(request.options ?? {})
  if (!Number.isSafeInteger(seed)) {
    throw new VeilrecError('INVALID_ARGUMENT', `seed must be a whole number, got ${seed}`, { seed })
  }
  if (await exists(folder)) throw alreadyThere(name)
  const enter = (stage: AddDatasetStage): void => {
    throwIfAborted(signal)
    onProgress?.(stage)
    throwIfAborted(signal)
  }
  const rng = Rng.fromSeed(seed)

  enter('read')
  const { data, dropped, skipped, notes, files } = await readAndFilter(
    read,
    {
      rng: rng.split('source'),
      scratch: join(datasetsFolder(home), `.${name}.scratch-${randomUUID()}`),
      ...(from === undefined ? {} : { from }),
      ...(signal === undefined ? {} : { signal }),
    },
    options,
    () => enter('filter'),
  )
  enter('split')
  const content = splitData(data, rng)
  const card: DatasetCard = {
    formatVersion: datasetFormatVersion,
    veilrecVersion,
    name,
    source: source.name,
    options,
    seed,
    licence: source.licence,
    sourceFiles: files.map((file) => ({ ...file })),
    skipped: { count: skipped.count, examples: [...skipped.examples] },
    notes: [...notes],
    dropped,
    ...describeDataset(content),
  }
  enter('write')
  try {
    await writeFolderAtomically(folder, async (temporary) => {
      await writeDataset(temporary, card, content.tables, signal)
      throwIfAborted(signal)
    })
  } catch (error) {
    if (error instanceof VeilrecError) throw error
    // Somebody else may have added the same name meanwhile; then the rename failed.
    if (await exists(folder)) throw alreadyThere(name)
    throw new VeilrecError(
      'DATASET_WRITE_FAILED',
      `${folder}: ${duckDBMessage(error)}`,
      { folder },
      'check free space and permissions of the folder',
    )
  }
  return card
}

/** Reads and filters, so that what was read is garbage before anything else takes memory. */
async function readAndFilter(
  read: ConfiguredSource['read'],
  request: ReadRequest,
  options: ConfiguredSource['options'],
  beforeFilter: () => void,
): Promise<Prepared & Required<Pick<RawData, 'skipped' | 'notes' | 'files'>>> {
  let raw: RawData
  try {
    raw = await read(request)
  } finally {
    if (await exists(request.scratch)) await rm(request.scratch, { recursive: true, force: true })
  }
  beforeFilter()
  const { skipped = { count: 0, examples: [] }, notes = [], files = [] } = raw
  return { ...prepare(raw, options), skipped, notes, files }
}

/** Splits the users, the interactions by time, and draws the candidates; everything from streams of its own. */
function splitData(data: Prepared['data'], rng: Rng): DatasetContent {
  const { attributes, histories, times, userIds, itemIds } = data
  const sortedTimes = times.slice().sort()
  const userGroup = splitUsers(attributes, userIds.length, rng.split('user groups'))
  const candidates = splitCandidates(histories, itemIds.length - 1, rng.split('candidates'))
  return {
    data,
    sortedTimes,
    userGroup,
    globalTime: globalTimeSplit(histories, times, sortedTimes),
    candidates,
    tables: datasetTables(data, userGroup, candidates),
  }
}

function findSource({ name, source }: AddDatasetRequest): (typeof datasetSources)[SourceName] {
  const wanted = source ?? name
  const found = sourceNames.find((candidate) => candidate === wanted)
  if (found !== undefined) return datasetSources[found]
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `"${wanted}" is not a data source`,
    { source: wanted, sources: sourceNames },
    `name one of the sources ${sourceNames.join(', ')}`,
  )
}

function alreadyThere(name: string): VeilrecError {
  return new VeilrecError(
    'DATASET_EXISTS',
    `there is a data set "${name}" already`,
    { name },
    'choose another name, or remove that data set first',
  )
}
