import { userGroupProportions, userGroups, type GlobalTimeSplit, type UserGroup } from '@veilrec/core'
import {
  candidatesHash,
  contentHash,
  datasetHash,
  globalTimeHash,
  itemPropertiesHash,
  leaveOneOutHash,
  userSplitHash,
} from './prepare/hash.js'
import type { PreparedData } from './prepare/prepared-data.js'
import { candidatesPerUser, globalTimeSizes, leaveOneOutSizes, type Candidates } from './prepare/splits.js'
import { datasetStatistics } from './prepare/statistics.js'
import type { DatasetCard } from './storage/dataset-card.js'
import type { datasetTables } from './storage/write-dataset.js'

/** Everything that is stored of a data set. */
export interface DatasetContent {
  readonly data: PreparedData
  /** `[numInteractions]`, all times in ascending order. */
  readonly sortedTimes: Float64Array
  readonly userGroup: Uint8Array
  readonly globalTime: GlobalTimeSplit
  readonly candidates: Candidates
  readonly tables: ReturnType<typeof datasetTables>
}

/** The part of a card that follows from the data. */
export type DatasetDescription = Pick<
  DatasetCard,
  | 'counts'
  | 'attributes'
  | 'itemProperties'
  | 'statistics'
  | 'splits'
  | 'candidates'
  | 'files'
  | 'contentSha256'
  | 'itemPropertiesSha256'
  | 'sha256'
>

/** Counts, measures and hashes what is going to be stored. */
export function describeDataset(content: DatasetContent): DatasetDescription {
  const { data, sortedTimes, userGroup, globalTime, candidates, tables } = content
  const { histories, itemProperties = [] } = data
  const numItems = data.itemIds.length - 1
  const contentSha256 = contentHash(data)
  const splitSha256 = userSplitHash(userGroup)
  const groupSizes = userGroups.map((group, index) => [group, countOf(userGroup, index)] as const)
  return {
    counts: { users: data.userIds.length, items: numItems, interactions: data.times.length },
    attributes: data.attributes.map(({ name, classes, codes }) => ({
      name,
      classes: classes.map((className, code) => ({ name: className, users: countOf(codes, code) })),
      missing: countOf(codes, -1),
    })),
    itemProperties: itemProperties.map(({ name, values, offsets }) => ({
      name,
      values: values.length,
      missing: shortRows(offsets, 1) - 1, // padding has no value, but is no item
    })),
    statistics: datasetStatistics(histories, data.times, sortedTimes, numItems),
    splits: {
      leaveOneOut: {
        description:
          "A user's last interaction is the test target, the last but one the validation target, the rest is for " +
          'training; equal times are in source row order.',
        sizes: leaveOneOutSizes(histories.offsets),
        sha256: leaveOneOutHash(histories),
      },
      globalTime: {
        description:
          'Training comes before validationFrom, validation before testFrom, test from there on; 80 and 90 % of all ' +
          'interactions come before these times, and equal times go the same way.',
        validationFrom: globalTime.validationFrom,
        testFrom: globalTime.testFrom,
        sizes: globalTimeSizes(histories.offsets, globalTime),
        sha256: globalTimeHash(globalTime),
      },
      userGroups: {
        description: 'Iterative stratification over all attributes (Sechidis et al., 2011), from the seed.',
        proportions: userGroupProportions,
        users: Object.fromEntries(groupSizes) as Record<UserGroup, number>,
        sha256: splitSha256,
      },
    },
    candidates: {
      description:
        "For each user's validation and test target under leave-one-out: items drawn uniformly, without replacement, " +
        "from the catalogue without the user's whole history, in the order of drawing, from the seed.",
      perUser: candidatesPerUser,
      usersWithFewer: shortRows(candidates.test.offsets, candidatesPerUser),
      sha256: candidatesHash(candidates),
    },
    files: Object.fromEntries(
      tables.map(({ file, columns }) => [
        file,
        Object.fromEntries(columns.map(({ name, type, storedAs }) => [name, storedAs ?? type])),
      ]),
    ),
    contentSha256,
    itemPropertiesSha256: itemProperties.length === 0 ? null : itemPropertiesHash(itemProperties),
    sha256: datasetHash(contentSha256, splitSha256),
  }
}

function countOf(values: Iterable<number>, value: number): number {
  let count = 0
  for (const candidate of values) if (candidate === value) count++
  return count
}

/** Rows with fewer than `length` entries. */
function shortRows(offsets: Int32Array, length: number): number {
  let count = 0
  for (let row = 0; row + 1 < offsets.length; row++) if (offsets[row + 1]! - offsets[row]! < length) count++
  return count
}
