import type { DuckDBConnection } from '@duckdb/node-api'
import { streamTable, type Table, type TableColumn } from './table.js'
import { sqlName, sqlText } from './with-duckdb.js'

/**
 * Opens a Parquet file. Rows are numbered from 1.
 *
 * @throws VeilrecError `DATA_UNREADABLE`
 */
export async function openParquetTable(connection: DuckDBConnection, path: string): Promise<Table> {
  // Older writers store text without saying that it is text.
  const file = (option: string): string => `read_parquet(${sqlText(path)}, binary_as_string = true${option})`
  const columns: TableColumn[] = []
  await streamTable(
    connection,
    { path },
    `DESCRIBE SELECT * FROM ${file('')}`,
    ([name, type], _start, count) => {
      for (let row = 0; row < count; row++) {
        columns.push({ name: String(name!.getItem(row)), type: String(type!.getItem(row)) })
      }
    },
  )
  return {
    path,
    header: path,
    columns,
    lineMark: ': row ',
    rows: (numbers, numbered) => {
      const number = numbered ? ['CAST(file_row_number AS INTEGER) + 1 AS row'] : []
      const values = numbers.map((column, index) => `${sqlName(columns[column]!.name)} AS c${index}`)
      return `SELECT ${[...number, ...values].join(', ')}, CAST(NULL AS VARCHAR) AS fault
        FROM ${file(numbered ? ', file_row_number = true' : '')}`
    },
  }
}
