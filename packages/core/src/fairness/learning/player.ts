import type { OptimizerConfig } from '../../graph/optimizers/optimizer.js'
import type { Scope } from '../../graph/scope.js'
import type { Objective } from '../../graph/training-step.js'
import type { BatchInputs, BatchShape } from '../../models/recommender.js'
import type { Rng } from '../../random.js'

/** One side of the training of a veil: what it minimises, over which of the parameters. */
export interface Player {
  /** Such as `adversary`; names its compiled steps and its metrics. */
  readonly name: string
  /** Steps on batches of its own in every round, at least 1. */
  readonly steps: number
  /** Its parameters, by name; everything else stands still while it moves. */
  readonly trains: (parameter: string) => boolean
  readonly optimizer: OptimizerConfig
  /** Largest Euclidean norm of its gradients together; no limit when left out. */
  readonly clipNorm?: number
  /** Steps of its own over which its learning rate rises linearly; none when left out. */
  readonly warmupSteps?: number
  /** What becomes of its learning rate: `cosine` falls to 0 by half a cosine until the last epoch; `constant` stays, for adversaries. */
  readonly schedule: 'cosine' | 'constant'
  /** Traces its loss, a scalar, over inputs that {@link VeilGame.batch} fills. */
  readonly objective: (scope: Scope, shape: BatchShape) => Objective
}

/** A batch for one step of a player. */
export interface PlayerBatch {
  readonly shape: BatchShape
  readonly inputs: BatchInputs
}

/**
 * How a learned veil is trained: players that take turns over one set of parameters, the recommender's own among them: frozen
 * (`ParameterStore`'s second argument), or where both are trained together a player's. A round is every player in order, each with
 * its number of steps.
 */
export interface VeilGame {
  readonly players: readonly [Player, ...Player[]]
  /** After so many rounds the veil is looked at. */
  readonly roundsPerEpoch: number
  /** At most so many rounds are lost when the training is killed; those of an epoch when left out. */
  readonly roundsPerCheckpoint?: number
  /**
   * The next batch of a player; everything random about it follows from `rng` and from the number of rounds that were played
   * before, 0 when left out, so that a resumed training meets the same.
   */
  readonly batch: (player: Player, rng: Rng, round?: number) => PlayerBatch
}
