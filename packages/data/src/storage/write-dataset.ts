import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userGroups, type Histories } from '@veilrec/core'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { writeParquet, type Column } from '../duckdb/write-parquet.js'
import type { PreparedData } from '../prepare/prepared-data.js'
import type { Candidates } from '../prepare/splits.js'
import { lastItemTied } from '../prepare/statistics.js'
import type { DatasetCard } from './dataset-card.js'

/** Files of a dataset folder beside `dataset.json`. */
export const datasetFiles = {
  interactions: 'interactions.parquet',
  users: 'users.parquet',
  items: 'items.parquet',
  candidates: 'candidates.parquet',
} as const

/** Column of `users.parquet` that holds an attribute's codes. */
export function attributeColumn(name: string): string {
  return `attribute_${name}`
}

/** Column of `items.parquet` that holds a property's values. */
export function propertyColumn(name: string): string {
  return `property_${name}`
}

/**
 * The tables of a data set.
 *
 * - interactions: `user` (index), `item` (index from 1), `time` (seconds since 1970, whole where all are, else with a
 *   fraction); rows by user, oldest first
 * - users: `user`, `id` (original), `attribute_NAME` (code, -1 missing), `group`, `last_item_tied`
 * - items: `item`, `id` (original), `title` where the data has titles, `property_NAME` (list of values)
 * - candidates: `user`, and an item that competes with the `validation` and with the `test` target; as many rows per
 *   user as he has candidates, in the order of drawing. Long, because lists cannot be written without a string or
 *   number object for each element; Parquet packs the repeated users into nothing.
 */
export function datasetTables(
  data: PreparedData,
  userGroup: Uint8Array,
  candidates: Candidates,
): { file: string; columns: Column[]; numRows: number }[] {
  const { histories, times, userIds, itemIds, itemTitles, itemProperties = [], attributes } = data
  const userOf = rowOwners(histories)
  const tied = lastItemTied(histories, times)
  const { validation, test } = candidates
  const candidateOf = rowOwners(test)
  const whole = times.every(Number.isSafeInteger)
  return [
    {
      file: datasetFiles.interactions,
      numRows: times.length,
      columns: [
        { name: 'user', type: 'INTEGER', valueAt: (row) => userOf[row]! },
        { name: 'item', type: 'INTEGER', valueAt: (row) => histories.items[row]! },
        {
          name: 'time',
          type: 'DOUBLE',
          valueAt: (row) => times[row]!,
          ...(whole ? ({ storedAs: 'BIGINT' } as const) : {}),
        },
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
        ...itemProperties.map(({ name, values, offsets, codes }): Column => ({
          name: propertyColumn(name),
          type: 'VARCHAR[]',
          valueAt: (row) =>
            Array.from(codes.subarray(offsets[row + 1], offsets[row + 2]), (code) => values[code]!),
        })),
      ],
    },
    {
      file: datasetFiles.candidates,
      numRows: test.items.length,
      columns: [
        { name: 'user', type: 'INTEGER', valueAt: (row) => candidateOf[row]! },
        { name: 'validation', type: 'INTEGER', valueAt: (row) => validation.items[row]! },
        { name: 'test', type: 'INTEGER', valueAt: (row) => test.items[row]! },
      ],
    },
  ]
}

/** Writes the files of a data set into a folder that is there and empty. */
export async function writeDataset(
  folder: string,
  card: DatasetCard,
  tables: ReturnType<typeof datasetTables>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withDuckDB(signal, async (connection) => {
    for (const { file, columns, numRows } of tables) {
      await writeParquet(connection, join(folder, file), columns, numRows)
    }
  })
  await writeFile(join(folder, 'dataset.json'), `${JSON.stringify(card, null, 2)}\n`)
}

/** The user of each row. */
function rowOwners({ offsets, items }: Histories): Int32Array {
  const owners = new Int32Array(items.length)
  for (let user = 0; user + 1 < offsets.length; user++) owners.fill(user, offsets[user], offsets[user + 1])
  return owners
}
