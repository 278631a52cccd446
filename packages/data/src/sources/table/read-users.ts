import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError, type UserAttribute } from '@veilrec/core'
import { streamTable } from '../../duckdb/table.js'
import { attributeReader, maxClasses } from './attribute-reader.js'
import { badRow, prefixed, refuseSecond } from './bad-row.js'
import type { BadRows } from '../bad-rows.js'
import { idFault, idText, plainText } from './ids.js'
import { columnNumber, openTable } from './open-table.js'
import type { TablePlan } from './table-plan.js'

/** What a file says of the users. */
export interface ListedUsers {
  /** Number of each user, from 0 in the order of the file. */
  readonly numbers: Map<string, number>
  readonly attributes: readonly UserAttribute[]
  /** What the user should know about how attributes were read. */
  readonly notes: readonly string[]
  /** Path of the file; none where no file lists users. */
  readonly path?: string
}

/**
 * Reads the users and their attributes. No value of an attribute stands in any message.
 *
 * @throws VeilrecError `DATA_MALFORMED_ROW` for a row that is out of form (unless such rows are skipped) and for a user
 *   who is listed twice; `CONFIG_INVALID` for a column that is not there and an attribute with too many classes; what
 *   {@link openTable} throws
 */
export async function readUsers(
  connection: DuckDBConnection,
  plan: TablePlan,
  badRows: BadRows,
): Promise<ListedUsers> {
  const { users } = plan.mapping
  const numbers = new Map<string, number>()
  if (users === undefined) return { numbers, attributes: [], notes: [] }
  const table = await openTable(connection, plan, 'users', users)
  const entries = Object.entries(users.attributes)
  const idPlace = plan.place(['users', 'id'])
  const columns = [
    columnNumber(table, users.id, idPlace),
    ...entries.map(([name, attribute]) =>
      columnNumber(table, attribute.column ?? name, plan.place(['users', 'attributes', name, 'column'])),
    ),
  ]
  const readers = entries.map(([name, attribute]) => attributeReader(name, attribute, plan.sayBins))
  const values = readers.map((_, a) => plainText(table, columns[a + 1]!, a + 1))
  const sql = `SELECT ${['row', 'fault', idText(table, columns[0]!, 0, idPlace), ...values].join(', ')}
    FROM (${table.rows(columns, true)})`
  await streamTable(connection, table, sql, ([rows, faults, ids, ...texts], _start, count) => {
    for (let r = 0; r < count; r++) {
      const row = rows!.getItem(r) as number
      const id = (ids!.getItem(r) ?? '') as string
      const own = texts.map((column) => column.getItem(r) as string)
      const fault =
        (faults!.getItem(r) as string | null) ??
        prefixed(users.id, idFault(id)) ??
        own.map((text, a) => readers[a]!.fault(text)).find((one) => one !== undefined)
      if (fault !== undefined) {
        badRows.add(badRow(table, row, fault))
        continue
      }
      if (numbers.has(id)) refuseSecond(table, row, users.id, id)
      numbers.set(id, numbers.size)
      own.forEach((text, a) => readers[a]!.push(text))
    }
  })
  const attributes: UserAttribute[] = []
  const notes: string[] = []
  readers.forEach((reader, a) => {
    const outcome = reader.finish()
    const [name, attribute] = entries[a]!
    if ('attribute' in outcome) {
      attributes.push(outcome.attribute)
      if (outcome.note !== undefined) notes.push(outcome.note)
    } else if (attribute.type === 'guess') {
      notes.push(`${name}: left out, as ${outcome.unfit}`)
    } else {
      throw new VeilrecError(
        'CONFIG_INVALID',
        `${plan.place(['users', 'attributes', name])}: ${table.path}: ${name} cannot be an attribute: ${outcome.unfit}`,
        { attribute: name, maxClasses },
        `put numbers into bins (${plan.sayBins}), give several values one class, or leave the attribute out`,
      )
    }
  })
  return { numbers, attributes, notes, path: table.path }
}
