import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api'

/** Takes a block of rows: one vector per column, the row at which the block starts, and its length. */
export type TakeRows = (columns: readonly DuckDBVector[], start: number, count: number) => void

/**
 * Streams the rows of a query in order, a block at a time, so that they never lie in memory as JavaScript objects.
 *
 * @returns number of rows
 */
export async function streamRows(connection: DuckDBConnection, sql: string, take: TakeRows): Promise<number> {
  const result = await connection.stream(sql)
  let start = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    const count = chunk?.rowCount ?? 0
    if (chunk === null || count === 0) return start
    take(
      Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column)),
      start,
      count,
    )
    start += count
  }
}
