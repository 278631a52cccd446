import { availableParallelism } from 'node:os'
import type { DuckDBConnection } from '@duckdb/node-api'
import { throwIfAborted } from '../abort.js'

/** Bounds for work on data of any size. */
export interface DuckDBBounds {
  /** Most memory that DuckDB takes, such as `1GB`; threads are bounded with it, since each has buffers of its own. */
  readonly memoryLimit: string
  /** Folder to which DuckDB spills what is larger; it need not exist, and DuckDB empties it. */
  readonly scratch: string
}

/**
 * Runs `work` on a DuckDB of its own, in memory, which reads and writes only the files named in its statements:
 * no extension is fetched, and nothing spills to disk unless `bounds` name a folder for it. Times without a zone are UTC.
 *
 * DuckDB (68 MB of native code) is loaded on the first call. Aborting interrupts the running statement.
 *
 * @throws VeilrecError `ABORTED` when the signal is aborted; whatever `work` throws otherwise
 */
export async function withDuckDB<T>(
  signal: AbortSignal | undefined,
  work: (connection: DuckDBConnection) => Promise<T>,
  bounds?: DuckDBBounds,
): Promise<T> {
  throwIfAborted(signal)
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: bounds?.scratch ?? '',
    ...(bounds === undefined
      ? {}
      : { memory_limit: bounds.memoryLimit, threads: String(Math.min(availableParallelism(), maxThreads)) }),
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const interrupt = (): void => connection.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    return await work(connection)
  } catch (error) {
    throwIfAborted(signal)
    throw error
  } finally {
    signal?.removeEventListener('abort', interrupt)
    connection.closeSync()
    instance.closeSync()
  }
}

const maxThreads = 8

/** A string as an SQL literal. */
export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A name as an SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The message of a DuckDB error: its first line, without the type in front. */
export function duckDBMessage(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.replace(/^(\w+ )+Error: /, '')
}
