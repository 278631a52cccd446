import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { writeFileAtomic } from '@veilrec/runtime'

/** What lies in a checked file: the sum is over the text of the result, so that a damaged file is no result. */
interface CheckedFile {
  readonly formatVersion: number
  readonly sha256: string
  readonly result: unknown
}

/**
 * A result that {@link writeChecked} stored; undefined where there is none, or none that can be trusted. What form it has is for
 * whoever named the file after everything that it depends on.
 */
export async function readChecked(path: string, formatVersion: number): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { formatVersion: found, sha256: expected, result } = JSON.parse(text) as Partial<CheckedFile>
    return found === formatVersion && sha256(JSON.stringify(result)) === expected ? result : undefined
  } catch {
    return undefined
  }
}

/**
 * Stores a result at once and whole; makes its folder.
 *
 * @returns the result as a reader will get it, so that nothing depends on what was stored.
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function writeChecked<T>(path: string, formatVersion: number, result: T): Promise<T> {
  const text = JSON.stringify(result)
  const asRead = JSON.parse(text) as T
  const stored: CheckedFile = { formatVersion, sha256: sha256(text), result: asRead }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileAtomic(path, `${JSON.stringify(stored)}\n`)
  return asRead
}

/** SHA-256 (hex) of a text or of bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
