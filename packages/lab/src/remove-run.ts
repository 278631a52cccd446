import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { closest, VeilrecError } from '@veilrec/core'

import { listRuns } from './run-folder.js'

/** Folders of runs on their way out; a leading dot keeps them out of every listing. */
const trashPrefix = '.removed-'

/**
 * Removes a run: it is gone at once and whole, whatever happens while its files are deleted; leftovers of an earlier
 * removal that was killed are deleted, too.
 *
 * @param name the whole name, and never a beginning of it or `latest`: nothing is removed by a slip.
 * @throws VeilrecError `RUN_NOT_FOUND`
 */
export async function removeRun(home: string, name: string): Promise<{ readonly name: string }> {
  const runs = await listRuns(home)
  const run = runs.find((listed) => listed.name === name)
  if (run === undefined) {
    const names = runs.map((listed) => listed.name)
    const meant = closest(name, names) ?? names.find((known) => known.startsWith(name))
    throw new VeilrecError(
      'RUN_NOT_FOUND',
      `there is no run "${name}"`,
      { name, names },
      meant === undefined
        ? 'See what there is with "veilrec runs".'
        : `Did you mean ${meant}? The whole name is needed.`,
    )
  }
  const folder = dirname(run.folder)
  await rename(run.folder, join(await mkdtemp(join(folder, trashPrefix)), name))
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(trashPrefix)) await rm(join(folder, entry), { recursive: true, force: true })
  }
  return { name }
}
