import { extname } from 'node:path'
import type { DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { streamTable, type Table, type TableColumn } from '../duckdb/table.js'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { NumberList } from '../sources/number-list.js'
import { badRow, refuseSecond } from '../sources/table/bad-row.js'
import { BadRows } from '../sources/bad-rows.js'
import { idFault, idText } from '../sources/table/ids.js'
import { delimiterOf, headerOf, openFile } from './open-file.js'

/** One vector per user, as a table holds them. */
export interface VectorTable {
  /** `[numUsers]`, each once, in the order of the file. */
  readonly userIds: readonly string[]
  /** `[numUsers, dimension]` row-major, finite. */
  readonly values: Float64Array
  readonly dimension: number
}

/**
 * Reads user vectors from a CSV, TSV or Parquet file: the first column is the user id, the others are numbers. In Parquet a
 * single column of lists of equal length does as well.
 *
 * A text file whose first line holds numbers after its first field has no header, unless the numbers count the columns from
 * 0 or 1. Ids are texts and stay as they are. No text of a cell stands in any message but ids.
 *
 * @throws VeilrecError `FILE_UNREADABLE`, `DATA_EMPTY`, `DATA_UNREADABLE`; `VECTORS_INVALID` for an unknown ending, no column
 *   besides the id, a column that cannot hold numbers, or no row; `DATA_MALFORMED_ROW` with file, line and column for a value
 *   that is no finite number, an id that is empty or there twice, lists of unequal length; `ABORTED`
 */
export async function readVectorTable(path: string, signal?: AbortSignal): Promise<VectorTable> {
  return withDuckDB(signal, async (connection) => {
    const table = await openFile(connection, path, 'user vectors', await headerless(path))
    const { columns } = table
    const [idColumn, ...others] = columns
    if (idColumn === undefined || others.length === 0) throw noNumbers(table)
    const isList = others.length === 1 && listType.test(others[0]!.type)
    if (!isList) refuseTexts(table, others)
    const read = isList ? await readLists(connection, table) : await readColumns(connection, table)
    if (read.userIds.length === 0) {
      throw new VeilrecError('VECTORS_INVALID', `${path}: there is no row below the header`, { path })
    }
    return read
  })
}

const numberType = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/
const listType = /^(FLOAT|DOUBLE|DECIMAL\(.*\))\[\d*\]$/

async function readColumns(connection: DuckDBConnection, table: Table): Promise<VectorTable> {
  const names = table.columns.slice(1).map(({ name }) => name)
  const values = new NumberList(Float64Array)
  const numbers = names.map((_, j) => `TRY_CAST(c${j + 1} AS DOUBLE)`)
  const userIds = await readRows(connection, table, numbers, (cells) => {
    for (let j = 0; j < cells.length; j++) {
      const value = cells[j] as number | null
      if (!Number.isFinite(value)) return `column ${JSON.stringify(names[j])} ${notFinite(value)}`
      values.push(value!)
    }
    return undefined
  })
  return { userIds, values: values.values(), dimension: names.length }
}

async function readLists(connection: DuckDBConnection, table: Table): Promise<VectorTable> {
  const [, { name }] = table.columns as [TableColumn, TableColumn]
  const values = new NumberList(Float64Array)
  let dimension: number | undefined
  const userIds = await readRows(connection, table, ['CAST(c1 AS DOUBLE[])'], ([cell]) => {
    const list = (cell as DuckDBListValue | null)?.items ?? []
    dimension ??= list.length
    if (list.length !== dimension || list.length === 0) {
      return `column ${JSON.stringify(name)} has ${list.length} numbers, and ${dimension} in the first row`
    }
    for (const [j, value] of (list as (number | null)[]).entries()) {
      if (!Number.isFinite(value))
        return `number ${j + 1} of column ${JSON.stringify(name)} ${notFinite(value)}`
      values.push(value!)
    }
    return undefined
  })
  return { userIds, values: values.values(), dimension: dimension ?? 0 }
}

/** Reads ids, and has `take` read the cells of the other columns; the first fault that it tells ends the reading. */
async function readRows(
  connection: DuckDBConnection,
  table: Table,
  cells: readonly string[],
  take: (cells: readonly unknown[]) => string | undefined,
): Promise<string[]> {
  const idName = table.columns[0]!.name || 'user id'
  const all = table.columns.map((_, column) => column)
  const seen = new Set<string>()
  const bad = new BadRows('fail')
  const sql = `SELECT ${['row', 'fault', idText(table, 0, 0, 'user id'), ...cells].join(', ')} FROM (${table.rows(all, true)})`
  await streamTable(connection, table, sql, ([rows, faults, ids, ...vectors], _start, count) => {
    for (let r = 0; r < count; r++) {
      const row = rows!.getItem(r) as number
      const id = (ids!.getItem(r) ?? '') as string
      const idProblem = idFault(id)
      const fault =
        (faults!.getItem(r) as string | null) ??
        (idProblem === undefined ? undefined : `${idName}: ${idProblem}`) ??
        take(vectors.map((vector) => vector.getItem(r)))
      if (fault !== undefined) {
        bad.add({
          ...badRow(table, row, fault),
          hint: 'The first column is the user id, every other a finite number.',
        })
      }
      if (seen.has(id)) refuseSecond(table, row, idName, id)
      seen.add(id)
    }
  })
  return [...seen]
}

function notFinite(value: number | null): string {
  if (value === null) return 'is empty or not a number'
  return Number.isNaN(value) ? 'is NaN' : 'is infinite'
}

/** Numbers that JavaScript spells otherwise; they are refused, but by their line and not as a header. */
const spelled = /^\s*[+-]?(nan|inf(inity)?)\s*$/i

/** Names for the columns of a text file that has no header line; undefined where there is one. */
async function headerless(path: string): Promise<readonly string[] | undefined> {
  const delimiter = delimiterOf(path)
  if (delimiter === undefined) return undefined
  const [, ...fields] = (await headerOf(path)).split(delimiter)
  const numbers = fields.map((field) => (field.trim() === '' ? NaN : Number(field.replace(spelled, '0.5'))))
  if (numbers.length === 0 || numbers.some((number) => Number.isNaN(number))) return undefined
  const counts = numbers.every((number, j) => number === j) || numbers.every((number, j) => number === j + 1)
  return counts ? undefined : ['user id', ...fields.map((_, j) => `${j + 1}`)]
}

function noNumbers({ header, columns }: Table): VeilrecError {
  const name = columns[0]?.name ?? ''
  const other = [';', '\t', ',', ' '].find((character) => name.includes(character))
  return new VeilrecError(
    'VECTORS_INVALID',
    `${header}: there is one column only, and vectors need the user id and at least one number`,
    { columns: columns.length },
    other === undefined
      ? 'Write the user id first, then the numbers of the vector.'
      : `The delimiter seems to be ${JSON.stringify(other)}; write commas in a .csv and tabs in a .tsv.`,
  )
}

function refuseTexts({ path, header }: Table, columns: readonly TableColumn[]): void {
  if (extname(path).toLowerCase() !== '.parquet') return
  const wrong = columns.find(({ type }) => !numberType.test(type))
  if (wrong === undefined) return
  throw new VeilrecError(
    'VECTORS_INVALID',
    `${header}: the column ${JSON.stringify(wrong.name)} is of type ${wrong.type}, which holds no numbers`,
    { column: wrong.name, type: wrong.type },
    'The first column is the user id, every other a number, or one column a list of numbers.',
  )
}
