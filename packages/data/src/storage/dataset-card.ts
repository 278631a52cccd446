import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userGroups, VeilrecError, type UserGroup } from '@veilrec/core'
import { z } from 'zod'
import { datasetFolder } from './dataset-name.js'

/** Version of the dataset folder this code writes, and the newest it reads; it reads the one before, too. */
export const datasetFormatVersion = 2

const count = z.int().min(0)
const share = z.number().min(0).max(1)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const perGroup = <T extends z.ZodType>(value: T): z.ZodObject<Record<UserGroup, T>> =>
  z.strictObject(Object.fromEntries(userGroups.map((group) => [group, value])) as Record<UserGroup, T>)
const partSize = z.strictObject({ users: count, interactions: count })
const splitSizes = z.strictObject({ train: partSize, validation: partSize, test: partSize })

/** What `dataset.json` holds: everything about a data set but the data, which is also what its card prints. */
export const datasetCardSchema = z.strictObject({
  /** Of a card that was read: the format of its folder. Format 1 lacks what is `null` or empty below. */
  formatVersion: z.int().min(1).max(datasetFormatVersion),
  /** Version of Veilrec that made it. */
  veilrecVersion: z.string(),
  name: z.string(),
  source: z.string(),
  /** Every option the data depends on, defaults included. */
  options: z.record(z.string(), z.unknown()),
  /** Seed of the user split, of the evaluation candidates and of simulated data. */
  seed: z.int(),
  licence: z.strictObject({ notice: z.string(), page: z.string().optional() }),
  /** The files that were read; none for simulated data and in format 1. */
  sourceFiles: z.array(
    z.strictObject({
      name: z.string(),
      sha256,
      /** Whether the publisher gives out these very bytes; `null` where the publisher's are not known. */
      asPublished: z.boolean().nullable(),
    }),
  ),
  /** Malformed rows that were left out on request. */
  skipped: z.strictObject({
    count,
    /** The first few, as `file:line: what is wrong`. */
    examples: z.array(z.string()),
  }),
  /** What the user should know about how the files were read, a sentence each. */
  notes: z.array(z.string()),
  /** Interactions that each filter dropped, in the order of the filters; `null` in format 1. */
  dropped: z
    .strictObject({ minRating: count, minInteractions: count, kCore: count, maxHistory: count })
    .nullable(),
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
  itemProperties: z.array(
    z.strictObject({
      name: z.string(),
      /** Different values. */
      values: count,
      /** Items without a value. */
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
    leaveOneOut: z.strictObject({
      description: z.string(),
      /** `null` in format 1. */
      sizes: splitSizes.nullable(),
      /** Over every user's targets; `null` in format 1. */
      sha256: sha256.nullable(),
    }),
    /** `null` in format 1, where the same borders follow from the times. */
    globalTime: z
      .strictObject({
        description: z.string(),
        /** Seconds since 1970. */
        validationFrom: z.number(),
        testFrom: z.number(),
        sizes: splitSizes,
        sha256,
      })
      .nullable(),
    userGroups: z.strictObject({
      description: z.string(),
      proportions: perGroup(share),
      users: perGroup(count),
      sha256,
    }),
  }),
  /** `null` in format 1, which stored none. */
  candidates: z
    .strictObject({
      description: z.string(),
      perUser: count,
      /** Users who know so much of the catalogue that they have fewer. */
      usersWithFewer: count,
      sha256,
    })
    .nullable(),
  /** Columns of each file and their Parquet types. */
  files: z.record(z.string(), z.record(z.string(), z.string())),
  /** Over the content, see `contentHash`. */
  contentSha256: sha256,
  /** Over the item properties, which are no part of `sha256`; `null` without any. */
  itemPropertiesSha256: sha256.nullable(),
  /** Over content and user split: `Dataset.hash`. */
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
    if (code !== 'ENOENT') throw corruptDataset(path, message)
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
    throw corruptDataset(path, (error as Error).message)
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
  const parsed = datasetCardSchema.safeParse(formatVersion === 1 ? fromFormat1(card) : card)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw corruptDataset(path, `${issue?.path.join('.')}: ${issue?.message}`)
}

/** A card of format 1 in the shape of today, with nothing where format 1 says nothing; no card at all stays what it is. */
function fromFormat1(card: unknown): unknown {
  const parsed = format1Schema.safeParse(card)
  if (!parsed.success) return card
  const { splits, ...rest } = parsed.data
  return {
    ...rest,
    sourceFiles: [],
    skipped: { count: 0, examples: [] },
    notes: [],
    dropped: null,
    itemProperties: [],
    splits: {
      ...splits,
      leaveOneOut: { ...splits.leaveOneOut, sizes: null, sha256: null },
      globalTime: null,
    },
    candidates: null,
    itemPropertiesSha256: null,
  }
}

const format1Schema = z.looseObject({
  splits: z.looseObject({ leaveOneOut: z.looseObject({}) }),
})

const versionSchema = z.looseObject({
  formatVersion: z.number().optional(),
  veilrecVersion: z.string().optional(),
})

/** The error for a file or folder of a data set that is not what was stored. */
export function corruptDataset(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'DATASET_CORRUPT',
    `${path}: ${reason}`,
    { path },
    'remove the data set and add it again',
  )
}
