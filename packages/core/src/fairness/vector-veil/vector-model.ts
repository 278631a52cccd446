import type { Objective } from '../../graph/training-step.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { Player } from '../learning/player.js'

/** A batch of frozen user vectors as the objectives of a {@link VectorModel} meet it. */
export interface VectorBatch {
  readonly size: number
  /** float32 `[size, dimension]`, of the frozen recommender. */
  readonly vectors: Tensor
  /** float32 `[size, attributes]`, 1 where the row's requirement hides the attribute. */
  readonly hidden: Tensor
  /** int32 `[size]` for each attribute in order of their names: the class, or -1 where the label may not be seen. */
  readonly labels: readonly Tensor[]
  /** float32 `[size, noiseWidth]` of independent N(0, 1), where the model asks for it; drawn anew for every batch. */
  readonly noise?: Tensor
  /** Where the model asks for one. */
  readonly audience?: VectorAudience
  /** How badly vectors `[size, dimension]` predict the items that came next, a scalar. */
  readonly recommendationLoss: (vectors: Tensor) => Tensor
}

/**
 * Users as an attacker meets them, by the vectors of their whole histories, all under one requirement: to see how much the
 * veiled vectors of a crowd tell.
 */
export interface VectorAudience {
  readonly size: number
  /** float32 `[size, dimension]`, of the frozen recommender; different users. */
  readonly vectors: Tensor
  /** float32 `[size, attributes]`, all rows alike, 1 = hidden, at least one. */
  readonly hidden: Tensor
  /** float32 `[size, classes]` for each attribute: what `distilledLabels` tells of each user. */
  readonly probabilities: readonly Tensor[]
}

/** One side of the training of a {@link VectorModel}. */
export interface VectorPlayer extends Omit<Player, 'objective'> {
  /** Whether half of its rows are to be of users whose labels may train; rows of anybody when left out. */
  readonly readsLabels?: boolean
  /** By attribute, whether it is hidden in all rows of its batches and of its audience; drawn at random when left out. */
  readonly requirement?: readonly boolean[]
  readonly objective: (scope: Scope, batch: VectorBatch) => Objective
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
  readonly veil: (scope: Scope, vectors: Tensor, hidden: Tensor) => Tensor
  readonly players: readonly [VectorPlayer, ...VectorPlayer[]]
  /** Rows of the audience that its objectives look at; none when left out. */
  readonly audienceSize?: number
  /** Width of the noise that its objectives need; none when left out. A veil that serves has no noise. */
  readonly noiseWidth?: number
}
