import type { DuckDBConnection } from '@duckdb/node-api'
import { sqlName } from '../duckdb/with-duckdb.js'

/**
 * Makes an enumeration type of ids: casting to it looks a text up without a join, so that rows keep their order.
 *
 * A code is the place in `ids`, which are all different.
 */
export async function createIdType(
  connection: DuckDBConnection,
  name: string,
  ids: readonly string[],
): Promise<void> {
  const { DuckDBDataChunk } = await import('@duckdb/node-api')
  const table = `${name}s`
  await connection.run(`CREATE TABLE ${sqlName(table)} (place INTEGER, id VARCHAR)`)
  const appender = await connection.createAppender(table)
  const types = [appender.columnType(0), appender.columnType(1)]
  const blockSize = 2048 // DuckDB's vector size
  for (let start = 0; start < ids.length; start += blockSize) {
    const block = ids.slice(start, start + blockSize)
    const places = block.map((_, index) => start + index)
    const chunk = DuckDBDataChunk.create(types, block.length)
    chunk.setColumns([places, block])
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
  await connection.run(
    `CREATE TYPE ${sqlName(name)} AS ENUM (SELECT id FROM ${sqlName(table)} ORDER BY place)`,
  )
}
