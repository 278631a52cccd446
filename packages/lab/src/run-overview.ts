import { listRuns, readManifest } from './run-folder.js'
import type { RunManifest } from './run-manifest.js'
import { listVeils } from './veil-folder.js'

/** A run and the requirements it has veils for. */
export interface RunOverview {
  readonly name: string
  readonly folder: string
  readonly manifest: RunManifest
  /** Attribute names of each veil, in the order of the veils' ids. */
  readonly veils: readonly (readonly string[])[]
}

/**
 * All runs of a home with their manifests and veils, the newest first; none when nothing was trained yet.
 *
 * @throws VeilrecError `RUN_CORRUPT`, `VEIL_CORRUPT`, `FORMAT_TOO_NEW`
 */
export async function overviewRuns(home: string): Promise<RunOverview[]> {
  const runs = await listRuns(home)
  return Promise.all(
    runs.map(async ({ name, folder }) => {
      const veils = await listVeils(folder)
      return {
        name,
        folder,
        manifest: await readManifest(folder),
        veils: veils.map(({ attributes }) => attributes),
      }
    }),
  )
}
