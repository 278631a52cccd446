export { addDataset, addDatasetStages, type AddDatasetRequest, type AddDatasetStage } from './add-dataset.js'
export { loadDataset } from './storage/load-dataset.js'
export { loadCandidates } from './storage/load-candidates.js'
export { removeDataset } from './storage/remove-dataset.js'
export { type Candidates, type PartSize, type SplitSizes } from './prepare/splits.js'
export { writeFolderAtomically } from './storage/atomic-folder.js'
export { listDatasets } from './storage/list-datasets.js'
export {
  datasetCard,
  datasetCardSchema,
  datasetFormatVersion,
  type DatasetCard,
} from './storage/dataset-card.js'
export { type DatasetStatistics } from './prepare/statistics.js'
export { duckDBVersion } from './duckdb/duckdb-version.js'
export { datasetSources, sourceNames, type SourceName, type SourceOptions } from './sources/registry.js'
export {
  type ConfiguredSource,
  type DatasetSource,
  type FilterOptions,
  type Licence,
  type RatingOptions,
  type ReadRequest,
} from './sources/dataset-source.js'
export { mappingSchema, type Mapping, type MappingInput } from './sources/mapping.js'
export { readRunFile, type ReadRunFileRequest } from './run-file/read-run-file.js'
export { type RunFile, type UnknownIds } from './run-file/run-file.js'
export { readVectorTable, type VectorTable } from './vectors/read-vector-table.js'
export { readUsersFile, type UsersFile } from './vectors/read-users-file.js'
export { readUserIds } from './vectors/read-user-ids.js'
export { type RawData, type SkippedRows, type SourceFile } from './raw-data.js'
export { simulate, type SimulatedUser, type Simulation } from './simulator/simulate.js'
export { knownLeakage, type KnownLeakage } from './simulator/known-leakage.js'
export { type Catalogue } from './simulator/catalogue.js'
export {
  simulatorOptionsSchema,
  type SimulatorOptions,
  type SimulatorOptionsInput,
} from './simulator/options.js'
export { yamlOffset } from './sources/yaml-offset.js'
