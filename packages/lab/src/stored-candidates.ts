import { VeilrecError, type Histories } from '@veilrec/core'
import { loadCandidates } from '@veilrec/data'

/**
 * The candidates of sampled rankings on the test items; undefined for a data set that was made before they were stored.
 *
 * @throws VeilrecError what `loadCandidates` throws, `DATASET_OUTDATED` excepted.
 */
export async function storedCandidates(home: string, name: string): Promise<Histories | undefined> {
  try {
    return (await loadCandidates(home, name)).test
  } catch (error) {
    if (error instanceof VeilrecError && error.code === 'DATASET_OUTDATED') return undefined
    throw error
  }
}
