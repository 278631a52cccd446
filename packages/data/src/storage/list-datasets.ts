import { readdir } from 'node:fs/promises'
import { datasetCard, type DatasetCard } from './dataset-card.js'
import { datasetsFolder } from './dataset-name.js'

/**
 * The cards of all data sets in a home, by name; none when nothing was added yet.
 *
 * @throws VeilrecError what {@link datasetCard} throws for a folder that is not a data set
 */
export async function listDatasets(home: string): Promise<DatasetCard[]> {
  let names: string[]
  try {
    const entries = await readdir(datasetsFolder(home), { withFileTypes: true })
    // What starts with a dot is a data set in the making.
    names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return Promise.all(names.sort().map((name) => datasetCard(home, name)))
}
