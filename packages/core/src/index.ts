export { errorCodes, type ErrorCode, type ErrorCodeEntry, type ErrorKind } from './errors/error-codes.js'
export { VeilrecError, type ErrorDetails, type SerializedError } from './errors/veilrec-error.js'
export { Rng, type RngState } from './random.js'
export {
  userGroups,
  type Dataset,
  type GlobalTimeSplit,
  type Histories,
  type ItemProperty,
  type UserAttribute,
  type UserGroup,
} from './dataset.js'
export { drawCandidates } from './splits/evaluation-candidates.js'
export { globalTimeBorders, globalTimeProportions, splitByTime } from './splits/global-time.js'
export { iterativeStratification } from './splits/iterative-stratification.js'
export { splitUsers, userGroupProportions } from './splits/user-groups.js'
export * from './graph/index.js'
export * as layers from './layers/index.js'
export { defined, undefinedBecause, type Measure } from './metrics/measure.js'
export { midRank, targetRanks } from './metrics/rank.js'
export { ndcgAtK } from './metrics/ndcg.js'
export { hitAtK } from './metrics/hit.js'
export { recallAtK } from './metrics/recall.js'
export { precisionAtK } from './metrics/precision.js'
export { reciprocalRankAtK } from './metrics/mrr.js'
export { rankingAuc } from './metrics/ranking-auc.js'
export { coverage } from './metrics/coverage.js'
export { summarize, type MetricSummary } from './metrics/summarize.js'
export { rocAuc } from './metrics/roc-auc.js'
export { macroRocAuc, type MacroRocAuc } from './metrics/macro-roc-auc.js'
export { balancedAccuracy } from './metrics/balanced-accuracy.js'
export { majorityShare, microF1 } from './metrics/micro-f1.js'
export {
  innerProductBound,
  screenedTopK,
  type ScreenedScores,
  type ScreenedTopKOptions,
} from './metrics/screened-top-k.js'
export { topK, type TopK } from './metrics/top-k.js'
export { topKLists } from './metrics/top-k-lists.js'
export {
  rankInLists,
  removeSeen,
  topKOfLists,
  type RecommendationLists,
  type UnseenLists,
} from './metrics/recommendation-lists.js'
export { leaveOneOutTargets, type LeaveOneOutTargets } from './metrics/leave-one-out.js'
export { globalTimeTargets, type GlobalTimeTargets } from './metrics/global-time.js'
export { rankAmongCandidates, rankByScores, rankTargets, type VectorRanking } from './metrics/full-ranking.js'
export { vectorScores, type ScoreRows, type ScoringVectors } from './metrics/vector-scores.js'
export { candidateCounts, userMask } from './metrics/user-mask.js'
export { type Ranks, type TargetRanks, type Targets } from './metrics/targets.js'
export {
  groupMetric,
  type GroupGap,
  type GroupMetric,
  type GroupSpread,
  type GroupSummary,
  type SignedGap,
} from './metrics/group-metric.js'
export { type NoiseFloor } from './metrics/group-noise-floor.js'
export { type GroupOptions } from './metrics/group-values.js'
export { groupGapDifference, type GroupGapDifference } from './metrics/group-gap-difference.js'
export { intersectAttributes } from './metrics/group-intersection.js'
export {
  adoptionEntropy,
  averageAdoptionEntropy,
  entropyCorrections,
  itemAdoption,
  type EntropyCorrection,
  type ItemAdoption,
} from './metrics/adoption-entropy.js'
export { interactionFairness, type InteractionFairness } from './metrics/interaction-fairness.js'
export {
  entropySortedLists,
  interactionControls,
  type InteractionControlInput,
} from './metrics/interaction-controls.js'
export {
  interactionReport,
  type InteractionReport,
  type InteractionReportInput,
  type InteractionRow,
  type InteractionTable,
} from './metrics/interaction-report.js'
export {
  formatCount,
  formatDuration,
  formatFixed,
  formatInterval,
  formatPercent,
} from './text/format-numbers.js'
export { quantile, type BootstrapOptions, type Interval } from './statistics/interval.js'
export { bootstrapMean, type MeanEstimate } from './statistics/bootstrap-mean.js'
export { pairedBootstrap, type PairedDifference } from './statistics/paired-bootstrap.js'
export { holm } from './statistics/holm.js'
export { compareWithBaselines, type BaselineComparison } from './statistics/compare-with-baselines.js'
export { bootstrapAuc } from './statistics/bootstrap-auc.js'
export { hypervolumeShare, kneeOf, paretoFront, type TradeOff } from './statistics/pareto.js'
export { normalProbability } from './statistics/normal-probability.js'
export { normalQuantile } from './statistics/normal-quantile.js'
export type { Matrix } from './linalg/matrix.js'
export { cholesky, choleskySolve } from './linalg/cholesky.js'
export { symmetricEigen, type SymmetricEigen } from './linalg/symmetric-eigen.js'
export {
  fitLogisticRegression,
  mostProbableClass,
  predictProbabilities,
  type LogisticRegression,
  type LogisticRegressionOptions,
} from './attacks/linear/logistic-regression.js'
export { applyAffineMap, applyToRow, identityMap, type AffineMap } from './fairness/affine-map.js'
export { fitLinearErasure, type LinearErasureInput } from './fairness/linear-erasure.js'
export { linearErasureMaps, linearErasureMethod, linearErasureVeil } from './fairness/linear-erasure-veil.js'
export {
  canonicalRequirement,
  maxVeiledAttributes,
  requirementKey,
  requirementsOf,
  servedRequirements,
} from './fairness/requirements.js'
export type { BaseEncoder, Requirement, Veil } from './fairness/veil.js'
export { baselineScores, type Baseline } from './models/baseline.js'
export { popularity } from './models/popularity.js'
export { random } from './models/random.js'
export { itemKnn, itemKnnSchema, type ItemKnnConfig } from './models/item-knn.js'
export { coOccurrence } from './models/co-occurrence.js'
export {
  sasrec,
  sasrecKind,
  sasrecObjective,
  sasrecSchema,
  type Sasrec,
  type SasrecConfig,
} from './models/sasrec.js'
export {
  bert4rec,
  bert4recSchema,
  type Bert4rec,
  type Bert4recConfig,
  type Bert4recSequence,
} from './models/bert4rec.js'
export { bert4recKind, bert4recObjective } from './models/bert4rec-recommender.js'
export { gru4rec, gru4recKind, gru4recSchema, type Gru4rec, type Gru4recConfig } from './models/gru4rec.js'
export { deepmodel, deepmodelKind, deepmodelSchema, type DeepmodelConfig } from './models/deepmodel.js'
export { pmf, pmfKind, pmfSchema, type PmfConfig } from './models/pmf.js'
export { type Progress, type ProgressSink } from './progress.js'
export { Encoder, queryName } from './models/encoder.js'
export { innerProduct, type ItemVectors, type Scorer } from './models/scorer.js'
export { recommenderKind, recommenderKinds } from './models/registry.js'
export {
  bayesianPersonalizedRanking,
  binaryCrossEntropy,
  generalizedBinaryCrossEntropy,
  softmaxCrossEntropy,
  type GbceOptions,
} from './training/losses.js'
export {
  negativesPerPosition,
  sharedNegatives,
  type NegativeDraw,
  type SharedNegatives,
} from './training/negative-sampling.js'
export {
  nextItemInputs,
  nextItemLoss,
  nextItemSettings,
  type NextItemConfig,
} from './training/next-item-objective.js'
export {
  historyQuery,
  nextItemBatch,
  planEpoch,
  rowsPerBatch,
  timeBucket,
  timeBuckets,
  type BatchOptions,
  type NextItemBatch,
} from './training/sequence-batches.js'
export type {
  BatchInputs,
  BatchShape,
  CatalogueSize,
  Passage,
  PlannedBatch,
  Recommender,
  RecommenderKind,
  RecommenderPreset,
} from './models/recommender.js'
export { closest } from './config/closest.js'
export { schemaProblems, suggestKey, type SchemaProblem } from './config/schema-problems.js'
export type {
  AttackContext,
  AttackerFit,
  AttackerKind,
  AttackProblem,
  Evidence,
  FittedAttacker,
  LabelledUsers,
} from './attacks/attacker.js'
export { attackSuite } from './attacks/suite/attack-suite.js'
export type {
  AttackSource,
  AttackState,
  AttackSuiteInput,
  AttackSuiteOptions,
  AttackSuiteResult,
  SuiteAttacker,
  SuiteFigures,
} from './attacks/suite/suite-result.js'
export { atChance, defaultChanceMargin, meetsBar, type BarVerdict } from './attacks/suite/suite-verdict.js'
export {
  logisticRegressionAttacker,
  type LogisticRegressionConfig,
} from './attacks/linear/logistic-regression-attacker.js'
export {
  permutationNull,
  type NullCell,
  type PermutationNull,
  type PermutationNullInput,
  type WorstCell,
} from './attacks/null/permutation-null.js'
export {
  chosenAttackerNull,
  type ChosenCell,
  type ChosenNullInput,
} from './attacks/null/permutation-chosen.js'
export { largeMlpAttacker, mlpAttacker } from './attacks/neural/mlp-attacker.js'
export { listMlpAttacker } from './attacks/neural/list-mlp-attacker.js'
export type { NeuralConfig } from './attacks/neural/neural-config.js'
export { knnAttacker, type KnnConfig } from './attacks/neighbours/knn-attacker.js'
export {
  listLogisticRegressionAttacker,
  type ListLogisticRegressionConfig,
} from './attacks/linear/list-logistic-regression-attacker.js'
export { treesAttacker, type TreesConfig } from './attacks/trees/trees-attacker.js'
export {
  afrlAttacker,
  paperAttacker,
  pfrecAttacker,
  type PaperAttackerConfig,
} from './attacks/paper/paper-attacker.js'
export { paperAttack, type PaperAttackInput, type PaperAttackResult } from './attacks/paper/paper-attack.js'
export { attackProfiles, type AttackProfile } from './attacks/suite/suite-profiles.js'
export {
  adversarialLoss,
  attributeClassifier,
  classifierLoss,
  classWeights,
  type AdversarialForm,
  type AdversaryTarget,
} from './fairness/learning/adversary.js'
export {
  defenceLabels,
  type DefenceAttribute,
  type DefenceLabels,
} from './fairness/learning/defence-labels.js'
export { dependence } from './fairness/learning/dependence.js'
export { toldByItems, drawFolds, type ToldByItemsInput } from './fairness/learning/told-by-items.js'
export { distilledLabels, type DistilledLabelsInput } from './fairness/learning/distilled-labels.js'
export { frozenScorer, innerProductScorer, type FrozenScorer } from './fairness/learning/frozen-scorer.js'
export type { Player, PlayerBatch, VeilGame } from './fairness/learning/player.js'
export { probeAuc, type ProbeInput } from './fairness/learning/probe-auc.js'
export {
  recommendationInputs,
  recommendationLoss,
  recommendationTargets,
  type RecommendationTargets,
} from './fairness/learning/recommendation-loss.js'
export { veilTrainingSettings, type VeilTrainingConfig } from './fairness/learning/veil-settings.js'
export {
  vectorGame,
  type AudienceVectors,
  type VectorGameInput,
  type VectorWindows,
} from './fairness/vector-veil/vector-game.js'
export type {
  VectorAudience,
  VectorBatch,
  VectorModel,
  VectorPlayer,
} from './fairness/vector-veil/vector-model.js'
export { vectorVeilSettings, type VectorVeilConfig } from './fairness/vector-veil/vector-veil-settings.js'
export { vectorVeil, type VectorVeilInput } from './fairness/vector-veil/vector-veil.js'
export {
  eliminator,
  promptInitializer,
  type Eliminator,
  type EliminatorTask,
} from './fairness/pfrec/eliminator.js'
export {
  eliminatorStore,
  initializeEliminator,
  servingParameters,
} from './fairness/pfrec/eliminator-store.js'
export { fillMemory, memorySize, type RememberedUsers } from './fairness/pfrec/audience-memory.js'
export { pfrecGame, type PfrecGameInput } from './fairness/pfrec/pfrec-game.js'
export { pfrecPresets, pfrecSchema, type PfrecConfig } from './fairness/pfrec/pfrec-settings.js'
export {
  pfrecMethod,
  pfrecVeil,
  type PfrecVeilInput,
  type TrainedEliminator,
} from './fairness/pfrec/pfrec-veil.js'
export type { PromptedAttribute } from './fairness/pfrec/prompt.js'
export type { Promptable } from './models/promptable.js'
export type { Insertions, SubLayer } from './layers/insertions.js'
export { filtersModel, filtersVeil } from './fairness/filters/filters.js'
export { initializeFilters } from './fairness/filters/filters-start.js'
export {
  filtersMethod,
  filtersPresets,
  filtersSchema,
  type FiltersConfig,
} from './fairness/filters/filters-settings.js'
export { jointFilters, type JointFiltersInput } from './fairness/filters/joint-filters.js'
export {
  jointFiltersPresets,
  jointFiltersSchema,
  type JointFiltersConfig,
} from './fairness/filters/joint-filters-settings.js'
export { ffvaeModel, ffvaeVeil } from './fairness/ffvae/ffvae.js'
export type { FfvaeShape } from './fairness/ffvae/ffvae-network.js'
export { initializeFfvae } from './fairness/ffvae/ffvae-start.js'
export { ffvaeMethod, ffvaePresets, ffvaeSchema, type FfvaeConfig } from './fairness/ffvae/ffvae-settings.js'
export { afrlPresets, afrlSchema, type AfrlConfig } from './fairness/afrl/afrl-config.js'
export { afrlEmbeddings, type AfrlEmbeddings } from './fairness/afrl/afrl.js'
export { afrlModel, afrlVeil, initializeAfrl } from './fairness/afrl/afrl-model.js'
export { sampleWindows, windowHistories, type Windows } from './fairness/vector-veil/windows.js'
