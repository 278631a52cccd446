import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { openTextTable } from '../duckdb/text-table.js'

const featureTypes = ['token', 'token_seq', 'float', 'float_seq'] as const

/** A column of an atomic file. */
export interface Feature {
  readonly name: string
  readonly type: (typeof featureTypes)[number]
  /** As the header has it, `name:type`. */
  readonly column: string
}

/**
 * The columns of an atomic file, from its header.
 *
 * @throws VeilrecError `DATA_MALFORMED_ROW` for a column that is not `name:type`; `DATA_EMPTY`, `DATA_UNREADABLE`
 */
export async function readFeatures(connection: DuckDBConnection, path: string): Promise<Feature[]> {
  const { columns } = await openTextTable(connection, path, {
    delimiter: '\t',
    encoding: 'utf-8',
    quotes: false,
  })
  return columns.map(({ name: column }) => {
    const colon = column.lastIndexOf(':')
    const type = featureTypes.find((one) => one === column.slice(colon + 1))
    if (colon > 0 && type !== undefined) return { name: column.slice(0, colon), type, column }
    throw new VeilrecError(
      'DATA_MALFORMED_ROW',
      `${path}:1: the column ${JSON.stringify(column.slice(0, 60))} is not of the form name:type`,
      { path, line: 1 },
      `the first line of an atomic file names the columns, separated by tabs; types are ${featureTypes.join(', ')}`,
    )
  })
}
