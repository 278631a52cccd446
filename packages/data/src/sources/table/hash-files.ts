import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { throwIfAborted } from '../../abort.js'
import type { SourceFile } from '../../raw-data.js'

/** Name and SHA-256 of files, whose publisher's bytes are not known. */
export async function hashFiles(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const path of paths) {
    const hash = createHash('sha256')
    for await (const part of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      throwIfAborted(signal)
      hash.update(part as Buffer)
    }
    files.push({ name: basename(path), sha256: hash.digest('hex'), asPublished: null })
  }
  return files
}
