import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@veilrec/runtime'

const identityFile = 'identity.json'

/** A folder for what a veil in the making must not lose. */
export interface WorkFolder {
  readonly path: string
  /** Whether there is anything in it to go on from. */
  hasWork(): Promise<boolean>
  remove(): Promise<void>
}

/**
 * The work folder of a method in a run folder. What lies there from before is kept if it was made for the same thing and
 * deleted otherwise.
 *
 * @param identity everything that the work depends on, as JSON.
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function openWorkFolder(
  runFolder: string,
  method: string,
  identity: string,
): Promise<WorkFolder> {
  const path = join(runFolder, 'veils', `.${method}.work`)
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true })
  const found = await readFile(join(path, identityFile), 'utf8').catch(() => undefined)
  if (found !== identity) {
    await remove()
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeFileAtomic(join(path, identityFile), identity)
  }
  return {
    path,
    remove,
    hasWork: async () => (await readdir(path)).some((name) => name !== identityFile),
  }
}
