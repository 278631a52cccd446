import { access, constants, stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { closest, VeilrecError } from '@veilrec/core'
import { openParquetTable } from '../../duckdb/parquet-table.js'
import type { Table } from '../../duckdb/table.js'
import { openTextTable } from '../../duckdb/text-table.js'
import type { FileMapping, TablePlan } from './table-plan.js'

const delimiters: Readonly<Record<string, string>> = { '.csv': ',', '.tsv': '\t' }

/**
 * Opens a file that a mapping names under `part`, such as `users`.
 *
 * @throws VeilrecError `DATA_FILES_MISSING`; `CONFIG_INVALID` for a file of unknown format, or keys that do not fit it;
 *   `DATA_EMPTY`, `DATA_MALFORMED_ROW`, `DATA_UNREADABLE`
 */
export async function openTable(
  connection: DuckDBConnection,
  { folder, place }: TablePlan,
  part: string,
  { file, delimiter, encoding, quotes, columns }: FileMapping,
): Promise<Table> {
  const path = resolve(folder, file)
  const reason = await unreadable(path)
  if (reason !== undefined) {
    throw new VeilrecError(
      'DATA_FILES_MISSING',
      `${place([part, 'file'])}: ${path} ${reason}`,
      { file, folder },
      'files are relative to the folder given as `from`, or else to that of the mapping',
    )
  }
  const ending = extname(path).toLowerCase()
  if (ending === '.parquet') {
    const unfit = delimiter !== undefined ? 'delimiter' : columns !== undefined ? 'columns' : undefined
    if (unfit === undefined) return openParquetTable(connection, path)
    throw new VeilrecError(
      'CONFIG_INVALID',
      `${place([part, unfit])}: a Parquet file has none; leave it out`,
      { file },
    )
  }
  const between = delimiter ?? delimiters[ending]
  if (between === undefined || packed.includes(ending)) {
    throw new VeilrecError(
      'CONFIG_INVALID',
      `${place([part, 'file'])}: the format of "${file}" is not known by its ending`,
      { file },
      packed.includes(ending)
        ? 'unpack the file first'
        : 'name it .csv, .tsv or .parquet, or say its delimiter',
    )
  }
  return openTextTable(connection, path, {
    delimiter: between,
    encoding,
    quotes,
    ...(columns === undefined ? {} : { columns }),
  })
}

const packed = ['.gz', '.zip', '.bz2', '.xz', '.zst']

async function unreadable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.R_OK)
    return (await stat(path)).isFile() ? undefined : 'is not a file'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read'
  }
}

/**
 * Number of the column of a name.
 *
 * @param place where the name was given
 * @throws VeilrecError `CONFIG_INVALID` naming the columns there are, and the nearest
 */
export function columnNumber({ columns, header }: Table, name: string, place: string): number {
  const names = columns.map((column) => column.name)
  const number = names.indexOf(name)
  if (number !== -1 && names.lastIndexOf(name) === number) return number
  const quoted = names.map((one) => JSON.stringify(one.slice(0, 40)))
  const listed = [...quoted.slice(0, 20), ...(quoted.length > 20 ? ['...'] : [])].join(', ')
  const wrong = number === -1 ? `has no column "${name}"; it has ${listed}` : `has two columns "${name}"`
  throw new VeilrecError(
    'CONFIG_INVALID',
    `${place}: ${header} ${wrong}`,
    { column: name, columns: names },
    hintFor(name, names),
  )
}

function hintFor(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return 'give each column a name of its own'
  const meant = closest(name, names) ?? names.find((one) => one.toLowerCase() === name.toLowerCase())
  if (meant !== undefined) return `did you mean "${meant}"?`
  const other = names.length === 1 ? [';', ',', '\t', '|'].find((one) => names[0]!.includes(one)) : undefined
  return other === undefined
    ? undefined
    : `the delimiter of the file seems to be ${JSON.stringify(other)}; say so`
}
