import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { runOnTable, streamTable, type Table } from '../../duckdb/table.js'
import { maxExamples, type BadRows } from '../bad-rows.js'
import { badRow } from './bad-row.js'
import { idFault } from './ids.js'
import { interactionRows, type InteractionRows } from './interaction-rows.js'
import { openTable } from './open-table.js'
import type { TablePlan } from './table-plan.js'
import { rangeText } from './time-column.js'

/** Interactions by the numbers of users and items, in the order of the file. */
export interface ReadInteractions {
  /** `[numRows]` */
  readonly user: Int32Array
  /** `[numRows]` */
  readonly item: Int32Array
  /** `[numRows]`, seconds since 1970. */
  readonly time: Float64Array
  /** Rows left out for their rating. */
  readonly belowMinRating: number
  /** Path of the file. */
  readonly path: string
}

/**
 * Reads the interactions without a JavaScript string or object for each: DuckDB parses the file once, numbers the ids in the order
 * of their characters (an ENUM type), and hands out numbers. Rows are numbered, and what is wrong with them is put in words, in
 * a second pass, which is made only when something is wrong.
 *
 * @param users numbers of the users; those who are not among them get the next ones, in the order of their ids
 * @param items the same for items
 * @throws VeilrecError `DATA_MALFORMED_ROW` for a row that is out of form, unless such rows are skipped; `DATA_TIME_UNIT` when
 *   most times are out of range in the unit; `DATA_EMPTY`; `CONFIG_INVALID` for a column that is not there or not of a
 *   fitting type; what {@link openTable} throws
 */
export async function readInteractions(
  connection: DuckDBConnection,
  plan: TablePlan,
  minRating: number | undefined,
  users: Map<string, number>,
  items: Map<string, number>,
  badRows: BadRows,
): Promise<ReadInteractions> {
  const table = await openTable(connection, plan, 'interactions', plan.mapping.interactions)
  const rows = interactionRows(table, plan, minRating)
  const counts = await parse(connection, table, rows)
  if (counts.rows === 0) {
    throw new VeilrecError('DATA_EMPTY', `${table.path}: the file holds no interaction`, { path: table.path })
  }
  if (2 * Math.max(counts.early, counts.late) > counts.rows) {
    throw await wrongUnit(connection, table, rows, counts, plan.sayUnit)
  }
  const userIds = await sortedIds(connection, 'u')
  const itemIds = await sortedIds(connection, 'i')
  const idsAreGood = [...userIds, ...itemIds].every((id) => idFault(id) === undefined)
  const told =
    counts.good < counts.rows || !idsAreGood ? await tellFaults(connection, table, rows, badRows) : 0

  const user = new Int32Array(counts.good)
  const item = new Int32Array(counts.good)
  const time = new Float64Array(counts.good)
  const userOf = numberIds(userIds, users)
  const itemOf = numberIds(itemIds, items)
  let kept = 0
  let belowMinRating = 0
  if (counts.good > 0) {
    const low = minRating === undefined ? '' : ', low'
    const sql = `SELECT ${place('u')}, ${place('i')}, t${low} FROM parsed WHERE good`
    await streamTable(connection, table, sql, ([userPlaces, itemPlaces, times, lows], _start, count) => {
      for (let r = 0; r < count; r++) {
        const u = userOf[userPlaces!.getItem(r) as number]!
        const i = itemOf[itemPlaces!.getItem(r) as number]!
        if (u < 0 || i < 0) continue
        if (lows?.getItem(r) === true) {
          belowMinRating++
          continue
        }
        user[kept] = u
        item[kept] = i
        time[kept++] = times!.getItem(r) as number
      }
    })
  }
  const untold = counts.rows - kept - belowMinRating - told
  if (untold > 0 && !badRows.areSkipped) {
    throw new VeilrecError(
      'INTERNAL',
      `${table.path}: ${untold} rows are out of form and were not found again`,
    )
  }
  badRows.addMore(untold)
  return {
    user: user.subarray(0, kept),
    item: item.subarray(0, kept),
    time: time.subarray(0, kept),
    belowMinRating,
    path: table.path,
  }
}

/** Counts of rows: all, those in form, and those whose time is out of range in the unit. */
interface RowCounts {
  readonly rows: number
  readonly good: number
  readonly early: number
  readonly late: number
}

