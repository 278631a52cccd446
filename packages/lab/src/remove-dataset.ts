import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { VeilrecError } from '@veilrec/core'
import { datasetCard, removeDataset } from '@veilrec/data'
import { z } from 'zod'

import { listRuns } from './run-folder.js'

/** What {@link removeUnusedDataset} is asked to do. */
export interface RemoveDatasetRequest {
  readonly home: string
  /** Name of the data set. */
  readonly name: string
  /** Removes it even if runs were trained on it. */
  readonly force?: boolean
}

/**
 * Removes a data set that no run needs: a run cannot be evaluated, audited or asked without its data.
 *
 * @returns the runs that were trained on it, which only `force` leaves behind.
 * @throws VeilrecError `DATASET_IN_USE` naming the runs; `DATASET_NOT_FOUND`; whatever `removeDataset` throws.
 */
export async function removeUnusedDataset({
  home,
  name,
  force = false,
}: RemoveDatasetRequest): Promise<{ readonly name: string; readonly runs: readonly string[] }> {
  await datasetCard(home, name).catch((error: unknown) => {
    // A damaged data set can be removed as well.
    if (!(error instanceof VeilrecError) || error.code !== 'DATASET_CORRUPT') throw error
  })
  const runs = await runsOf(home, name)
  if (runs.length > 0 && !force) {
    throw new VeilrecError(
      'DATASET_IN_USE',
      `${runs.length === 1 ? 'the run' : 'the runs'} ${runs.join(', ')} cannot be used without the data set "${name}"`,
      { name, runs },
      'Remove the runs first, or force it.',
    )
  }
  await removeDataset(home, name)
  return { name, runs }
}

/** Names of the runs that say they were trained on a data set, whatever version wrote them. */
async function runsOf(home: string, dataset: string): Promise<string[]> {
  const runs: string[] = []
  for (const { name, folder } of await listRuns(home)) {
    const text = await readFile(join(folder, 'run.json'), 'utf8').catch(() => '{}')
    if (datasetNameOf(text) === dataset) runs.push(name)
  }
  return runs
}

function datasetNameOf(manifest: string): string | undefined {
  try {
    return manifestSchema.parse(JSON.parse(manifest)).dataset.name
  } catch {
    return undefined
  }
}

const manifestSchema = z.looseObject({ dataset: z.looseObject({ name: z.string() }) })
