import type { DatasetSource } from './dataset-source.js'
import { movielens1m } from './movielens-1m.js'
import { simulated } from './simulated.js'

/** Names of the sources, as the user types them. */
export const sourceNames = ['ml-1m', 'simulated'] as const

/** One of {@link sourceNames}. */
export type SourceName = (typeof sourceNames)[number]

/** Every source there is. */
export const datasetSources: Readonly<Record<SourceName, DatasetSource>> = {
  'ml-1m': movielens1m,
  simulated,
}
