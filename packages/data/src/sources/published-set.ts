import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import { throwIfAborted } from '../abort.js'
import type { SourceFile } from '../raw-data.js'

/** A data set that its publisher gives out as an archive of files. */
export interface PublishedSet<Name extends string> {
  /** Name of the source, as typed by the user. */
  readonly source: string
  /** The archive to download from `page`. */
  readonly archive: string
  readonly page: string
  /**
   * The files that are read and how their published bytes are recognised: by SHA-256 or, where only that is known, by
   * the SHA-1 of the git blob.
   */
  readonly files: Readonly<Record<Name, { readonly sha256: string } | { readonly gitBlob: string }>>
}

/** Files that were found: where they are, and what they are. */
export interface FoundFiles<Name extends string> {
  readonly paths: Readonly<Record<Name, string>>
  readonly files: readonly SourceFile[]
}

/**
 * Finds the files of a published set in a folder and compares them with what the publisher gives out.
 *
 * @throws VeilrecError `DATA_FILES_MISSING` naming what is missing, what is expected and where to get it, also without a
 *   folder; `DATA_UNREADABLE`; `ABORTED`
 */
export async function findPublishedFiles<Name extends string>(
  set: PublishedSet<Name>,
  from: string | undefined,
  signal: AbortSignal | undefined,
): Promise<FoundFiles<Name>> {
  const names = Object.keys(set.files) as Name[]
  const hint = `download ${set.archive} from ${set.page}, unpack it, and give its folder with --from`
  if (from === undefined) {
    throw new VeilrecError(
      'DATA_FILES_MISSING',
      `the source "${set.source}" needs the folder that holds ${names.join(', ')}`,
      { expected: names, page: set.page },
      hint,
    )
  }
  const folder = resolve(from)
  const missing: string[] = []
  for (const name of names) {
    await access(join(folder, name), constants.R_OK).catch(() => missing.push(name))
  }
  if (missing.length > 0) {
    throw new VeilrecError(
      'DATA_FILES_MISSING',
      `${folder}: cannot read ${missing.join(', ')}; expected are ${names.join(', ')}`,
      { folder, missing, expected: names, page: set.page },
      hint,
    )
  }
  const paths = Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Name, string>
  const files: SourceFile[] = []
  for (const name of names) files.push(await describeFile(paths[name], set.files[name], signal))
  return { paths, files }
}

async function describeFile(
  path: string,
  published: { readonly sha256: string } | { readonly gitBlob: string },
  signal: AbortSignal | undefined,
): Promise<SourceFile> {
  const sha256 = createHash('sha256')
  const gitBlob = createHash('sha1')
  try {
    gitBlob.update(`blob ${(await stat(path)).size}\0`)
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
      sha256.update(chunk)
      if ('gitBlob' in published) gitBlob.update(chunk)
    }
  } catch (error) {
    throwIfAborted(signal)
    throw new VeilrecError('DATA_UNREADABLE', `${path}: ${(error as Error).message}`, { path })
  }
  const own = sha256.digest('hex')
  const asPublished =
    'sha256' in published ? own === published.sha256 : gitBlob.digest('hex') === published.gitBlob
  return { name: basename(path), sha256: own, asPublished }
}
