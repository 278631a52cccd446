import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { streamRows, type TakeRows } from './stream-rows.js'
import { duckDBMessage } from './with-duckdb.js'

/** A column of a table as it stands in the file. */
export interface TableColumn {
  readonly name: string
  /** DuckDB's type, `VARCHAR` for everything in a text file. */
  readonly type: string
}

/** A file of rows and columns, opened but not read: text or Parquet. */
export interface Table {
  readonly path: string
  readonly columns: readonly TableColumn[]
  /** Where the columns get their names, such as `ratings.csv:1`. */
  readonly header: string
  /**
   * SQL of a query over all rows in file order: `c0`, `c1`, ... for the columns of these numbers, and `fault`, what is
   * wrong with the row as a whole, or NULL. With `numbered` also `row`, the line or the number of the row from 1, which
   * costs a thread or two.
   */
  rows(columns: readonly number[], numbered: boolean): string
  /** Stands between path and row in a message: a colon before a line, `: row ` where there are no lines. */
  readonly lineMark: ':' | ': row '
}

/**
 * Streams a query over a table, see {@link streamRows}; an error of DuckDB becomes one that names the file.
 *
 * @throws VeilrecError `DATA_MALFORMED_ROW` for a line that is not text in the encoding, or too long; `DATA_UNREADABLE` for
 *   everything else; whatever `take` throws
 */
export async function streamTable(
  connection: DuckDBConnection,
  table: Pick<Table, 'path'>,
  sql: string,
  take: TakeRows,
): Promise<number> {
  try {
    return await streamRows(connection, sql, take)
  } catch (error) {
    throw tableError(table.path, error)
  }
}

/** Runs a statement over a table; errors as in {@link streamTable}. */
export async function runOnTable(
  connection: DuckDBConnection,
  table: Pick<Table, 'path'>,
  sql: string,
): Promise<void> {
  try {
    await connection.run(sql)
  } catch (error) {
    throw tableError(table.path, error)
  }
}

function tableError(path: string, error: unknown): unknown {
  if (error instanceof VeilrecError) return error
  const message = error instanceof Error ? error.message : String(error)
  // The message goes on with the line itself, which may hold what must not be shown.
  const line = /^.*CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (line === undefined)
    return new VeilrecError('DATA_UNREADABLE', `${path}: ${duckDBMessage(error)}`, { path })
  const details = { file: basename(path), line: Number(line) }
  if (/Invalid unicode/.test(message)) {
    return new VeilrecError(
      'DATA_MALFORMED_ROW',
      `${path}:${line}: not valid UTF-8`,
      details,
      'convert the file to UTF-8, or say that it is in latin-1',
    )
  }
  const reason = /Maximum line size/.test(message) ? 'the line is longer than 2 MB' : 'not a line of text'
  return new VeilrecError('DATA_MALFORMED_ROW', `${path}:${line}: ${reason}`, details, 'is this a text file?')
}
