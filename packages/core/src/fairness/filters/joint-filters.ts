import type { Histories } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import type { OptimizerConfig } from '../../graph/optimizers/optimizer.js'
import { cast, greater, stopGradient, where } from '../../graph/ops/elementwise.js'
import { broadcastTo, reshape } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import { staticShape } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { BatchShape, PlannedBatch, Recommender } from '../../models/recommender.js'
import type { Rng } from '../../random.js'
import type { DefenceAttribute, DefenceLabels } from '../learning/defence-labels.js'
import type { Player, VeilGame } from '../learning/player.js'
import type { VectorBatch } from '../vector-veil/vector-model.js'
import { filterAdversaries, hidingObjective } from './filter-adversaries.js'
import { filtersVeil } from './filters.js'
import type { JointFiltersConfig } from './joint-filters-settings.js'

/** What {@link jointFilters} plays with. */
export interface JointFiltersInput {
  readonly config: JointFiltersConfig
  readonly recommender: Recommender
  /** What may train: without the validation and the test items. */
  readonly histories: Histories
  readonly labels: DefenceLabels
  /**
   * For each attribute what is told of everybody, `[numUsers, numClasses]`, rows adding up to 1. The labels that train themselves where it
   * is left out, or there is none of an attribute.
   */
  readonly told?: readonly (Float32Array | undefined)[]
  /** Of the recommender, and of the filters with it. */
  readonly training: {
    readonly batchTokens: number
    readonly optimizer: OptimizerConfig
    readonly clipNorm: number
    readonly warmupSteps: number
    /** Passes over the histories between two looks. */
    readonly evaluateEvery: number
  }
  /** Orders the batches; it does not advance. */
  readonly rng: Rng
}

/**
 * A recommender and its filters trained together from the beginning, as Li et al. 2021 do (section 4.3, equation 7): all batches and
 * losses are the recommender's own, whose vectors pass the filter of the batch's requirement before they are scored, and
 * `L_rec + lambda sum_k L_adv,k` moves both. In turn the discriminators learn, on batches of their own.
 *
 * The label of a user is drawn anew for each batch from what is `told` of the user, which is the cross-entropy with that in expectation.
 * Departure from Li et al., whose discriminators know everybody's label: of the labels of a few users, which `told` falls back on, a
 * recommender with a vector for each user learns to hide these users by heart, and nobody else.
 *
 * A requirement is drawn for each batch, every attribute with probability 1/2; where it is empty, vectors are scored as they are. The
 * discriminators, whom that teaches nothing, draw again. What is filtered is every vector that the recommender's objective scores: of
 * a sequential one those of all positions. Further departures: discriminators have batches of their own, where theirs learn on those of
 * the filters; see also {@link filtersVeil} and `filterAdversaries`; no batch normalisation ends a filter.
 *
 * Players: `adversary`, `recommender`. An epoch of the game is `evaluateEvery` passes over the histories, each of as many batches as the
 * first has. Inputs: those of the recommender's objective, `hidden` `[1, attributes]`, and `label0`, ... `[batch]`.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when no user whose labels train has anything to learn from.
 */
