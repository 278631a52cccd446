import { VeilrecError } from '../../errors/veilrec-error.js'
import type { Scope } from '../../graph/scope.js'
import type { Rng } from '../../random.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import type { FrozenScorer } from '../learning/frozen-scorer.js'
import type { Player, VeilGame } from '../learning/player.js'
import {
  recommendationInputs,
  recommendationLoss,
  recommendationTargets,
} from '../learning/recommendation-loss.js'
import type { VeilTrainingConfig } from '../learning/veil-settings.js'
import type { VectorBatch, VectorModel, VectorPlayer } from './vector-model.js'

/** Frozen vectors with what came next, encoded once. */
export interface VectorWindows {
  readonly dimension: number
  /** `[rows, dimension]` row-major. */
  readonly vectors: Float32Array
  /** `[n]`, the row of each window's vector: several windows share one where a recommender reads no history. */
  readonly rows: Int32Array
  /** `[n]` */
  readonly users: Int32Array
  /** `[n]` */
  readonly targets: Int32Array
}

/** What {@link vectorGame} plays with. */
export interface VectorGameInput {
  readonly model: VectorModel
  readonly windows: VectorWindows
  readonly labels: DefenceLabels
  readonly scorer: FrozenScorer
  readonly settings: Pick<VeilTrainingConfig, 'batchSize' | 'loss' | 'numNegatives'>
}

/**
 * The training of a {@link VectorModel}. Half of a batch are windows of anybody, half windows of users whose labels may
 * train; each row hides each attribute with probability 1/2, by itself (AFRL section 3.4).
 *
 * Inputs: `vectors`, `hidden`, `label0`, `label1`, ... and those of {@link recommendationLoss}. An epoch is as many rounds as take
 * all windows once.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when no window belongs to a user whose labels train.
 */
export function vectorGame({ model, windows, labels, scorer, settings }: VectorGameInput): VeilGame {
  const { attributes, trainingUsers } = labels
  const { dimension, vectors, rows, users, targets } = windows
  const size = settings.batchSize
  const training = new Set(trainingUsers)
  const labelled = Int32Array.from(users.keys()).filter((window) => training.has(users[window]!))
  if (labelled.length === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'no defence user has two items before the validation item: there is nothing to learn from',
      { windows: users.length },
      'Use a data set with longer histories.',
    )
  }
  const declared = (scope: Scope): VectorBatch => {
    const targets = recommendationTargets(scope, size, settings, scorer.numItems)
    return {
      size,
      vectors: scope.input('vectors', 'float32', [size, dimension]),
      hidden: scope.input('hidden', 'float32', [size, attributes.length]),
      labels: attributes.map((_, index) => scope.input(`label${index}`, 'int32', [size])),
      recommendationLoss: (veiled) => recommendationLoss(scope, veiled, targets, scorer, settings),
    }
  }
  const player = ({ objective, ...rest }: VectorPlayer): Player => ({
    ...rest,
    objective: (scope) => objective(scope, declared(scope)),
  })
  const [first, ...others] = model.players
  return {
    players: [player(first), ...others.map(player)],
    roundsPerEpoch: Math.ceil(users.length / size),
    batch(_, rng) {
      const chosen = Int32Array.from({ length: size }, (_, row) =>
        row % 2 === 0 ? rng.int(users.length) : labelled[rng.int(labelled.length)]!,
      )
      const batch = new Float32Array(size * dimension)
      chosen.forEach((window, row) => {
        const from = rows[window]! * dimension
        batch.set(vectors.subarray(from, from + dimension), row * dimension)
      })
      const label = ({ training: codes }: DefenceLabels['attributes'][number]): Int32Array =>
        chosen.map((window) => codes[users[window]!]!)
      return {
        shape: { batch: size, time: 1 },
        inputs: {
          vectors: batch,
          hidden: Float32Array.from({ length: size * attributes.length }, () => rng.int(2)),
          ...Object.fromEntries(attributes.map((attribute, index) => [`label${index}`, label(attribute)])),
          ...recommendationInputs(
            settings,
            scorer.numItems,
            chosen.map((window) => targets[window]!),
            rng,
          ),
        },
      }
    },
  }
}
