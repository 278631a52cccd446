export { errorCodes, type ErrorCode, type ErrorCodeEntry, type ErrorKind } from './errors/error-codes.js'
export { VeilrecError, type ErrorDetails, type SerializedError } from './errors/veilrec-error.js'
export { Rng, type RngState } from './random.js'
export { userGroups, type Dataset, type Histories, type UserAttribute, type UserGroup } from './dataset.js'
export { iterativeStratification } from './splits/iterative-stratification.js'
export { splitUsers, userGroupProportions } from './splits/user-groups.js'
export * from './graph/index.js'
export * as layers from './layers/index.js'
export { defined, undefinedBecause, type Measure } from './metrics/measure.js'
export { midRank } from './metrics/rank.js'
export { ndcgAtK } from './metrics/ndcg.js'
export { hitAtK } from './metrics/hit.js'
export { reciprocalRankAtK } from './metrics/mrr.js'
export { rocAuc } from './metrics/roc-auc.js'
export { macroRocAuc, type MacroRocAuc } from './metrics/macro-roc-auc.js'
export { balancedAccuracy } from './metrics/balanced-accuracy.js'
export { majorityShare, microF1 } from './metrics/micro-f1.js'
export { topK, type TopK } from './metrics/top-k.js'
export { leaveOneOutTargets, type LeaveOneOutTargets } from './metrics/leave-one-out.js'
export { rankTargets, rankTargetsBySharedScores, type VectorRanking } from './metrics/full-ranking.js'
export { quantile, type BootstrapOptions, type Interval } from './statistics/interval.js'
export { bootstrapMean, type MeanEstimate } from './statistics/bootstrap-mean.js'
export { pairedBootstrap, type PairedDifference } from './statistics/paired-bootstrap.js'
export { bootstrapAuc } from './statistics/bootstrap-auc.js'
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
} from './attacks/logistic-regression.js'
export { attackL2Grid } from './attacks/linear-attacker.js'
export {
  attackAttribute,
  type AttackBySource,
  type AttackSource,
  type AttackState,
  type AttributeAttack,
  type AttributeAttackInput,
} from './attacks/attribute-attack.js'
export { applyAffineMap, identityMap, type AffineMap } from './fairness/affine-map.js'
export { fitLinearErasure, type LinearErasureInput } from './fairness/linear-erasure.js'
export { popularityScores } from './models/popularity.js'
export {
  sasrec,
  sasrecObjective,
  sasrecSchema,
  type Sasrec,
  type SasrecBatchShape,
  type SasrecConfig,
} from './models/sasrec.js'
export { type Progress, type ProgressSink } from './progress.js'
export { SasrecEncoder } from './models/sasrec-encoder.js'
export { negativePerPosition, sharedNegatives, type SharedNegatives } from './training/negative-sampling.js'
export {
  nextItemBatch,
  planEpoch,
  rowsPerBatch,
  timeBucket,
  timeBuckets,
  type BatchOptions,
  type BatchPlan,
  type NextItemBatch,
} from './training/sequence-batches.js'