export function jointFilters(input: JointFiltersInput): VeilGame {
  const { config, recommender, histories, labels, training } = input
  const { attributes } = labels
  const veil = filtersVeil(config)
  const adversaries = filterAdversaries(config, attributes)

  /** Traces the recommender's objective with filters in it, and looks at their vectors. */
  const filtered = <T>(
    scope: Scope,
    shape: BatchShape,
    look: (veiled: Tensor, rows: Pick<VectorBatch, 'hidden' | 'labels' | 'size'>) => T,
  ): { readonly loss: Tensor; readonly seen: T } => {
    const hidden = scope.input('hidden', 'float32', [1, attributes.length])
    const labelOf = attributes.map((_, index) => scope.input(`label${index}`, 'int32', [shape.batch]))
    const looks: T[] = []
    const { loss } = recommender.objective(scope, shape, (vectors, counts) => {
      const { dimension } = recommender
      const all = staticShape('jointFilters', vectors.shape)
      const size = all.reduce((product, dim) => product * dim, 1) / dimension
      // One requirement for all rows: its shares of the filters are computed once.
      const veiled = veil(scope, reshape(vectors, [size, dimension]), hidden)
      const isCounted = greater(reshape(counts, [size]), 0)
      const rowLabels = labelOf.map((label) => {
        const perUser = reshape(cast(label, 'float32'), [shape.batch, 1])
        const ofRows = reshape(broadcastTo(perUser, [shape.batch, size / shape.batch]), [size])
        return cast(where(isCounted, ofRows, -1), 'int32')
      })
      const ofRows = broadcastTo(hidden, [size, attributes.length])
      looks.push(look(veiled, { size, hidden: ofRows, labels: rowLabels }))
      return reshape(veiled, all)
    })
    return { loss, seen: looks[0]! }
  }

  const adversary: Player = {
    ...adversaries.player,
    objective(scope, shape) {
      const { seen: loss } = filtered(scope, shape, (veiled, rows) =>
        adversaries.told(scope, stopGradient(veiled), rows),
      )
      return { loss }
    },
  }
  const { optimizer, clipNorm, warmupSteps } = training
  const both: Player = {
    name: 'recommender',
    steps: 1,
    schedule: 'constant',
    trains: (parameter) => !adversary.trains(parameter),
    optimizer,
    clipNorm,
    warmupSteps,
    objective(scope, shape) {
      const { loss, seen } = filtered(scope, shape, (veiled, rows) => adversaries.fooled(scope, veiled, rows))
      return hidingObjective(loss, seen, config.lambda)
    },
  }

  const plans = planner(input, histories)
  const draw = attributes.map((attribute, index) => labelDraw(attribute, input.told?.[index]))
  const isTold = attributes.every((_, index) => input.told?.[index] !== undefined)
  const labelledPlans = isTold ? plans : planner(input, onlyOf(histories, labels.trainingUsers))
  const roundsPerPass = plans(0).length
  if (labelledPlans(0).length === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'no defence user has two items before the validation item: there is nothing to learn from',
      { users: labels.trainingUsers.length },
      'Use a data set with longer histories.',
    )
  }
  return {
    players: [adversary, both],
    roundsPerEpoch: roundsPerPass * training.evaluateEvery,
    roundsPerCheckpoint: roundsPerPass,
    batch({ name }, rng, round = 0) {
      const isAdversary = name === adversary.name
      const pass = Math.floor(round / roundsPerPass)
      const planned = (isAdversary ? labelledPlans : plans)(pass)
      const plan = planned[isAdversary ? rng.int(planned.length) : (round % roundsPerPass) % planned.length]!
      const hidden = drawRequirement(attributes.length, isAdversary, rng)
      const label = (of: LabelDraw): Int32Array => {
        const drawn = new Int32Array(plan.batch).fill(-1)
        plan.users.forEach((user, row) => (drawn[row] = of(user, rng)))
        return drawn
      }
      return {
        shape: { batch: plan.batch, time: plan.time },
        inputs: {
          ...recommender.trainingInputs(histories, plan, rng),
          hidden,
          ...Object.fromEntries(draw.map((of, index) => [`label${index}`, label(of)])),
        },
      }
    },
  }
}

/** The class of a user for one batch, -1 for none. */
type LabelDraw = (user: number, rng: Rng) => number

function labelDraw({ training, numClasses }: DefenceAttribute, told: Float32Array | undefined): LabelDraw {
  if (told === undefined) return (user) => training[user]!
  return (user, rng) => {
    let left = rng.uniform()
    for (let c = 0; c < numClasses - 1; c++) {
      left -= told[user * numClasses + c]!
      if (left < 0) return c
    }
    return numClasses - 1
  }
}

/** The batches of a pass by its number, the last one asked for remembered. */
function planner(
  { recommender, training, rng }: JointFiltersInput,
  histories: Histories,
): (pass: number) => readonly PlannedBatch[] {
  let last: { readonly pass: number; readonly plans: readonly PlannedBatch[] } | undefined
  return (pass) => {
    if (last?.pass !== pass) {
      const order = rng.split(`epoch ${pass + 1}`)
      last = { pass, plans: recommender.planEpoch(histories, training.batchTokens, order) }
    }
    return last.plans
  }
}

/** Histories in which everybody else has nothing. */
function onlyOf({ offsets, items }: Histories, users: Int32Array): Histories {
  const ends = new Int32Array(offsets.length)
  const kept = new Set(users)
  const parts: Int32Array[] = []
  for (let user = 0; user + 1 < offsets.length; user++) {
    const own = kept.has(user) ? items.subarray(offsets[user], offsets[user + 1]) : new Int32Array(0)
    ends[user + 1] = ends[user]! + own.length
    parts.push(own)
  }
  const all = new Int32Array(ends.at(-1)!)
  parts.forEach((part, user) => all.set(part, ends[user]))
  return { offsets: ends, items: all }
}

/** `[attributes]`, 1 = hidden, each with probability 1/2. */
function drawRequirement(count: number, notEmpty: boolean, rng: Rng): Float32Array {
  const least = notEmpty ? 1 : 0
  const bits = least + rng.int(2 ** count - least)
  return Float32Array.from({ length: count }, (_, index) => (bits >> index) & 1)
}
