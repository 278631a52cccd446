import type { SimulatorOptionsInput } from '../simulator/options.js'
import type { DatasetSource, FileOptions, RatingOptions } from './dataset-source.js'
import { movielens100k } from './movielens-100k.js'
import { movielens1m } from './movielens-1m.js'
import { pfrecAliec, pfrecCikm } from './pfrec.js'
import { recbole, type RecboleOptions } from './recbole.js'
import { simulated } from './simulated.js'
import { table, type TableOptions } from './table.js'

/** Names of the sources, as the user types them. */
export const sourceNames = [
  'ml-1m',
  'ml-100k',
  'recbole',
  'table',
  'pfrec-cikm',
  'pfrec-aliec',
  'simulated',
] as const

/** One of {@link sourceNames}. */
export type SourceName = (typeof sourceNames)[number]

/** Options of any source, as given. */
export type SourceOptions =
  FileOptions | RatingOptions | RecboleOptions | TableOptions | SimulatorOptionsInput

/** Every source there is. */
export const datasetSources: Readonly<Record<SourceName, DatasetSource>> = {
  'ml-1m': movielens1m,
  'ml-100k': movielens100k,
  recbole,
  table,
  'pfrec-cikm': pfrecCikm,
  'pfrec-aliec': pfrecAliec,
  simulated,
}
