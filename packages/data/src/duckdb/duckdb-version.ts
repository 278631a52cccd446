import { withDuckDB } from './with-duckdb.js'

/**
 * Version of the DuckDB that is installed, such as `v1.5.5`, asked of the engine itself: it is loaded and answers a query.
 *
 * @throws whatever loading the native library throws where it is missing
 */
export async function duckDBVersion(): Promise<string> {
  return withDuckDB(undefined, async (connection) => {
    const rows = await connection.runAndReadAll('SELECT version()')
    return String(rows.getRows()[0]?.[0])
  })
}
