import { VeilrecError } from '@veilrec/core'
import type { Table } from '../../duckdb/table.js'
import { BadRows, type BadRow } from '../bad-rows.js'
import { shown } from './ids.js'

/** A row of a table that is out of form, as {@link BadRows} takes it. */
export function badRow({ path, lineMark }: Table, line: number, problem: string): BadRow {
  return { path, lineMark, line, problem, hint: 'correct or remove the row' }
}

/** A fault with the name of its column in front. */
export function prefixed(column: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${column}: ${fault}`
}

/**
 * Refuses an id that has a row of its own already. Which of the two is right nobody can say, so it is never skipped.
 *
 * @throws VeilrecError `DATA_MALFORMED_ROW`
 */
export function refuseSecond(table: Table, line: number, column: string, id: string): never {
  const problem = `${column}: ${shown(id)} occurs a second time`
  new BadRows('fail').add({ ...badRow(table, line, problem), hint: 'keep one row per id' })
  throw new VeilrecError('INTERNAL', problem)
}
