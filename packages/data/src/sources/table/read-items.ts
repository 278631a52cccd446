import type { DuckDBConnection } from '@duckdb/node-api'
import type { ItemProperty } from '@veilrec/core'
import { streamTable } from '../../duckdb/table.js'
import { PropertyBuilder } from '../../prepare/property-builder.js'
import type { BadRows } from '../bad-rows.js'
import { badRow, prefixed, refuseSecond } from './bad-row.js'
import { idFault, idText, listSeparator, plainText } from './ids.js'
import { columnNumber, openTable } from './open-table.js'
import type { TablePlan } from './table-plan.js'

/** What a file says of the items. */
export interface ListedItems {
  /** Number of each item, from 0 in the order of the file. */
  readonly numbers: Map<string, number>
  /** By item number; none where the file has none. */
  readonly titles?: string[]
  /** `offsets` is `[listed items + 1]`. */
  readonly properties: readonly ItemProperty[]
  /** What the user should know about how properties were read. */
  readonly notes: readonly string[]
  /** Path of the file; none where no file lists items. */
  readonly path?: string
}

/**
 * Reads the items, their titles and properties. An empty title becomes the id; an empty property is none.
 *
 * @throws VeilrecError `DATA_MALFORMED_ROW` for a row that is out of form (unless such rows are skipped) and for an item that
 *   is listed twice; `CONFIG_INVALID` for a column that is not there; what {@link openTable} throws
 */
export async function readItems(
  connection: DuckDBConnection,
  plan: TablePlan,
  badRows: BadRows,
): Promise<ListedItems> {
  const { items } = plan.mapping
  const numbers = new Map<string, number>()
  if (items === undefined) return { numbers, properties: [], notes: [] }
  const table = await openTable(connection, plan, 'items', items)
  const entries = Object.entries(items.properties)
  const idPlace = plan.place(['items', 'id'])
  const columns = [
    columnNumber(table, items.id, idPlace),
    ...entries.map(([name, { column }]) =>
      columnNumber(table, column ?? name, plan.place(['items', 'properties', name, 'column'])),
    ),
    ...(items.title === undefined ? [] : [columnNumber(table, items.title, plan.place(['items', 'title']))]),
  ]
  const builders = entries.map(([name]) => new PropertyBuilder(name))
  const separators = entries.map(([, { separator }], p) =>
    table.columns[columns[p + 1]!]!.type.endsWith('[]') ? listSeparator : separator,
  )
  const titles: string[] = []
  const texts = columns.slice(1).map((column, index) => plainText(table, column, index + 1))
  const sql = `SELECT ${['row', 'fault', idText(table, columns[0]!, 0, idPlace), ...texts].join(', ')}
    FROM (${table.rows(columns, true)})`
  await streamTable(connection, table, sql, ([rows, faults, ids, ...values], _start, count) => {
    for (let r = 0; r < count; r++) {
      const row = rows!.getItem(r) as number
      const id = (ids!.getItem(r) ?? '') as string
      const fault = (faults!.getItem(r) as string | null) ?? prefixed(items.id, idFault(id))
      if (fault !== undefined) {
        badRows.add(badRow(table, row, fault))
        continue
      }
      if (numbers.has(id)) refuseSecond(table, row, items.id, id)
      numbers.set(id, numbers.size)
      builders.forEach((builder, p) => builder.add(valuesOf(values[p]!.getItem(r) as string, separators[p])))
      if (items.title !== undefined) titles.push((values[builders.length]!.getItem(r) as string) || id)
    }
  })
  const properties = builders.map((builder) => builder.build())
  const kept = properties.filter(({ values }) => values.length <= (plan.maxPropertyValues ?? Infinity))
  return {
    numbers,
    ...(items.title === undefined ? {} : { titles }),
    properties: kept,
    notes: properties
      .filter((property) => !kept.includes(property))
      .map(({ name, values }) => `${name}: left out, as it has ${values.length} different values`),
    path: table.path,
  }
}

/** The values in a text. */
function valuesOf(text: string, separator: string | undefined): string[] {
  const parts = separator === undefined ? [text] : text.split(separator)
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
