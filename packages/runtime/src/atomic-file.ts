import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { fileAccessError } from './file-access.js'

/** Content of a file: text (written as UTF-8), bytes, or pieces that are written one after the other. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>

let temporaryFiles = 0

/**
 * Writes a file so that a reader, or a machine that loses power, sees the old content or the new one and
 * never a part of it.
 *
 * The content goes to a temporary file in the same folder (mode 0600), which is flushed to the disk and then
 * renamed; the folder is flushed last. A failure removes the temporary file and leaves the old content.
 * Throws `FILE_UNWRITABLE` when the operating system refuses; an error thrown by the pieces passes through.
 *
 * @example
 * await writeFileAtomic('run.json', JSON.stringify(run))
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const temporary = await writeTemporary(path, content)
  try {
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw fileAccessError('FILE_UNWRITABLE', path, error)
  }
}

async function writeTemporary(path: string, content: FileContent): Promise<string> {
  const { handle, temporary } = await openTemporary(path)
  try {
    if (typeof content === 'string') await handle.writeFile(content, 'utf8')
    else
      for (const piece of content instanceof Uint8Array ? [content] : content) await handle.writeFile(piece)
    await handle.sync()
    await handle.close()
    return temporary
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw fileAccessError('FILE_UNWRITABLE', path, error)
  }
}

async function openTemporary(
  path: string,
): Promise<{ handle: Awaited<ReturnType<typeof open>>; temporary: string }> {
  for (;;) {
    // No two writers share a name; a file left by a crashed process of the same id is stepped over.
    const suffix = `${process.pid}-${threadId}-${temporaryFiles++}`
    const temporary = join(dirname(path), `.${basename(path)}.${suffix}.tmp`)
    try {
      return { handle: await open(temporary, 'wx', 0o600), temporary }
    } catch (error) {
      if (isSystemError(error) && error.code === 'EEXIST') continue
      throw fileAccessError('FILE_UNWRITABLE', path, error)
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is durable enough.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
