export { encodeKnown, encodeUsers, type EncodeOptions } from './encode-users.js'
export { loadRun, type LoadedRun } from './load-run.js'
export { exportOnnx, onnxModelOf, type ExportOnnxRequest, type ExportOnnxResult } from './export-onnx.js'
export { nextStep, type NextStep } from './next-step.js'
export { removeRun } from './remove-run.js'
export { listRuns, readManifest, resolveRun, type RunListing } from './run-folder.js'
export { runManifestSchema, type Accuracy, type RunManifest } from './run-manifest.js'
export { defaultModel, parseRunConfig, type JointVeil, type RunConfig } from './run-config.js'
export { train, type JointVeilRequest, type TrainRequest, type TrainResult } from './train.js'
export { trainingSchema, type TrainingConfig } from './training-config.js'
export { audit } from './audit/audit.js'
export { bundle, type BundleRequest, type BundleResult } from './bundle/bundle.js'
export { selfCheckBundle, type SelfCheckBundleRequest } from './bundle/self-check-bundle.js'
export { type AuditRequest } from './audit/audit-request.js'
export {
  auditedEvidence,
  auditFormatVersion,
  type AuditAccuracy,
  type AuditCheck,
  type AuditControls,
  type AuditedAttribute,
  type AuditedEvidence,
  type AuditedGroups,
  type AuditNull,
  type AuditResult,
  type AuditRow,
  type JudgedAttack,
  type WorstHidden,
} from './audit/audit-result.js'
export { auditVectors, type AuditVectorsRequest } from './audit-vectors/audit-vectors.js'
export {
  vectorAuditFormatVersion,
  type LeakVerdict,
  type ValidityCheck,
  type VectorAttack,
  type VectorAuditResult,
} from './audit-vectors/vector-audit-result.js'
export { type LeftOut } from './audit-vectors/match-users.js'
export { commentedConfig, configJsonSchema, describeModels, type ModelDescription } from './config-docs.js'
export { partVeil, readConfig, type ConfigSources } from './config-file.js'
export { doctor, type DoctorRequest, type DoctorResult } from './doctor.js'
export { recommend, type RecommendedItem, type RecommendRequest, type RecommendResult } from './recommend.js'
export { overviewRuns, type RunOverview } from './run-overview.js'
export { veil, type VeilRequest, type VeilResult } from './veils/veil.js'
export { baseEncoder } from './base-encoder.js'
export { listVeils, loadVeil } from './veils/veil-folder.js'
export { findVeil } from './veils/veil-lookup.js'
export { veilKind, veilKinds, veilMethods } from './veils/veil-kinds.js'
export { jointMethod, type JointGameInput, type JointMethod } from './veils/joint-method.js'
export type { VectorShape } from './veils/vector-shape.js'
export type { MadeVeil, StoredVeil, VeilKind, VeilStep, VeilTask } from './veils/veil-kind.js'
export { readVeilConfig, type VeilConfigSources } from './veils/veil-config.js'
export { type GameOutcome, type Judgement, type TrainingRecord } from './veils/training-record.js'
export { veilManifestSchema, type VeilManifest } from './veils/veil-manifest.js'
export { removeUnusedDataset, type RemoveDatasetRequest } from './remove-dataset.js'
export { evaluate, type EvaluateRequest } from './evaluation/evaluate.js'
export {
  evaluationFormatVersion,
  type BaselineFigures,
  type EvaluationResult,
  type Figures,
  type MetricName,
  type RunFileReport,
  type SystemFigures,
} from './evaluation/evaluation-result.js'
export { evaluationSplits, type EvaluationSplit } from './evaluation/evaluation-task.js'
export { readSettings, type SettingProblems, type SettingSources } from './settings-document.js'
export { reproduce, type ReproduceRequest, type Reproduction } from './reproduce/reproduce.js'
export { listReproductions, type ListedTable } from './reproduce/list-reproductions.js'
export { reproductionMarkdown } from './reproduce/reproduction-markdown.js'
export { paperTables } from './reproduce/paper-tables.js'
export type {
  AccuracyMetric,
  BaseRecipe,
  Claim,
  ClaimTest,
  DataRecipe,
  FigureRecipe,
  LeakMetric,
  PaperMetric,
  PaperRow,
  PaperTable,
  PublishedFigures,
  VeilRecipe,
} from './reproduce/paper-table.js'
export {
  reproductionFormatVersion,
  type CellReport,
  type CellState,
  type ContractReport,
  type JudgedClaim,
  type ReproducedFigure,
  type ReproducedFigureData,
  type ReproducedRow,
  type ReproducedSystem,
  type ReproductionResult,
} from './reproduce/reproduction-result.js'
export type { Figure } from './reproduce/figures-of-cells.js'
export type { CellTraining, TrainingSummary, VeilTrainingSummary } from './reproduce/training-of-cell.js'
export { hashOfSources } from './source-hash.js'
export type { ContractRow, MadeOn } from './reproduce/measured-cell.js'
export type { AttackerStrength, Verdict } from './reproduce/verdict.js'
export { axisOf, ticksOf, type Axis } from './report/figures/axis.js'
export { cardOrigin, cardShape, splitRows, type CardPair } from './reading/card-lines.js'
export { cardWarnings } from './reading/card-warnings.js'
export { checkLines, checkSummary, type ShownCheck } from './reading/checks.js'
export {
  headlineEvidence,
  highestAuc,
  leakageOf,
  leakOf,
  leaksOf,
  type HeadlineEvidence,
  type Leak,
  type SeenAttack,
} from './reading/leaks.js'
export { report, type ReportRequest, type ReportResult } from './report/report.js'
export { type ReportFinding } from './report/report-document.js'
export { nullLines } from './reading/null-lines.js'
export { attackerName, requirementName } from './reading/requirement-name.js'
export {
  scoreCardFigures,
  unequalAttributes,
  type FigureBeside,
  type ScoreCardFigures,
} from './reading/score-card.js'
export { verdictSentence, type JudgedRow } from './reading/verdict-sentence.js'
