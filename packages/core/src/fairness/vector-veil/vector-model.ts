import type { Objective } from '../../graph/training-step.js'
import type { OptimizerConfig } from '../../graph/optimizers/optimizer.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'

/** A batch of frozen user vectors as the objectives of a {@link VectorModel} meet it. */
export interface VectorBatch {
  readonly size: number
  /** float32 `[size, dimension]`, of the frozen recommender. */
  readonly vectors: Tensor
  /** float32 `[size, attributes]`, 1 where the row's requirement hides the attribute. */
  readonly hidden: Tensor
  /** int32 `[size]` for each attribute in order of their names: the class, or -1 where the label may not be seen. */
  readonly labels: readonly Tensor[]
  /** How badly vectors `[size, dimension]` predict the items that came next, a scalar. */
  readonly recommendationLoss: (vectors: Tensor) => Tensor
}

/** One side of the training of a {@link VectorModel}; see `Player`. */
export interface VectorPlayer {
  readonly name: string
  readonly steps: number
  readonly trains: (parameter: string) => boolean
  readonly optimizer: OptimizerConfig
  readonly clipNorm?: number
  objective(scope: Scope, batch: VectorBatch): Objective
}

/**
 * A veil that is a function of the user vector: trained behind a frozen recommender of any kind, one model for every
 * requirement (AFRL, the filters of Li et al., FFVAE).
 */
export interface VectorModel {
  /**
   * Traces the veiled vectors `[batch, dimension]`.
   *
   * @param vectors `[batch, dimension]`; `batch` may be symbolic.
   * @param hidden `[batch, attributes]`, 1 = hidden, in order of their names. A row that hides nothing may give anything:
   * it is never used.
   */
  veil(scope: Scope, vectors: Tensor, hidden: Tensor): Tensor
  readonly players: readonly [VectorPlayer, ...VectorPlayer[]]
}
