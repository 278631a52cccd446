import { VeilrecError } from '@veilrec/core'
import type { Table } from '../../duckdb/table.js'
import { sqlText } from '../../duckdb/with-duckdb.js'
import { controlCharacters, idText, outerSpace } from './ids.js'
import { columnNumber } from './open-table.js'
import type { TablePlan } from './table-plan.js'
import { rangeText, timeColumn, type TimeColumn } from './time-column.js'

/** The rows of a table as interactions; all SQL is of queries in file order. */
export interface InteractionRows {
  readonly time: TimeColumn
  /**
   * SQL: `u` and `i`, the ids, NULL where there is none; `t`, the time in seconds; `good`, whether all of these and the
   * rating are in form, but for what only {@link InteractionRows.faults} and `idFault` look at, the characters of ids; `low`,
   * whether the rating is too low.
   */
  readonly parsed: string
  /** SQL: the `row` of everything out of form, and its `fault` in words. It costs several times as much. */
  readonly faults: string
  /** SQL: the `row` of every time out of range in its unit, and the time as it stands there, `given`. */
  readonly outOfRange: string
}

/**
 * Finds the columns of the interactions and says how to read them.
 *
 * @throws VeilrecError `CONFIG_INVALID` for a column that is not there or not of a fitting type, and for `minRating`
 *   without a column of ratings
 */
export function interactionRows(
  table: Table,
  { mapping: { interactions }, place }: TablePlan,
  minRating: number | undefined,
): InteractionRows {
  const at = (key: string): string => place(['interactions', key])
  const { rating } = interactions
  if (minRating !== undefined && rating === undefined) {
    throw new VeilrecError('CONFIG_INVALID', `${at('rating')}: minRating needs a column of ratings`, {
      minRating,
    })
  }
  const timeName = typeof interactions.time === 'string' ? interactions.time : interactions.time.column
  const columns = [
    columnNumber(table, interactions.user, at('user')),
    columnNumber(table, interactions.item, at('item')),
    columnNumber(table, timeName, at('time')),
    ...(rating === undefined ? [] : [columnNumber(table, rating, at('rating'))]),
  ]
  const user = idText(table, columns[0]!, 0, at('user'))
  const item = idText(table, columns[1]!, 1, at('item'))
  const time = timeColumn(table, columns[2]!, 2, interactions.time, at('time'))
  const stars = rating === undefined ? '0' : 'TRY_CAST(c3 AS DOUBLE)'
  const values = `fault AS broken, ${user} AS u, ${item} AS i, ${time.seconds} AS t, ${stars} AS stars`
  const asGiven = `CAST(c2 AS VARCHAR) AS given, CAST(${rating === undefined ? 'NULL' : 'c3'} AS VARCHAR) AS rated`
  const numbered = `SELECT row, ${values}, ${asGiven} FROM (${table.rows(columns, true)})`
  const inRange = `t >= ${time.from} AND t < ${time.until}`
  return {
    time,
    parsed: `
      SELECT u, i, t, coalesce(broken IS NULL AND u <> '' AND i <> '' AND ${inRange} AND isfinite(stars), false) AS good,
        ${minRating === undefined ? 'false' : `stars < ${minRating}`} AS low
      FROM (SELECT ${values} FROM (${table.rows(columns, false)}))`,
    faults: `
      SELECT row, CASE WHEN broken IS NOT NULL THEN broken
        ${idFaults('u', interactions.user)} ${idFaults('i', interactions.item)}
        WHEN t IS NULL OR NOT isfinite(t) THEN ${says(timeName, 'given', `is not ${time.form}`)}
        WHEN t < ${time.from} THEN ${says(timeName, 'given', rangeText(time, 'early'))}
        WHEN t >= ${time.until} THEN ${says(timeName, 'given', rangeText(time, 'late'))}
        WHEN stars IS NULL OR NOT isfinite(stars) THEN ${says(rating ?? '', 'rated', 'is not a number')}
        END AS fault FROM (${numbered}) WHERE fault IS NOT NULL`,
    outOfRange: `SELECT row, given FROM (${numbered}) WHERE isfinite(t) AND NOT (${inRange})`,
  }
}

/** SQL: a sentence on a value. */
function says(name: string, value: string, what: string): string {
  return `${sqlText(`${name}: `)} || coalesce(CAST(to_json(left(${value}, 60)) AS VARCHAR), 'nothing') || ${sqlText(` ${what}`)}`
}

/** SQL: branches of a CASE for what can be wrong with an id, as `idFault` has it. */
function idFaults(column: 'u' | 'i', name: string): string {
  const matches = (form: string, what: string): string =>
    `WHEN regexp_matches(${column}, ${sqlText(form)}) THEN ${says(name, column, what)}`
  return `WHEN ${column} IS NULL OR ${column} = '' THEN ${sqlText(`${name}: the id is empty`)}
    ${matches(controlCharacters, 'holds a control character')}
    ${matches(outerSpace, 'has white space at its beginning or end')}`
}
