import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import { datasetFolder, datasetsFolder } from './dataset-name.js'
import { exists } from './exists.js'

/**
 * Removes a data set from a home, whatever its format and state. It is renamed first, so that nobody ever sees half of it.
 *
 * @throws VeilrecError `DATASET_NOT_FOUND` when there is none or the folder of this name holds no `dataset.json`;
 *   `DATASET_WRITE_FAILED` when it cannot be removed; `INVALID_ARGUMENT` for a name that cannot be one
 */
export async function removeDataset(home: string, name: string): Promise<void> {
  const folder = datasetFolder(home, name)
  if (!(await exists(folder))) {
    throw new VeilrecError(
      'DATASET_NOT_FOUND',
      `there is no data set "${name}" in ${home}`,
      { name, home },
      'list the data sets there are',
    )
  }
  if (!(await exists(join(folder, 'dataset.json')))) {
    throw new VeilrecError(
      'DATASET_NOT_FOUND',
      `${folder} is not a data set: there is no dataset.json in it`,
      { name, home },
      'remove the folder by hand if nobody needs it',
    )
  }
  const aside = join(datasetsFolder(home), `.${name}.removed-${randomUUID()}`)
  try {
    await rename(folder, aside)
    await rm(aside, { recursive: true })
  } catch (error) {
    throw new VeilrecError(
      'DATASET_WRITE_FAILED',
      `${folder}: ${(error as Error).message}`,
      { folder },
      'check the permissions of the folder, and that no other program has its files open',
    )
  }
}
