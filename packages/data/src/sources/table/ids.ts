import type { Table } from '../../duckdb/table.js'
import { VeilrecError } from '@veilrec/core'

/** Types of Parquet whose text is an id as anybody would write it. */
const idTypes = /^(VARCHAR|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|UUID|ENUM\(.*)$/s

/**
 * SQL: an id as text, NULL where there is none.
 *
 * @param index of the column among those asked for, see {@link Table.rows}
 * @throws VeilrecError `CONFIG_INVALID` for a type that is no id, such as DOUBLE, whose text has a ".0"
 */
export function idText({ columns, path }: Table, column: number, index: number, place: string): string {
  const { name, type } = columns[column]!
  if (idTypes.test(type)) return `CAST(c${index} AS VARCHAR)`
  throw new VeilrecError(
    'CONFIG_INVALID',
    `${place}: ${path}: the column "${name}" is of type ${type}, which is not one for ids`,
    { column: name, type },
    'store ids as text or whole numbers',
  )
}

/** SQL: a value as text, empty where there is none; the elements of a list with {@link listSeparator} between them. */
export function plainText({ columns }: Table, column: number, index: number): string {
  const text = columns[column]!.type.endsWith('[]')
    ? `array_to_string(c${index}, ${sqlListSeparator})`
    : `c${index}`
  return `coalesce(CAST(${text} AS VARCHAR), '')`
}

/** Stands between the elements of a list of Parquet. */
export const listSeparator = '\u001f'

const sqlListSeparator = 'chr(31)'

/** Regular expression, for JavaScript and RE2 alike, of white space where an id begins or ends. */
export const outerSpace = String.raw`^[\s\p{Z}]|[\s\p{Z}]$`
/** Regular expression, for JavaScript and RE2 alike, of a control character. */
export const controlCharacters = String.raw`[\x00-\x1f\x7f]`

const outerSpaceForm = new RegExp(outerSpace, 'u')
const controlForm = new RegExp(controlCharacters)

/** What is wrong with an id; nothing for a good one. Any character may be inside but those of control. */
export function idFault(id: string): string | undefined {
  if (id === '') return 'the id is empty'
  if (controlForm.test(id)) return `${shown(id)} holds a control character`
  return outerSpaceForm.test(id) ? `${shown(id)} has white space at its beginning or end` : undefined
}

/** A text of the data for a message: quoted, and cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
}
