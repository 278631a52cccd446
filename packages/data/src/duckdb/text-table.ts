import type { DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { streamTable, type Table } from './table.js'
import { sqlText } from './with-duckdb.js'

/** How the rows of a text file are written. */
export interface TextFormat {
  /** Stands between two fields; one character or more. */
  readonly delimiter: string
  readonly encoding: 'utf-8' | 'latin-1'
  /** Whether a field may stand in quotation marks, with two for one inside; otherwise they are characters like others. */
  readonly quotes: boolean
  /** Names of the columns where the file has no header line. */
  readonly columns?: readonly string[]
}

/**
 * Opens a text file of delimited fields (CSV of RFC 4180, TSV and their kin); its first line names the columns.
 *
 * Rows are lines: a quoted field may hold delimiters, but no line break, so that the line of every row is known while
 * several threads read. A line break inside quotation marks makes both of its lines malformed. A quotation mark that is
 * not the first character of a field is a character like others. Blank lines are skipped but counted; a byte order
 * mark is skipped. Line numbers are right for `\n` and for `\r\n`; in a file that mixes both they may be too high.
 *
 * @throws VeilrecError `DATA_EMPTY` for a file without a first line, `DATA_MALFORMED_ROW` for a header that is out of form,
 *   `DATA_UNREADABLE`
 */
export async function openTextTable(
  connection: DuckDBConnection,
  path: string,
  format: TextFormat,
): Promise<Table> {
  const { columns: given } = format
  const names = given ?? (await readHeader(connection, path, format))
  const headerLines = given === undefined ? 1 : 0
  return {
    path,
    header: given === undefined ? `${path}:1` : path,
    columns: names.map((name) => ({ name, type: 'VARCHAR' })),
    lineMark: ':',
    rows: (columns, numbered) => {
      const row = numbered ? ['row'] : []
      const number = numbered ? [`CAST(row_number() OVER () AS INTEGER) + ${headerLines} AS row`] : []
      const width = names.length
      return `
        SELECT ${[...row, ...columns.map((column, index) => `parts[${column + 1}] AS c${index}`)].join(', ')}, CASE
          WHEN len(parts) = ${width}${format.quotes ? ` AND list_count(parts) = ${width}` : ''} THEN NULL
          WHEN list_count(parts) < len(parts) THEN 'a quotation mark is not closed on this line, or not where the field ends'
          ELSE len(parts) || ' fields instead of ${width}' END AS fault
        FROM (SELECT ${[...row, `${split(format)} AS parts`].join(', ')}
          FROM (SELECT ${[...number, 'line'].join(', ')} FROM ${lines(path, format, headerLines)})
          WHERE line IS NOT NULL)`
    },
  }
}

/** Whole lines, as a single column whose delimiter does not occur; NULL for a blank one. */
function lines(path: string, { encoding }: TextFormat, skip: number): string {
  return `read_csv(${sqlText(path)}, delim = E'\\x1f\\x1e\\x1d\\x1c', columns = {'line': 'VARCHAR'}, header = false,
    auto_detect = false, quote = '', escape = '', comment = '', strict_mode = false, null_padding = true,
    skip = ${skip}, encoding = ${sqlText(encoding)})`
}

/** SQL: the fields of `line`; NULL for a field whose quotation marks are wrong. */
function split({ delimiter, quotes }: TextFormat): string {
  const plain = `string_split(line, ${sqlText(delimiter)})`
  if (!quotes) return plain
  const field = sqlText(`("(?:[^"]|"")*"|.*?)${delimiter.replaceAll(/[^A-Za-z0-9]/g, '\\$&')}`)
  // With a delimiter after the last field, too, fields and matches are the same in number.
  return `CASE WHEN NOT contains(line, '"') THEN ${plain} ELSE [
    CASE WHEN field[1] <> '"' OR field = '' THEN field
      WHEN regexp_full_match(field, '"(?:[^"]|"")*"') AND len(field) > 1 THEN replace(field[2:-2], '""', '"') END
    FOR field IN regexp_extract_all(line || ${sqlText(delimiter)}, ${field}, 1)] END`
}

async function readHeader(connection: DuckDBConnection, path: string, format: TextFormat): Promise<string[]> {
  let header: (string | null)[] | undefined
  const sql = `SELECT CASE WHEN line IS NOT NULL THEN ${split(format)} END FROM ${lines(path, format, 0)} LIMIT 1`
  await streamTable(connection, { path }, sql, ([fields]) => {
    header = (fields!.getItem(0) as DuckDBListValue | null)?.items.map((field) => field as string | null)
  })
  const hint = 'the first line names the columns'
  if (header === undefined)
    throw new VeilrecError('DATA_EMPTY', `${path}:1: the file is empty`, { path }, hint)
  const names = header.filter((name) => name !== null)
  if (names.length === header.length) return names
  throw new VeilrecError(
    'DATA_MALFORMED_ROW',
    `${path}:1: a quotation mark is not closed`,
    { path, line: 1 },
    hint,
  )
}
