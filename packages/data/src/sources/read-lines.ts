import { VeilrecError } from '@veilrec/core'
import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api'
import { streamRows } from '../duckdb/stream-rows.js'
import { duckDBMessage, sqlName, sqlText } from '../duckdb/with-duckdb.js'
import type { BadRow, BadRows } from './bad-rows.js'

/** What a field may hold: its pattern, in words, and how SQL makes a value of it. */
const forms = {
  /** A whole number of at most 9 digits, read as a number; without leading zeros, so that equal numbers are equal ids. */
  id: { pattern: '(?:0|[1-9][0-9]{0,8})', expected: 'a whole number', sqlType: 'INTEGER' },
  /** A time before the year 2286, read as a number. Not BIGINT, which JavaScript would get as BigInt. */
  time: { pattern: '[0-9]{1,10}', expected: 'a whole number of seconds since 1970', sqlType: 'DOUBLE' },
  /** A whole number, read as a number. */
  age: { pattern: '(?:[0-9]{1,2}|1[01][0-9])', expected: 'an age from 0 to 119', sqlType: 'INTEGER' },
  /** Anything, read as a string. */
  text: { pattern: '.*', expected: 'text', sqlType: 'VARCHAR' },
} as const

/** One field of a line: what it may hold and how it is read. */
export interface Field {
  /** As the publisher calls it. */
  readonly name: string
  /** One of {@link forms}, or a list: one of these strings. */
  readonly form: keyof typeof forms | readonly string[]
  /** The value is never shown in a message. */
  readonly sensitive?: boolean
}

/** A text file of lines whose fields are separated by a fixed string, without header, quotes or escapes. */
export interface LineFormat {
  readonly separator: string
  readonly encoding: 'utf-8' | 'latin-1'
  readonly fields: readonly Field[]
}

/** Takes one line: the value of each field and the 1-based line number. */
export type TakeLine = (values: readonly (number | string)[], line: number) => void

/**
 * Reads a file of separated lines in order. Blank lines are skipped but counted.
 *
 * Line numbers are right for `\n` and for `\r\n`; in a file that mixes both they may be too high.
 *
 * @param bad gets the lines out of form before any other line is taken, in order; if it does not skip, the first only
 * @param take gets every line in form
 * @throws VeilrecError what `bad` throws; `DATA_EMPTY` when there is no line; `DATA_UNREADABLE` when DuckDB cannot read the
 *   file
 */
export async function readLines(
  connection: DuckDBConnection,
  path: string,
  format: LineFormat,
  bad: BadRows,
  take: TakeLine,
): Promise<void> {
  const { fields, separator } = format
  // DuckDB has no reader for fixed separators that copes with bad lines, so lines are read whole, as a single
  // column whose delimiter does not occur, and are split in SQL.
  const part = (index: number): string => `parts[${index + 1}]`
  // One expression for the whole line costs a third of one for each field. It alone would let a text field hold a
  // separator, so the fields are counted too.
  const line = fields.map(({ form }) => pattern(form)).join(escapePattern(separator))
  const inForm = `len(parts) = ${fields.length} AND regexp_full_match(line, ${sqlText(line)})`
  const values = fields.map(({ name, form }, index) => `${value(form, part(index))} AS ${sqlName(name)}`)
  try {
    await connection.run(`
      CREATE TABLE lines AS
      WITH numbered AS (SELECT line, CAST(row_number() OVER () AS INTEGER) AS number FROM read_csv(
        ${sqlText(path)}, delim = E'\\x1f\\x1e\\x1d\\x1c', columns = {'line': 'VARCHAR'}, header = false, auto_detect = false,
        quote = '', escape = '', comment = '', strict_mode = false, null_padding = true, encoding = ${sqlText(format.encoding)}))
      , split AS (SELECT line, number, string_split(line, ${sqlText(separator)}) AS parts FROM numbered WHERE line IS NOT NULL)
      , checked AS (SELECT *, ${inForm} AS good FROM split)
      SELECT number, CASE WHEN good THEN NULL ELSE line END AS bad, ${values.join(', ')} FROM checked`)
  } catch (error) {
    throw new VeilrecError('DATA_UNREADABLE', `${path}: ${duckDBMessage(error)}`, { path })
  }
  await streamRows(
    connection,
    `SELECT number, bad FROM lines WHERE bad IS NOT NULL ORDER BY number ${bad.areSkipped ? '' : 'LIMIT 1'}`,
    ([numbers, texts], _start, count) => {
      for (let row = 0; row < count; row++) {
        bad.add(malformed(path, Number(numbers!.getItem(row)), String(texts!.getItem(row)), format))
      }
    },
  )
  const numLines = await streamRows(
    connection,
    'SELECT * EXCLUDE (bad) FROM lines WHERE bad IS NULL',
    ([numbers, ...columns], _start, count) => {
      for (let row = 0; row < count; row++) {
        const lineValues = columns.map((column: DuckDBVector) => column.getItem(row) as number | string)
        take(lineValues, numbers!.getItem(row) as number)
      }
    },
  )
  await connection.run('DROP TABLE lines')
  if (numLines === 0 && !bad.areSkipped) {
    throw new VeilrecError('DATA_EMPTY', `${path}: there is no line in it`, { path }, 'get the file again')
  }
}

/** The form of a field as a regular expression that JavaScript and RE2 understand alike. */
function pattern(form: Field['form']): string {
  return isList(form) ? `(?:${form.map(escapePattern).join('|')})` : forms[form].pattern
}

function isList(form: Field['form']): form is readonly string[] {
  return typeof form !== 'string'
}

function escapePattern(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '\\$&')
}

function value(form: Field['form'], part: string): string {
  return isList(form) || form === 'text' ? part : `TRY_CAST(${part} AS ${forms[form].sqlType})`
}

function malformed(path: string, line: number, text: string, { fields, separator }: LineFormat): BadRow {
  const hint = `each line is ${fields.map(({ name }) => name).join(separator)}; correct or remove this one`
  const parts = text.split(separator)
  if (parts.length !== fields.length) {
    const shown = fields.some(({ sensitive }) => sensitive) ? '' : `: ${quote(text)}`
    return { path, line, problem: `${parts.length} fields instead of ${fields.length}${shown}`, hint }
  }
  for (const [index, { name, form, sensitive }] of fields.entries()) {
    const part = parts[index]!
    if (new RegExp(`^${pattern(form)}$`).test(part)) continue
    const expected = isList(form) ? `one of ${form.join(', ')}` : forms[form].expected
    const shown = sensitive ? 'the value' : quote(part)
    return { path, line, problem: `${name}: ${shown} is not ${expected}`, details: { field: name }, hint }
  }
  return { path, line, problem: 'malformed line', hint }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}
