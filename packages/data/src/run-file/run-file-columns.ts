import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { firstLine } from '../duckdb/first-line.js'
import { duckDBMessage, sqlName, sqlText } from '../duckdb/with-duckdb.js'

/** How a run file is read: the SQL of its rows, and what it says of the order. */
export interface RunFileColumns {
  /** Table function with the columns `user`, `item` and {@link order}, as text. */
  readonly sql: string
  readonly order: 'score' | 'rank'
  /** Null for Parquet, which has rows and no lines. */
  readonly delimiter: ',' | '\t' | null
}

/**
 * Finds out how a run file is to be read, from its ending (`.csv`, `.tsv`, `.parquet`) and its header.
 *
 * Needed are `user`, `item` and one of `score` and `rank`, in any order; other columns are left alone.
 *
 * @throws VeilrecError `FILE_UNREADABLE`; `RUN_FILE_INVALID` for another ending, or columns that are missing, there twice,
 *   or both `score` and `rank`
 */
export async function runFileColumns(connection: DuckDBConnection, path: string): Promise<RunFileColumns> {
  const ending = extname(path).toLowerCase()
  const isText = ending === '.csv' || ending === '.tsv'
  if (!isText && ending !== '.parquet') {
    throw new VeilrecError(
      'RUN_FILE_INVALID',
      `${path}: the ending "${ending}" says nothing about the format`,
      { path },
      'Name the file .csv (commas), .tsv (tabs) or .parquet.',
    )
  }
  const file = await stat(path).catch((error: unknown) => error as NodeJS.ErrnoException)
  if (file instanceof Error || !file.isFile()) {
    const reason = file instanceof Error ? file.message : 'it is not a file'
    throw new VeilrecError('FILE_UNREADABLE', `${path} cannot be read: ${reason}`, { path })
  }
  if (!isText) {
    const columns = await parquetColumns(connection, path)
    const order = orderColumn(columns, path)
    return { sql: `read_parquet(${sqlText(path)})`, order, delimiter: null }
  }
  const delimiter = ending === '.csv' ? ',' : '\t'
  const columns = (await firstLine(path)).split(delimiter).map(unquoted)
  const order = orderColumn(columns, `${path}:1`)
  const types = columns.map((column) => `${sqlText(column)}: 'VARCHAR'`).join(', ')
  const sql =
    `read_csv(${sqlText(path)}, delim = ${sqlText(delimiter)}, columns = {${types}}, header = true, ` +
    `auto_detect = false, quote = '"', escape = '"', strict_mode = true, null_padding = false)`
  return { sql, order, delimiter }
}

/** Which of `score` and `rank` the columns hold, after a check that everything needed is there once. */
function orderColumn(columns: readonly string[], place: string): RunFileColumns['order'] {
  const refuse = (reason: string): VeilrecError =>
    new VeilrecError(
      'RUN_FILE_INVALID',
      `${place}: ${reason}; the columns are ${columns.map((column) => JSON.stringify(column)).join(', ')}`,
      { columns },
      'The first line names the columns: user,item,score (higher is better) or user,item,rank (1 is best).',
    )
  const orders = (['score', 'rank'] as const).filter((order) => columns.includes(order))
  for (const needed of ['user', 'item']) {
    if (!columns.includes(needed)) throw refuse(`no column "${needed}"`)
  }
  const [order] = orders
  if (order === undefined) throw refuse('neither a column "score" nor a column "rank"')
  if (orders.length > 1) throw refuse('both a column "score" and a column "rank"')
  const twice = columns.find((column, index) => columns.indexOf(column) !== index)
  if (twice !== undefined) throw refuse(`two columns "${twice}"`)
  return order
}

async function parquetColumns(connection: DuckDBConnection, path: string): Promise<string[]> {
  try {
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`)
    return described.getRows().map(([name]) => String(name))
  } catch (error) {
    throw new VeilrecError('DATA_UNREADABLE', `${path}: ${duckDBMessage(error)}`, { path })
  }
}

function unquoted(field: string): string {
  return /^".*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field
}

/** The SQL of the rows of a run file: user and item index (-1 where unknown), score, and the texts that were not known. */
export function runFileQuery({ sql, order }: RunFileColumns, userType: string, itemType: string): string {
  const code = (column: string, type: string): string =>
    `coalesce(CAST(enum_code(TRY_CAST(${column} AS ${sqlName(type)})) AS INTEGER), -1)`
  const sign = order === 'rank' ? '-' : ''
  return `
    WITH texts AS (
      SELECT CAST("user" AS VARCHAR) AS u, CAST(item AS VARCHAR) AS i, ${order} AS given, TRY_CAST(${order} AS DOUBLE) AS value
      FROM ${sql})
    , coded AS (SELECT *, ${code('u', userType)} AS "user", ${code('i', itemType)} AS item,
        u IS NULL OR u = '' OR i IS NULL OR i = '' OR value IS NULL OR NOT isfinite(value) AS bad FROM texts)
    SELECT "user", item, CASE WHEN bad THEN 0 ELSE ${sign}value END, CASE WHEN "user" < 0 OR bad THEN u END,
      CASE WHEN item < 0 OR bad THEN i END, bad, CASE WHEN bad THEN CAST(given AS VARCHAR) END FROM coded`
}
