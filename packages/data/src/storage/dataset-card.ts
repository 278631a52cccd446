import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userGroups, VeilrecError, type UserGroup } from '@veilrec/core'
import { z } from 'zod'
import { datasetFolder } from './dataset-name.js'

/** Version of the dataset folder this code writes, and the newest it reads. */
export const datasetFormatVersion = 1

const count = z.int().min(0)
const share = z.number().min(0).max(1)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const perGroup = <T extends z.ZodType>(value: T): z.ZodObject<Record<UserGroup, T>> =>
  z.strictObject(Object.fromEntries(userGroups.map((group) => [group, value])) as Record<UserGroup, T>)

/** What `dataset.json` holds: everything about a data set but the data, which is also what its card prints. */
export const datasetCardSchema = z.strictObject({
  formatVersion: z.literal(datasetFormatVersion),
  /** Version of Veilrec that made it. */
  veilrecVersion: z.string(),
  name: z.string(),
  source: z.string(),
  /** Every option the data depends on, defaults included. */
  options: z.record(z.string(), z.unknown()),
  /** Seed of the user split and of simulated data. */
  seed: z.int(),
  licence: z.strictObject({ notice: z.string(), page: z.string().optional() }),
  counts: z.strictObject({ users: count, items: count, interactions: count }),
  attributes: z.array(
    z.strictObject({
      name: z.string(),
      /** In the order of the codes. */
      classes: z.array(z.strictObject({ name: z.string(), users: count })),
      /** Users without a value. */
      missing: count,
    }),
  ),
  statistics: z.strictObject({
    density: share,
    historyLength: z.strictObject({
      min: count,
      q05: count,
      q25: count,
      median: count,
      q75: count,
      q95: count,
      max: count,
    }),
    tieRate: share,
    lastItemTiedShare: share,
    trainingNewerThanTarget: share.nullable(),
  }),
  splits: z.strictObject({
    leaveOneOut: z.strictObject({ description: z.string() }),
    userGroups: z.strictObject({
      description: z.string(),
      proportions: perGroup(share),
      users: perGroup(count),
      sha256,
    }),
  }),
  /** Columns of each file and their Parquet types. */
  files: z.record(z.string(), z.record(z.string(), z.string())),
  /** Over the content, see `contentHash`. */
  contentSha256: sha256,
  /** Over content and splits: `Dataset.hash`. */
  sha256,
})

/** A data set's description, its counts, hashes, splits and licence. */
export type DatasetCard = z.output<typeof datasetCardSchema>

/**
 * Reads the card of a data set.
 *
 * @throws VeilrecError `DATASET_NOT_FOUND`; `FORMAT_TOO_NEW` when a newer Veilrec made it; `DATASET_CORRUPT` when it is
 *   not a card; `INVALID_ARGUMENT` for a name that cannot be one
 */
export async function datasetCard(home: string, name: string): Promise<DatasetCard> {
  const path = join(datasetFolder(home, name), 'dataset.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw corrupt(path, message)
    throw new VeilrecError(
      'DATASET_NOT_FOUND',
      `there is no data set "${name}" in ${home}`,
      { name, home },
      'list the data sets there are, or add this one first',
    )
  }
  let card: unknown
  try {
    card = JSON.parse(text)
  } catch (error) {
    throw corrupt(path, (error as Error).message)
  }
  const { formatVersion, veilrecVersion } = versionSchema.catch({}).parse(card)
  if (formatVersion !== undefined && formatVersion > datasetFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path}: made by veilrec ${veilrecVersion ?? '(unknown)'}, format ${formatVersion}; this one reads format ${datasetFormatVersion}`,
      { path, formatVersion, supported: datasetFormatVersion },
      'upgrade veilrec',
    )
  }
  const parsed = datasetCardSchema.safeParse(card)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw corrupt(path, `${issue?.path.join('.')}: ${issue?.message}`)
}

const versionSchema = z.looseObject({
  formatVersion: z.number().optional(),
  veilrecVersion: z.string().optional(),
})

function corrupt(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'DATASET_CORRUPT',
    `${path}: ${reason}`,
    { path },
    'remove the data set and add it again',
  )
}
