export { accuracyOf, rankByPopularity, rankByVectors } from './evaluate.js'
export { encodeHistories, encodeUsers, type EncodeOptions } from './encode-users.js'
export { loadRun, type LoadedRun } from './load-run.js'
export { listRuns, readManifest, resolveRun, type RunListing } from './run-folder.js'
export { runManifestSchema, type Accuracy, type RunManifest } from './run-manifest.js'
export { parseRunConfig, train, type RunConfig, type TrainRequest } from './train.js'
export { trainingSchema, type TrainingConfig } from './training-config.js'
export { audit, type AuditRequest } from './audit.js'
export {
  auditFormatVersion,
  type AuditAccuracy,
  type AuditedAttribute,
  type AuditResult,
  type AuditRow,
  type HistoryControl,
} from './audit-result.js'
export { readConfig, type ConfigSources } from './config-file.js'
export { doctor, type DoctorRequest, type DoctorResult } from './doctor.js'
export { recommend, type RecommendedItem, type RecommendRequest, type RecommendResult } from './recommend.js'
export { overviewRuns, type RunOverview } from './run-overview.js'
export { veil, type VeilRequest, type VeilResult } from './veil.js'
export { veilManifestSchema, veilMethods, type VeilManifest, type VeilMethod } from './veil-manifest.js'
