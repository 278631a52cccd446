import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import { writeFolderAtomically } from '@veilrec/data'
import { bundleManifestFile } from '@veilrec/runtime'

/**
 * Writes a bundle as a folder, which is there whole or not at all; a bundle that is there already is replaced, after the new one lies
 * beside it whole.
 *
 * @throws VeilrecError `BUNDLE_EXISTS` for a folder with something in it that is no bundle, or for a file; `FILE_UNWRITABLE`.
 */
export async function writeBundle(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const target = resolve(folder)
  const replaces = await isBundle(target)
  try {
    if (!replaces) return await create(target, files)
    const beside = await mkdtemp(join(dirname(target), `.${basename(target)}.partial-`))
    try {
      await create(join(beside, 'new'), files)
      await rename(target, join(beside, 'old'))
      await rename(join(beside, 'new'), target)
    } finally {
      await rm(beside, { recursive: true, force: true })
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new VeilrecError('FILE_UNWRITABLE', `${folder}: ${error.message}`, { folder })
  }
}

async function create(target: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await writeFolderAtomically(target, async (temporary) => {
    for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes)
  })
}

/** Whether a bundle is there; false for nothing and for an empty folder. */
async function isBundle(target: string): Promise<boolean> {
  let names: string[]
  try {
    names = await readdir(target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    if (code !== 'ENOTDIR') throw error
    names = ['']
  }
  if (names.length === 0 || names.includes(bundleManifestFile)) return names.length > 0
  throw new VeilrecError(
    'BUNDLE_EXISTS',
    `${target} holds something that is no bundle`,
    { folder: target },
    'Name a folder that is not there, an empty one, or a bundle to be replaced.',
  )
}
