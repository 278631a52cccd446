export { errorCodes, VeilrecError, type ErrorCode, type ErrorDetails, type ErrorKind } from '@veilrec/core'
export {
  type Dataset,
  type Histories,
  type Progress,
  type ProgressSink,
  type UserAttribute,
} from '@veilrec/core'
export {
  addDataset,
  datasetCard,
  listDatasets,
  loadDataset,
  sourceNames,
  type AddDatasetRequest,
  type AddDatasetStage,
  type DatasetCard,
  type SourceName,
} from '@veilrec/data'
export {
  audit,
  doctor,
  overviewRuns,
  readConfig,
  recommend,
  train,
  veil,
  veilMethods,
  type AuditRequest,
  type AuditResult,
  type DoctorRequest,
  type DoctorResult,
  type RecommendRequest,
  type RecommendResult,
  type RunManifest,
  type RunOverview,
  type TrainRequest,
  type VeilManifest,
  type VeilMethod,
  type VeilRequest,
  type VeilResult,
} from '@veilrec/lab'
export { resolveHome } from '@veilrec/runtime'
