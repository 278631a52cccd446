export { addDataset, addDatasetStages, type AddDatasetRequest, type AddDatasetStage } from './add-dataset.js'
export { loadDataset } from './storage/load-dataset.js'
export { listDatasets } from './storage/list-datasets.js'
export {
  datasetCard,
  datasetCardSchema,
  datasetFormatVersion,
  type DatasetCard,
} from './storage/dataset-card.js'
export { type DatasetStatistics } from './prepare/statistics.js'
export { duckDBVersion } from './duckdb/duckdb-version.js'
export { datasetSources, sourceNames, type SourceName } from './sources/registry.js'
export {
  type ConfiguredSource,
  type DatasetSource,
  type FilterOptions,
  type Licence,
  type ReadRequest,
} from './sources/dataset-source.js'
export { type RawData } from './raw-data.js'
export { movielens1mOptionsSchema, type Movielens1mOptions } from './sources/movielens-1m.js'
export { simulate, type Simulation } from './simulator/simulate.js'
export {
  simulatorOptionsSchema,
  type SimulatorOptions,
  type SimulatorOptionsInput,
} from './simulator/options.js'
