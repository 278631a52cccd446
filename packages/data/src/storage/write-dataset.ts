import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userGroups } from '@veilrec/core'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { writeParquet, type Column } from '../duckdb/write-parquet.js'
import type { PreparedData } from '../prepare/prepared-data.js'
import { lastItemTied } from '../prepare/statistics.js'
import type { DatasetCard } from './dataset-card.js'

/** Files of a dataset folder beside `dataset.json`. */
export const datasetFiles = {
  interactions: 'interactions.parquet',
  users: 'users.parquet',
  items: 'items.parquet',
} as const

/** Column of `users.parquet` that holds an attribute's codes. */
export function attributeColumn(name: string): string {
  return `attribute_${name}`
}

/**
 * The tables of a data set.
 *
 * - interactions: `user` (index), `item` (index from 1), `time` (seconds since 1970); rows by user, oldest first
 * - users: `user`, `id` (original), `attribute_NAME` (code, -1 missing), `group`, `last_item_tied`
 * - items: `item`, `id` (original), `title` where the data has titles
 */
export function datasetTables(
  data: PreparedData,
  userGroup: Uint8Array,
): { file: string; columns: Column[]; numRows: number }[] {
  const { histories, times, userIds, itemIds, itemTitles, attributes } = data
  const userOf = new Int32Array(times.length)
  userIds.forEach((_, user) => userOf.fill(user, histories.offsets[user], histories.offsets[user + 1]))
  const tied = lastItemTied(histories, times)
  return [
    {
      file: datasetFiles.interactions,
      numRows: times.length,
      columns: [
        { name: 'user', type: 'INTEGER', valueAt: (row) => userOf[row]! },
        { name: 'item', type: 'INTEGER', valueAt: (row) => histories.items[row]! },
        { name: 'time', type: 'DOUBLE', valueAt: (row) => times[row]!, storedAs: 'BIGINT' },
      ],
    },
    {
      file: datasetFiles.users,
      numRows: userIds.length,
      columns: [
        { name: 'user', type: 'INTEGER', valueAt: (row) => row },
        { name: 'id', type: 'VARCHAR', valueAt: (row) => userIds[row]! },
        ...attributes.map(({ name, codes }): Column => ({
          name: attributeColumn(name),
          type: 'SMALLINT',
          valueAt: (row) => codes[row]!,
        })),
        { name: 'group', type: 'VARCHAR', valueAt: (row) => userGroups[userGroup[row]!]! },
        { name: 'last_item_tied', type: 'BOOLEAN', valueAt: (row) => tied[row] === 1 },
      ],
    },
    {
      file: datasetFiles.items,
      numRows: itemIds.length - 1,
      columns: [
        { name: 'item', type: 'INTEGER', valueAt: (row) => row + 1 },
        { name: 'id', type: 'VARCHAR', valueAt: (row) => itemIds[row + 1]! },
        ...(itemTitles === undefined
          ? []
          : [{ name: 'title', type: 'VARCHAR', valueAt: (row: number) => itemTitles[row + 1]! } as const]),
      ],
    },
  ]
}

/** Writes the files of a data set into a folder that is there and empty. */
export async function writeDataset(
  folder: string,
  card: DatasetCard,
  data: PreparedData,
  userGroup: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withDuckDB(signal, async (connection) => {
    for (const { file, columns, numRows } of datasetTables(data, userGroup)) {
      await writeParquet(connection, join(folder, file), columns, numRows)
    }
  })
  await writeFile(join(folder, 'dataset.json'), `${JSON.stringify(card, null, 2)}\n`)
}
