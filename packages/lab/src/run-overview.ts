import { listRuns, readManifest } from './run-folder.js'
import type { RunManifest } from './run-manifest.js'
import { listVeils } from './veils/veil-folder.js'
import type { VeilManifest } from './veils/veil-manifest.js'

/** A run and its veils. */
export interface RunOverview {
  readonly name: string
  readonly folder: string
  readonly manifest: RunManifest
  /** In the order of their ids. */
  readonly veils: readonly Pick<VeilManifest, 'id' | 'method' | 'attributes'>[]
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
        veils: veils.map(({ id, method, attributes }) => ({ id, method, attributes })),
      }
    }),
  )
}