/** Fills the tables `parsed`, one row for each of the file, and `ids`, one for each user and each item, and counts. */
async function parse(
  connection: DuckDBConnection,
  table: Table,
  { parsed, time }: InteractionRows,
): Promise<RowCounts> {
  await runOnTable(connection, table, `CREATE TABLE parsed AS ${parsed}`)
  await runOnTable(
    connection,
    table,
    `CREATE TABLE ids AS SELECT u, i, grouping(u) = 0 AS of_user, count(*) AS "rows", count_if(good) AS good,
      count_if(isfinite(t) AND t < ${time.from}) AS early, count_if(isfinite(t) AND t >= ${time.until}) AS late
      FROM parsed GROUP BY GROUPING SETS ((u), (i))`,
  )
  const sums = ['"rows"', 'good', 'early', 'late'].map(
    (count) => `coalesce(CAST(sum(${count}) AS DOUBLE), 0)`,
  )
  let counted: number[] = []
  await streamTable(connection, table, `SELECT ${sums.join(', ')} FROM ids WHERE of_user`, (columns) => {
    counted = columns.map((column) => column.getItem(0) as number)
  })
  const [rows, good, early, late] = counted as [number, number, number, number]
  return { rows, good, early, late }
}

/** The ids that rows in form have, in the order of their characters; also as the type `place_COLUMN`. */
async function sortedIds(connection: DuckDBConnection, column: 'u' | 'i'): Promise<string[]> {
  const ids: string[] = []
  const sql = `SELECT ${column} FROM ids WHERE ${column === 'u' ? '' : 'NOT '}of_user AND good > 0 ORDER BY 1`
  await streamTable(connection, { path: 'ids' }, sql, ([texts], _start, count) => {
    for (let r = 0; r < count; r++) ids.push(texts!.getItem(r) as string)
  })
  if (ids.length > 0) await connection.run(`CREATE TYPE place_${column} AS ENUM (${sql})`)
  return ids
}

/** SQL: the place of an id among the sorted ids. */
function place(column: 'u' | 'i'): string {
  return `CAST(enum_code(CAST(${column} AS place_${column})) AS INTEGER)`
}

/** The number of each id; one that has none yet gets the next, one that is out of form gets -1. */
function numberIds(ids: readonly string[], numbers: Map<string, number>): Int32Array {
  return Int32Array.from(ids, (id) => {
    const known = numbers.get(id)
    if (known !== undefined) return known
    if (idFault(id) !== undefined) return -1
    numbers.set(id, numbers.size)
    return numbers.size - 1
  })
}

/** Tells the first rows that are out of form to `badRows`; returns how many. */
async function tellFaults(
  connection: DuckDBConnection,
  table: Table,
  { faults }: InteractionRows,
  badRows: BadRows,
): Promise<number> {
  const sql = `${faults} ORDER BY row LIMIT ${maxExamples}`
  return streamTable(connection, table, sql, ([row, fault], _start, count) => {
    for (let r = 0; r < count; r++) {
      badRows.add(badRow(table, row!.getItem(r) as number, fault!.getItem(r) as string))
    }
  })
}

/** The error for a column of times of which most are out of range. */
async function wrongUnit(
  connection: DuckDBConnection,
  table: Table,
  { time, outOfRange }: InteractionRows,
  counts: RowCounts,
  sayUnit: string,
): Promise<VeilrecError> {
  const side = counts.early > counts.late ? 'early' : 'late'
  let first = `${table.path}: ${time.name}`
  await streamTable(connection, table, `${outOfRange} ORDER BY row LIMIT 1`, ([row, given]) => {
    const place = `${table.path}${table.lineMark}${row!.getItem(0) as number}`
    first = `${place}: ${time.name}: ${String(given!.getItem(0))}`
  })
  const likely = side === 'late' ? ['seconds', 'milliseconds'] : ['milliseconds', 'seconds']
  return new VeilrecError(
    'DATA_TIME_UNIT',
    `${first} ${rangeText(time, side)}, and so it is with ${counts[side]} of ${counts.rows} rows`,
    { path: table.path, unit: time.unit },
    time.unit === likely[0]
      ? `are these ${likely[1]}? If so, ${sayUnit}`
      : `times are in seconds or milliseconds since 1970; ${sayUnit}`,
  )
}
