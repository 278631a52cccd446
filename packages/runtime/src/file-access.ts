import { open, type FileHandle } from 'node:fs/promises'
import { VeilrecError, type ErrorCode } from '@veilrec/core'

/** A file opened for reading, with its size known. */
export interface OpenFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Fills the target from a byte position; throws `FILE_MALFORMED` when the file ends before that. */
  read(target: Uint8Array, position: number): Promise<void>
}

/**
 * Opens a regular file, hands it to the callback and closes it.
 *
 * Throws `FILE_UNREADABLE` when the operating system refuses, or when the path names something other than a
 * regular file.
 */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const stats = await handle.stat()
    if (!stats.isFile()) throw new VeilrecError('FILE_UNREADABLE', `${path}: not a regular file`, { path })
    return await use(openFile(path, stats.size, handle))
  } catch (error) {
    throw fileAccessError('FILE_UNREADABLE', path, error)
  } finally {
    await handle?.close()
  }
}

function openFile(path: string, size: number, handle: FileHandle): OpenFile {
  return {
    path,
    size,
    async read(target: Uint8Array, position: number): Promise<void> {
      let done = 0
      while (done < target.byteLength) {
        // One read call cannot fill more than 2 GiB.
        const length = Math.min(target.byteLength - done, 2 ** 30)
        const { bytesRead } = await handle.read(target, done, length, position + done)
        if (bytesRead === 0) throw malformed(path, position + done, 'the file ends here, more was expected')
        done += bytesRead
      }
    },
  }
}

/** The `FILE_MALFORMED` error for a file whose bytes break its format at a byte offset. */
export function malformed(path: string, offset: number, problem: string): VeilrecError {
  return new VeilrecError(
    'FILE_MALFORMED',
    `${path}: byte ${offset}: ${problem}`,
    { path, offset, problem },
    'The file is damaged or was cut short; make it again or copy it again.',
  )
}

/** An error of the operating system as a `VeilrecError`; a `VeilrecError`, or a bug, passes unchanged. */
export function fileAccessError(code: ErrorCode, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return new VeilrecError(code, `${path}: ${error.message}`, {
    path,
    systemCode: 'code' in error ? error.code : undefined,
  })
}
