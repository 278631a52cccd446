import { access } from 'node:fs/promises'
import {
  Rng,
  splitUsers,
  userGroupProportions,
  userGroups,
  VeilrecError,
  type UserGroup,
} from '@veilrec/core'
import { throwIfAborted } from './abort.js'
import { duckDBMessage } from './duckdb/with-duckdb.js'
import { contentHash, datasetHash, userSplitHash } from './prepare/hash.js'
import { prepare } from './prepare/prepare.js'
import type { PreparedData } from './prepare/prepared-data.js'
import { datasetStatistics } from './prepare/statistics.js'
import type { SimulatorOptionsInput } from './simulator/options.js'
import type { Movielens1mOptions } from './sources/movielens-1m.js'
import { datasetSources, sourceNames, type SourceName } from './sources/registry.js'
import { writeFolderAtomically } from './storage/atomic-folder.js'
import { datasetFormatVersion, type DatasetCard } from './storage/dataset-card.js'
import { datasetFolder } from './storage/dataset-name.js'
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
  readonly options?: Movielens1mOptions | SimulatorOptionsInput
  /** Whole number from which user split and simulated data follow. */
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
  const raw = await read({
    rng: rng.split('source'),
    ...(from === undefined ? {} : { from }),
    ...(signal === undefined ? {} : { signal }),
  })
  enter('filter')
  const data = prepare(raw, options)
  enter('split')
  const userGroup = splitUsers(data.attributes, data.userIds.length, rng.split('user groups'))
  const card: DatasetCard = {
    formatVersion: datasetFormatVersion,
    veilrecVersion,
    name,
    source: source.name,
    options,
    seed,
    licence: source.licence,
    ...describe(data, userGroup),
  }
  enter('write')
  try {
    await writeFolderAtomically(folder, async (temporary) => {
      await writeDataset(temporary, card, data, userGroup, signal)
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

/** The part of the card that follows from data and split. */
function describe(
  data: PreparedData,
  userGroup: Uint8Array,
): Pick<
  DatasetCard,
  'counts' | 'attributes' | 'statistics' | 'splits' | 'files' | 'contentSha256' | 'sha256'
> {
  const numItems = data.itemIds.length - 1
  const contentSha256 = contentHash(data)
  const splitSha256 = userSplitHash(userGroup)
  const countOf = (values: Iterable<number>, value: number): number => {
    let count = 0
    for (const candidate of values) if (candidate === value) count++
    return count
  }
  const sizes = userGroups.map((group, index) => [group, countOf(userGroup, index)] as const)
  return {
    counts: { users: data.userIds.length, items: numItems, interactions: data.times.length },
    attributes: data.attributes.map(({ name, classes, codes }) => ({
      name,
      classes: classes.map((className, code) => ({ name: className, users: countOf(codes, code) })),
      missing: countOf(codes, -1),
    })),
    statistics: datasetStatistics(data.histories, data.times, numItems),
    splits: {
      leaveOneOut: {
        description:
          "A user's last interaction is the test target, the last but one the validation target, the rest is for " +
          'training; equal times are in source row order.',
      },
      userGroups: {
        description: 'Iterative stratification over all attributes (Sechidis et al., 2011), from the seed.',
        proportions: userGroupProportions,
        users: Object.fromEntries(sizes) as Record<UserGroup, number>,
        sha256: splitSha256,
      },
    },
    files: Object.fromEntries(
      datasetTables(data, userGroup).map(({ file, columns }) => [
        file,
        Object.fromEntries(columns.map(({ name, type, storedAs }) => [name, storedAs ?? type])),
      ]),
    ),
    contentSha256,
    sha256: datasetHash(contentSha256, splitSha256),
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
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
