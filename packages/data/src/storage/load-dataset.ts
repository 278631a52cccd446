import { join } from 'node:path'
import {
  splitByTime,
  userGroups,
  type Dataset,
  type GlobalTimeSplit,
  type ItemProperty,
  type UserAttribute,
  type UserGroup,
} from '@veilrec/core'
import type { DuckDBConnection, DuckDBListValue, DuckDBValue } from '@duckdb/node-api'
import { streamRows } from '../duckdb/stream-rows.js'
import { duckDBMessage, sqlName, sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import {
  contentHash,
  datasetHash,
  globalTimeHash,
  itemPropertiesHash,
  leaveOneOutHash,
  userSplitHash,
} from '../prepare/hash.js'
import type { PreparedData } from '../prepare/prepared-data.js'
import { sharedInt16, sharedInt32, sharedUint8 } from '../prepare/shared-arrays.js'
import { PropertyBuilder } from '../prepare/property-builder.js'
import { globalTimeSplit } from '../prepare/splits.js'
import { lastItemTied } from '../prepare/statistics.js'
import { corruptDataset, datasetCard, type DatasetCard } from './dataset-card.js'
import { datasetFolder } from './dataset-name.js'
import { attributeColumn, datasetFiles, propertyColumn } from './write-dataset.js'

/**
 * Loads a data set into memory; its arrays lie on shared memory.
 *
 * Everything read is hashed again, so that a data set that was changed by hand is refused.
 *
 * @param home the folder that holds `datasets`
 * @throws VeilrecError `DATASET_NOT_FOUND`, `FORMAT_TOO_NEW`, `DATASET_CORRUPT`; `INVALID_ARGUMENT` for a name that
 *   cannot be one
 *
 * @example
 * const dataset = await loadDataset(home, 'ml-1m')
 */
export async function loadDataset(home: string, name: string): Promise<Dataset> {
  const card = await datasetCard(home, name)
  const folder = datasetFolder(home, name)
  const loaded = await withDuckDB(undefined, (connection) => read(connection, folder, card)).catch(
    (error: unknown) => {
      throw corruptDataset(folder, duckDBMessage(error))
    },
  )
  const { userIds, itemIds, itemTitles, itemProperties, attributes, histories, times, userGroup } = loaded
  const globalTime = globalTimeOf(loaded, card)
  const hash = verifiedHash(loaded, globalTime, card)
  if (hash === undefined) throw corruptDataset(folder, 'the files do not have the hash in dataset.json')
  return {
    name: card.name,
    hash,
    numUsers: userIds.length,
    numItems: itemIds.length - 1,
    histories,
    attributes,
    userGroup,
    globalTime,
    lastItemTied: lastItemTied(histories, times),
    userIds,
    itemIds,
    ...(itemTitles === undefined ? {} : { itemTitles }),
    ...(itemProperties === undefined ? {} : { itemProperties }),
  }
}

/** The split by time; format 1 did not store the borders, but they follow from the times. */
function globalTimeOf({ histories, times }: PreparedData, { splits }: DatasetCard): GlobalTimeSplit {
  return splits.globalTime === null
    ? globalTimeSplit(histories, times, times.slice().sort())
    : splitByTime(histories, times, splits.globalTime)
}

/** The hash of the data set, or nothing when any hash on the card is not that of the files. */
function verifiedHash(loaded: Loaded, globalTime: GlobalTimeSplit, card: DatasetCard): string | undefined {
  const { splits } = card
  const content = contentHash(loaded)
  const userSplit = userSplitHash(loaded.userGroup)
  const hash = datasetHash(content, userSplit)
  const agree =
    content === card.contentSha256 &&
    userSplit === splits.userGroups.sha256 &&
    hash === card.sha256 &&
    [null, leaveOneOutHash(loaded.histories)].includes(splits.leaveOneOut.sha256) &&
    [undefined, globalTimeHash(globalTime)].includes(splits.globalTime?.sha256) &&
    [null, itemPropertiesHash(loaded.itemProperties ?? [])].includes(card.itemPropertiesSha256)
  return agree ? hash : undefined
}

type Loaded = PreparedData & { readonly userGroup: Uint8Array }

async function read(
  connection: DuckDBConnection,
  folder: string,
  { counts, attributes, itemProperties, files }: DatasetCard,
): Promise<Loaded> {
  const from = (file: string, columns: readonly string[]): string =>
    `SELECT ${columns.join(', ')} FROM read_parquet(${sqlText(join(folder, file))})`
  const check = (file: string, rows: number, expected: number): void => {
    if (rows !== expected) throw new Error(`${file} holds ${rows} rows instead of ${expected}`)
  }

  const userIds: string[] = []
  const codes = attributes.map(() => sharedInt16(counts.users))
  const userGroup = sharedUint8(counts.users)
  const attributeColumns = attributes.map(({ name }) => sqlName(attributeColumn(name)))
  const userColumns = ['id', '"group"', ...attributeColumns]
  const users = await streamRows(
    connection,
    from(datasetFiles.users, userColumns),
    ([id, group, ...attributeCodes], start, count) => {
      for (let row = 0; row < count; row++) {
        userIds.push(String(id!.getItem(row)))
        userGroup[start + row] = userGroups.indexOf(group!.getItem(row) as UserGroup)
        attributeCodes.forEach((column, a) => (codes[a]![start + row] = Number(column.getItem(row))))
      }
    },
  )
  check(datasetFiles.users, users, counts.users)

  const itemIds: string[] = ['']
  const hasTitles = files[datasetFiles.items]?.['title'] !== undefined
  const itemTitles: string[] = ['']
  const properties = itemProperties.map(({ name }) => new PropertyBuilder(name))
  for (const property of properties) property.add([]) // padding
  const itemColumns = [
    'id',
    hasTitles ? 'title' : 'NULL',
    ...itemProperties.map(({ name }) => sqlName(propertyColumn(name))),
  ]
  const items = await streamRows(
    connection,
    from(datasetFiles.items, itemColumns),
    ([id, title, ...lists], _start, count) => {
      for (let row = 0; row < count; row++) {
        itemIds.push(String(id!.getItem(row)))
        if (hasTitles) itemTitles.push(String(title!.getItem(row)))
        lists.forEach((list, p) => properties[p]!.add(stringsOf(list.getItem(row))))
      }
    },
  )
  check(datasetFiles.items, items, counts.items)

  const offsets = sharedInt32(counts.users + 1)
  const historyItems = sharedInt32(counts.interactions)
  const times = new Float64Array(counts.interactions)
  const interactions = await streamRows(
    connection,
    from(datasetFiles.interactions, ['"user"', 'item', 'CAST("time" AS DOUBLE)']),
    ([user, item, time], start, count) => {
      for (let row = 0; row < count; row++) {
        offsets[Number(user!.getItem(row)) + 1]!++
        historyItems[start + row] = Number(item!.getItem(row))
        times[start + row] = Number(time!.getItem(row))
      }
    },
  )
  check(datasetFiles.interactions, interactions, counts.interactions)
  for (let user = 0; user < counts.users; user++) offsets[user + 1]! += offsets[user]!

  return {
    userIds,
    itemIds,
    ...(hasTitles ? { itemTitles } : {}),
    ...(properties.length === 0
      ? {}
      : { itemProperties: properties.map((property): ItemProperty => property.build()) }),
    attributes: attributes.map(({ name, classes }, a): UserAttribute => ({
      name,
      classes: classes.map((entry) => entry.name),
      codes: codes[a]!,
    })),
    histories: { offsets, items: historyItems },
    times,
    userGroup,
  }
}

/** The elements of a list value. */
function stringsOf(value: DuckDBValue): string[] {
  return (value as DuckDBListValue).items.map(String)
}
