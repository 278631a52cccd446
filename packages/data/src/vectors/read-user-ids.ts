import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import { streamTable } from '../duckdb/table.js'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { idFault, idText } from '../sources/table/ids.js'
import { checkReadable, delimiterOf, openFile } from './open-file.js'

/**
 * Reads a list of user ids: one a line, or the first column of a CSV, TSV or Parquet file. Blank lines are skipped; an id
 * that is there twice counts once.
 *
 * @param isKnown whether there is such a user; a first line of a text file that names none is taken for a header.
 * @throws VeilrecError `FILE_UNREADABLE`, `DATA_UNREADABLE`; `VECTORS_INVALID` for a file without an id;
 *   `DATA_MALFORMED_ROW` for an id that is out of form; `ABORTED`
 */
export async function readUserIds(
  path: string,
  isKnown: (id: string) => boolean,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  await checkReadable(path)
  const isParquet = extname(path).toLowerCase() === '.parquet'
  const read = isParquet ? await idsOfParquet(path, signal) : await idsOfText(path)
  const [first] = read
  const ids = !isParquet && first !== undefined && !isKnown(first) ? read.slice(1) : read
  if (ids.length > 0) return [...new Set(ids)]
  throw new VeilrecError(
    'VECTORS_INVALID',
    `${path}: there is no user id in it`,
    { path },
    'Write one id a line.',
  )
}

async function idsOfText(path: string): Promise<string[]> {
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
  const delimiter = delimiterOf(path)
  const ids: string[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const id = delimiter === undefined ? line.trim() : firstField(line, delimiter)
    const fault = idFault(id)
    if (fault === undefined) ids.push(id)
    else throw new VeilrecError('DATA_MALFORMED_ROW', `${path}:${index + 1}: ${fault}`, { line: index + 1 })
  }
  return ids
}

function firstField(line: string, delimiter: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)?.[1]
  return quoted === undefined ? line.split(delimiter, 1)[0]! : quoted.replaceAll('""', '"')
}

async function idsOfParquet(path: string, signal: AbortSignal | undefined): Promise<string[]> {
  return withDuckDB(signal, async (connection) => {
    const table = await openFile(connection, path, 'users')
    const ids: string[] = []
    const sql = `SELECT ${idText(table, 0, 0, 'user id')} FROM (${table.rows([0], false)})`
    await streamTable(connection, table, sql, ([column], _start, count) => {
      for (let r = 0; r < count; r++) ids.push((column!.getItem(r) ?? '') as string)
    })
    const empty = ids.findIndex((id) => idFault(id) !== undefined)
    if (empty < 0) return ids
    throw new VeilrecError('DATA_MALFORMED_ROW', `${path}: row ${empty + 1}: ${idFault(ids[empty]!)!}`, {})
  })
}
