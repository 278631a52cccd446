import { VeilrecError } from '../../errors/veilrec-error.js'
import type { Scope } from '../../graph/scope.js'
import type { BatchInputs } from '../../models/recommender.js'
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
import type { VectorAudience, VectorBatch, VectorModel, VectorPlayer } from './vector-model.js'

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

/** Whom a {@link VectorAudience} is drawn from. */
export interface AudienceVectors {
  /** `[rows, dimension]` row-major, of whole histories; `rows` is a multiple of the number of users, in their order each time. */
  readonly vectors: Float32Array
  /** `[rows, numClasses]` for each attribute. */
  readonly probabilities: readonly Float32Array[]
}

/** What {@link vectorGame} plays with. */
export interface VectorGameInput {
  readonly model: VectorModel
  readonly windows: VectorWindows
  readonly labels: DefenceLabels
  readonly scorer: FrozenScorer
  readonly settings: Pick<VeilTrainingConfig, 'batchSize' | 'loss' | 'numNegatives'>
  /** For a model that looks at an audience. */
  readonly audience?: AudienceVectors
  /** How many windows an epoch takes; as many as there are when left out. */
  readonly windowsPerEpoch?: number
}

/**
 * The training of a {@link VectorModel}. A batch are windows of anybody, for players that read labels half of them windows of
 * users whose labels may train; each row hides each attribute with probability 1/2, by itself (AFRL section 3.4).
 *
 * The audience of a model that looks at one are different users, by one of their vectors each, under one non-empty requirement
 * that is drawn anew for every batch.
 *
 * Inputs: `vectors`, `hidden`, `label0`, `label1`, ..., those of {@link recommendationLoss}, and where the model asks for them
 * `noise`, `audience`, `audienceHidden`, `probabilities0`, .... An epoch is as many rounds as take {@link VectorGameInput.windowsPerEpoch} windows.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when no window belongs to a user whose labels train, or a model that looks at an
 * audience is given none.
 */
export function vectorGame(input: VectorGameInput): VeilGame {
  const { model, windows, labels, scorer, settings } = input
  const { attributes, trainingUsers } = labels
  const { dimension, vectors, rows, users, targets } = windows
  const size = settings.batchSize
  const { noiseWidth } = model
  const crowd = crowdOf(input)
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
      ...(noiseWidth && { noise: scope.input('noise', 'float32', [size, noiseWidth]) }),
      ...(crowd && { audience: crowd.declare(scope) }),
      recommendationLoss: (veiled) => recommendationLoss(scope, veiled, targets, scorer, settings),
    }
  }
  const players = new Map(model.players.map((player) => [player.name, player]))
  const player = ({ objective, ...rest }: VectorPlayer): Player => ({
    ...rest,
    objective: (scope) => objective(scope, declared(scope)),
  })
  const [first, ...others] = model.players
  return {
    players: [player(first), ...others.map(player)],
    roundsPerEpoch: Math.ceil((input.windowsPerEpoch ?? users.length) / size),
    batch({ name }, rng) {
      const { requirement, readsLabels = false } = players.get(name)!
      const chosen = Int32Array.from({ length: size }, (_, row) =>
        readsLabels && row % 2 === 1 ? labelled[rng.int(labelled.length)]! : rng.int(users.length),
      )
      const label = ({ training: codes }: DefenceLabels['attributes'][number]): Int32Array =>
        chosen.map((window) => codes[users[window]!]!)
      return {
        shape: { batch: size, time: 1 },
        inputs: {
          vectors: takeRows(
            vectors,
            dimension,
            chosen.map((window) => rows[window]!),
          ),
          hidden: requirement ? rowsOf(requirement, size) : coins(size * attributes.length, rng),
          ...Object.fromEntries(attributes.map((attribute, index) => [`label${index}`, label(attribute)])),
          ...(noiseWidth && { noise: Float32Array.from({ length: size * noiseWidth }, () => rng.normal()) }),
          ...crowd?.draw(rng, requirement),
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

/** The audience of a game as inputs: declared, and drawn for a batch. */
interface Crowd {
  readonly declare: (scope: Scope) => VectorAudience
  readonly draw: (rng: Rng, requirement?: readonly boolean[]) => BatchInputs
}

function crowdOf({ model, windows, labels, audience }: VectorGameInput): Crowd | undefined {
  const { audienceSize } = model
  if (audienceSize === undefined) return undefined
  const { attributes } = labels
  const { dimension } = windows
  const numUsers = attributes[0]!.training.length
  if (audience === undefined) {
    throw new VeilrecError('INVALID_ARGUMENT', 'the model looks at an audience and was given none', {})
  }
  const size = Math.min(audienceSize, numUsers)
  const copies = audience.vectors.length / dimension / numUsers
  const order = Int32Array.from({ length: numUsers }, (_, user) => user)
  return {
    declare: (scope) => ({
      size,
      vectors: scope.input('audience', 'float32', [size, dimension]),
      hidden: scope.input('audienceHidden', 'float32', [size, attributes.length]),
      probabilities: attributes.map(({ numClasses }, index) =>
        scope.input(`probabilities${index}`, 'float32', [size, numClasses]),
      ),
    }),
    draw(rng, requirement) {
      const users = drawWithout(order, size, rng)
      const rows = users.map((user) => user + numUsers * rng.int(copies))
      const drawn = requirement ?? subset(1 + rng.int(2 ** attributes.length - 1), attributes.length)
      return {
        audience: takeRows(audience.vectors, dimension, rows),
        audienceHidden: rowsOf(drawn, size),
        ...Object.fromEntries(
          attributes.map(({ numClasses }, index) => [
            `probabilities${index}`,
            takeRows(audience.probabilities[index]!, numClasses, rows),
          ]),
        ),
      }
    },
  }
}

/** The first `count` of a shuffle of all of `order`, which is left as it is: a resumed training draws the same. */
function drawWithout(order: Int32Array, count: number, rng: Rng): Int32Array {
  const left = order.slice()
  for (let place = 0; place < count; place++) {
    const other = place + rng.int(left.length - place)
    const taken = left[other]!
    left[other] = left[place]!
    left[place] = taken
  }
  return left.slice(0, count)
}

function takeRows(table: Float32Array, width: number, rows: Int32Array): Float32Array {
  const result = new Float32Array(rows.length * width)
  rows.forEach((row, place) => result.set(table.subarray(row * width, (row + 1) * width), place * width))
  return result
}

/** The members of a subset by the bits of a number. */
function subset(bits: number, length: number): boolean[] {
  return Array.from({ length }, (_, index) => ((bits >> index) & 1) === 1)
}

function rowsOf(requirement: readonly boolean[], rows: number): Float32Array {
  const { length } = requirement
  return Float32Array.from({ length: rows * length }, (_, i) => (requirement[i % length]! ? 1 : 0))
}

function coins(count: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: count }, () => rng.int(2))
}
