import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { closest, VeilrecError, type UserAttribute } from '@veilrec/core'
import { streamTable, type Table } from '../duckdb/table.js'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { BadRows } from '../sources/bad-rows.js'
import { users100k } from '../sources/movielens-100k.js'
import { users1m } from '../sources/movielens-1m.js'
import { readMovielensUsers, type UsersLayout } from '../sources/movielens-reader.js'
import { badRow, refuseSecond } from '../sources/table/bad-row.js'
import { idFault, idText, plainText } from '../sources/table/ids.js'
import { headerOf, openFile } from './open-file.js'
import { AttributeColumn } from './attribute-column.js'

/** Who the users are, in the order of the file. */
export interface UsersFile {
  /** Each once. */
  readonly userIds: readonly string[]
  /** Those asked for, in that order; `codes` are by user. */
  readonly attributes: readonly UserAttribute[]
  /** What to know about how attributes were read. */
  readonly notes: readonly string[]
}

/** Names of an id column, wherever it stands. */
const idNames = ['id', 'user_id', 'userid', 'user', 'uid']

/** The users files of MovieLens by name and by what their first line looks like. */
const movielens: readonly { name: string; form: RegExp; layout: UsersLayout }[] = [
  { name: 'users.dat', form: /^\d+::[FM]::\d+::\d+::/, layout: users1m },
  { name: 'u.user', form: /^\d+\|\d+\|[FM]\|[^|]+\|/, layout: users100k },
]

/**
 * Reads user ids and attributes: CSV, TSV or Parquet with named columns, or MovieLens' own `users.dat` and `u.user`.
 *
 * The id is the column named `id`, `user_id`, `userId`, `user` or `uid`, otherwise the first. A column becomes classes, one per
 * value; more than 20 different numbers become four groups of about equal size, and a note says so. Empty cells, `NA`, `NaN`
 * and `null` are missing values. No value of an attribute stands in any message.
 *
 * @param attributes names of columns; of MovieLens `gender`, `age` (seven bands) and `occupation`
 * @throws VeilrecError `FILE_UNREADABLE`, `DATA_EMPTY`, `DATA_UNREADABLE`; `INVALID_ARGUMENT` for an attribute that is not
 *   there, with those that are; `VECTORS_INVALID` for an unknown ending or an attribute of too many classes;
 *   `DATA_MALFORMED_ROW` naming the line of a row that is out of form or whose id is empty or there twice; `ABORTED`
 */
export async function readUsersFile(
  path: string,
  attributes: readonly string[],
  signal?: AbortSignal,
): Promise<UsersFile> {
  const line = /\.parquet$/i.test(path) ? '' : await headerOf(path)
  const known = movielens.find(({ name, form }) => name === basename(path).toLowerCase() || form.test(line))
  return withDuckDB(signal, async (connection) => {
    if (known === undefined) return readTable(connection, path, attributes)
    const users = await readMovielensUsers(connection, { path, ...known.layout }, new BadRows('fail'))
    const names = users.attributes.map(({ name }) => name)
    return {
      userIds: users.userIds,
      attributes: attributes.map((name) => users.attributes[indexOf(name, names, path)]!),
      notes: [],
    }
  })
}

async function readTable(
  connection: DuckDBConnection,
  path: string,
  attributes: readonly string[],
): Promise<UsersFile> {
  const table = await openFile(connection, path, 'users')
  const names = table.columns.map(({ name }) => name)
  const named = names.findIndex((name) => idNames.includes(name.toLowerCase()))
  const id = Math.max(0, named)
  const others = names.filter((_, column) => column !== id)
  const columns = attributes.map((name) => {
    indexOf(name, others, table.header)
    return names.indexOf(name)
  })
  const readers = attributes.map((name) => new AttributeColumn(name))
  const userIds = await readRows(connection, table, [id, ...columns], readers)
  if (userIds.length === 0) {
    throw new VeilrecError('VECTORS_INVALID', `${path}: there is no user below the header`, { path })
  }
  const read = readers.map((reader) => reader.finish(path))
  return {
    userIds,
    attributes: read.map(({ attribute }) => attribute),
    notes: read.flatMap(({ note }) => note ?? []),
  }
}

async function readRows(
  connection: DuckDBConnection,
  table: Table,
  columns: readonly number[],
  readers: readonly AttributeColumn[],
): Promise<string[]> {
  const idName = table.columns[columns[0]!]!.name || 'user id'
  const texts = readers.map((_, a) => plainText(table, columns[a + 1]!, a + 1))
  const sql = `SELECT ${['row', 'fault', idText(table, columns[0]!, 0, 'user id'), ...texts].join(', ')}
    FROM (${table.rows(columns, true)})`
  const seen = new Set<string>()
  await streamTable(connection, table, sql, ([rows, faults, ids, ...values], _start, count) => {
    for (let r = 0; r < count; r++) {
      const row = rows!.getItem(r) as number
      const id = (ids!.getItem(r) ?? '') as string
      const idProblem = idFault(id)
      const fault =
        (faults!.getItem(r) as string | null) ?? (idProblem === undefined ? null : `${idName}: ${idProblem}`)
      if (fault !== null) new BadRows('fail').add(badRow(table, row, fault))
      if (seen.has(id)) refuseSecond(table, row, idName, id)
      seen.add(id)
      readers.forEach((reader, a) => reader.push(values[a]!.getItem(r) as string))
    }
  })
  return [...seen]
}

/** Place of an attribute among those there are; refuses others, with the nearest. */
function indexOf(name: string, names: readonly string[], place: string): number {
  const at = names.indexOf(name)
  if (at >= 0) return at
  const shown = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '')
  const meant = closest(name, names) ?? names.find((one) => one.toLowerCase() === name.toLowerCase())
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `${place}: there is no attribute "${name}"; there is ${shown || 'none'}`,
    { attribute: name, attributes: names },
    meant === undefined ? 'An attribute is named as its column is.' : `Did you mean ${meant}?`,
  )
}
