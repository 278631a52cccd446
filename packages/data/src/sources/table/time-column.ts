import type { Table } from '../../duckdb/table.js'
import { VeilrecError } from '@veilrec/core'
import type { Mapping, TimeUnit } from '../mapping.js'

/** Times from here on are out of range: the beginning of the year 2100, in seconds since 1970. */
const latest = 4_102_444_800
/** Times before 1975 are out of range where the unit is milliseconds: seconds of today would be in 1970. */
const earliestOfMilliseconds = 157_766_400

/** A column of times: how to read it, and which times can be. */
export interface TimeColumn {
  readonly name: string
  readonly unit: TimeUnit | 'timestamp'
  /** SQL: seconds since 1970, NULL or not finite where the value is not a time. */
  readonly seconds: string
  /** What the value should be, such as `a number`. */
  readonly form: string
  /** Seconds since 1970; times before are out of range. */
  readonly from: number
  /** Seconds since 1970; times from here on are out of range. */
  readonly until: number
}

/**
 * How to read a column of times.
 *
 * Out of range is what the declared unit makes of a time in another one: seconds after 2100 are milliseconds,
 * milliseconds before 1975 are seconds. Times before 1970 are out of range, too.
 *
 * @param index of the column among those asked for, see {@link Table.rows}
 * @throws VeilrecError `CONFIG_INVALID` for a Parquet type that is no time, or not one in this unit
 */
export function timeColumn(
  { columns, path }: Table,
  column: number,
  index: number,
  time: Mapping['interactions']['time'],
  place: string,
): TimeColumn {
  const { name, type } = columns[column]!
  const value = `c${index}`
  const range = { name, until: latest, from: 0 }
  if (/^(DATE|TIMESTAMP.*)$/.test(type)) {
    if (typeof time === 'string' || time.unit === 'iso') {
      const seconds = `epoch(CAST(${value} AS ${type.includes('ZONE') ? type : 'TIMESTAMP'}))`
      return { ...range, unit: 'timestamp', seconds, form: 'a time' }
    }
    throw unfit(
      `${place}: ${path}: the column "${name}" is of type ${type} and needs no unit`,
      'give only its name',
    )
  }
  const unit = typeof time === 'string' ? 'seconds' : time.unit
  if (unit === 'iso') {
    if (type !== 'VARCHAR')
      throw unfit(`${place}: ${path}: the column "${name}" is of type ${type}, not text`)
    const seconds = `CASE WHEN regexp_full_match(${value}, '${isoForm}') THEN epoch(TRY_CAST(${value} AS TIMESTAMPTZ)) END`
    return { ...range, unit, seconds, form: 'a time such as 2024-05-31T12:00:00Z' }
  }
  if (!/^(VARCHAR|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) {
    throw unfit(`${place}: ${path}: the column "${name}" is of type ${type}, not numbers`)
  }
  const number = `TRY_CAST(${value} AS DOUBLE)`
  return unit === 'seconds'
    ? { ...range, unit, seconds: number, form: 'a number' }
    : { ...range, unit, seconds: `${number} / 1000`, form: 'a number', from: earliestOfMilliseconds }
}

const isoForm = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d+)?)?(Z|[+-]\d{2}(:\d{2})?)?)?`

/** What is said of a time out of range. */
export function rangeText({ unit, from }: TimeColumn, side: 'early' | 'late'): string {
  const read = unit === 'seconds' || unit === 'milliseconds' ? ` in ${unit}` : ''
  return side === 'late' ? `is after the year 2099${read}` : `is before ${from === 0 ? 1970 : 1975}${read}`
}

function unfit(message: string, hint?: string): VeilrecError {
  return new VeilrecError('CONFIG_INVALID', message, {}, hint)
}
