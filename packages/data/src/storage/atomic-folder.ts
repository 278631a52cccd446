import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Creates a folder of files so that it is there whole or not at all.
 *
 * `fill` writes into a temporary sibling; its files are made private (0600) and forced to disk, then the folder gets
 * its name. When anything throws, the temporary folder is removed. A folder of that name with something in it makes
 * the rename fail (`ENOTEMPTY` or `EEXIST`; on Windows `EPERM`).
 *
 * @param target folder to create, mode 0700; its parent is created too
 * @param fill writes plain files, no folders, into the folder it is given
 */
export async function writeFolderAtomically(
  target: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(target)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const temporary = await mkdtemp(join(parent, `.${basename(target)}.partial-`)) // mode 0700
  try {
    await fill(temporary)
    for (const name of await readdir(temporary)) {
      const path = join(temporary, name)
      await chmod(path, 0o600)
      await forceToDisk(path, 'r+')
    }
    await syncFolder(temporary)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
  await syncFolder(parent)
}

async function forceToDisk(path: string, flags: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows neither needs nor allows it for folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await forceToDisk(path, 'r')
}
