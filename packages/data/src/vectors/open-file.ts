import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { firstLine } from '../duckdb/first-line.js'
import { openParquetTable } from '../duckdb/parquet-table.js'
import type { Table } from '../duckdb/table.js'
import { openTextTable } from '../duckdb/text-table.js'

const delimiters: Readonly<Record<string, string>> = { '.csv': ',', '.tsv': '\t' }

/** The delimiter that the ending of a file stands for; undefined for another ending. */
export function delimiterOf(path: string): string | undefined {
  return delimiters[extname(path).toLowerCase()]
}

/**
 * The first line of a text file, see {@link firstLine}.
 *
 * @throws VeilrecError `FILE_UNREADABLE`
 */
export async function headerOf(path: string): Promise<string> {
  await checkReadable(path)
  return firstLine(path)
}

/**
 * Opens a CSV, TSV or Parquet file; the ending says which.
 *
 * @param what for messages, such as `user vectors`
 * @param columns names of the columns of a text file without a header line
 * @throws VeilrecError `FILE_UNREADABLE`; `VECTORS_INVALID` for another ending; what opening a table throws
 */
export async function openFile(
  connection: DuckDBConnection,
  path: string,
  what: string,
  columns?: readonly string[],
): Promise<Table> {
  await checkReadable(path)
  if (extname(path).toLowerCase() === '.parquet') return openParquetTable(connection, path)
  const delimiter = delimiterOf(path)
  if (delimiter === undefined) {
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${path}: the ending "${extname(path)}" does not say how to read the ${what}`,
      { path },
      'Name the file .csv (commas), .tsv (tabs) or .parquet.',
    )
  }
  return openTextTable(connection, path, {
    delimiter,
    encoding: 'utf-8',
    quotes: true,
    ...(columns === undefined ? {} : { columns }),
  })
}

/**
 * Refuses what is not there or is no file.
 *
 * @throws VeilrecError `FILE_UNREADABLE`
 */
export async function checkReadable(path: string): Promise<void> {
  const file = await stat(path).catch((error: unknown) => error as NodeJS.ErrnoException)
  if (!(file instanceof Error) && file.isFile()) return
  const reason =
    file instanceof Error ? (file.code === 'ENOENT' ? 'it does not exist' : file.message) : 'it is not a file'
  throw new VeilrecError('FILE_UNREADABLE', `${path} cannot be read: ${reason}`, { path })
}
