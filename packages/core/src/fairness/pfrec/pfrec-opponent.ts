import { VeilrecError } from '../../errors/veilrec-error.js'
import { add, div, mul, sqrt, stopGradient, sub } from '../../graph/ops/elementwise.js'
import { mean } from '../../graph/ops/reduction.js'
import { slice } from '../../graph/ops/shaping.js'
import type { Objective } from '../../graph/training-step.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { BatchInputs } from '../../models/recommender.js'
import type { DefenceAttribute } from '../learning/defence-labels.js'
import { heardLosses } from '../learning/listeners.js'
import { audienceMemory, type AudienceMemory } from './audience-memory.js'
import { memoryDependence, type Crowd } from './memory-dependence.js'
import { eliminatorLoss, pfrecAdversaries } from './pfrec-adversary.js'
import type { PfrecConfig } from './pfrec-settings.js'

/** What an eliminator is trained against, as a part of its objective. */
export interface PfrecOpponent {
  /**
   * Adds what the vectors tell of the hidden attributes to the loss of recommendation.
   *
   * @param looked `[rows, dimension]`, the vectors to be looked at.
   * @param newest how many of them, from the first, are of users' newest moments.
   */
  objective(scope: Scope, recommendation: Tensor, looked: Tensor, newest: number): Objective
  /** The inputs that `objective` declares, for the user of each row. */
  inputs(users: Int32Array): BatchInputs
}

/** Listeners that learn on the memory, which needs no pass through the recommender. */
export interface KernelOpponent extends PfrecOpponent {
  /** Their own loss, without inputs; missing where they weigh nothing. */
  readonly listen?: (scope: Scope) => Tensor
}

/** Adversaries that tell the hidden attributes; the same classifiers have a player of their own that trains them. */
export interface Adversaries extends PfrecOpponent {
  /** The adversaries' own loss. */
  attack(scope: Scope, vectors: Tensor): Tensor
}

/** Classifiers learn the labels from the vectors (PFRec equations 4 and 5). Inputs: `label0`, `label1`, ... by hidden attribute. */
export function adversaries(config: PfrecConfig, hidden: readonly DefenceAttribute[]): Adversaries {
  const classifiers = pfrecAdversaries(config, hidden)
  const place = (scope: Scope): Scope => scope.root().child('pfrec').child('adversary')
  const labels = (scope: Scope, vectors: Tensor): Tensor[] => {
    const rows = staticDim('adversaries', vectors.shape, 0)
    return hidden.map((_, index) => scope.input(`label${index}`, 'int32', [rows]))
  }
  return {
    objective(scope, recommendation, looked) {
      const { adversarialForm, lambda } = config
      const adversarial = classifiers.loss(place(scope), looked, labels(scope, looked), adversarialForm)
      const loss = eliminatorLoss(recommendation, adversarial, lambda)
      return { loss, metrics: { recommendation, adversarial } }
    },
    inputs(users) {
      return Object.fromEntries(
        hidden.map(({ training }, index) => [`label${index}`, users.map((user) => training[user]!)]),
      )
    },
    attack: (scope, vectors) => classifiers.loss(place(scope), vectors, labels(scope, vectors)),
  }
}

/** Vectors in units of mean and variance of others, which stand still. */
function standardizedBy(others: Tensor, vectors: Tensor): Tensor {
  const still = stopGradient(others)
  const centre = mean(still, { axes: [0], keepDims: true })
  const centred = sub(still, centre)
  const variance = mean(mul(centred, centred), { axes: [0], keepDims: true })
  return div(sub(vectors, centre), sqrt(add(variance, 1e-8)))
}

function firstRows({ vectors, users, probabilities }: Crowd, count: number): Crowd {
  const first = (x: Tensor): Tensor => slice(x, 0, 0, count)
  return { vectors: first(vectors), users: first(users), probabilities: probabilities.map(first) }
}

/** What {@link kernel} looks at. */
export interface KernelInput {
  readonly config: Pick<PfrecConfig, 'dependenceWeight' | 'listenerWeight' | 'audienceSize'>
  readonly dimension: number
  readonly hidden: readonly DefenceAttribute[]
  /** `[numUsers, numClasses]` for each hidden attribute: what `distilledLabels` tells of everybody. */
  readonly probabilities: readonly Float32Array[]
}

/**
 * The dependence of the batch on what can be told of everybody, by comparison with the users met last, at their newest moments:
 * {@link memoryDependence}, {@link audienceMemory}. Listeners ({@link heardLosses}) learn on the memory what is told of those in it, and the
 * eliminator makes them fail on its batch; both are standardised by the memory. Inputs: `users` and `probabilities0`, `probabilities1`, ... by hidden attribute.
 */
export function kernel({ config, dimension, hidden, probabilities }: KernelInput): KernelOpponent {
  const numUsers = hidden[0]!.training.length
  if (probabilities.some((values, index) => values.length !== numUsers * hidden[index]!.numClasses)) {
    throw new VeilrecError('INVALID_ARGUMENT', 'every user needs probabilities of every class', { numUsers })
  }
  const size = Math.min(config.audienceSize, numUsers)
  const { listenerWeight } = config
  const remembered = (scope: Scope): AudienceMemory =>
    audienceMemory(scope, { size, dimension, attributes: hidden })
  const heard = (scope: Scope, crowd: Crowd, memory: Crowd): Tensor => {
    const view = standardizedBy(memory.vectors, crowd.vectors)
    const losses = heardLosses(scope.root().child('pfrec').child('listeners'), view, crowd.probabilities)
    return losses.reduce((sum, loss) => add(sum, loss))
  }
  return {
    ...(listenerWeight > 0 && {
      listen: (scope: Scope) => {
        const { crowd } = remembered(scope)
        return heard(scope, crowd, crowd)
      },
    }),
    objective(scope, recommendation, vectors, newest) {
      const rows = staticDim('kernel', vectors.shape, 0)
      const batch = {
        vectors,
        users: scope.input('users', 'int32', [rows]),
        probabilities: hidden.map(({ numClasses }, index) =>
          scope.input(`probabilities${index}`, 'float32', [rows, numClasses]),
        ),
      }
      const memory = remembered(scope)
      const dependence = memoryDependence(batch, memory.crowd).reduce((sum, value) => add(sum, value))
      const assigned = memory.remembering(firstRows(batch, newest))
      const loss = add(recommendation, mul(dependence, config.dependenceWeight))
      if (listenerWeight === 0) return { loss, metrics: { recommendation, dependence }, assigned }
      const listeners = heard(scope, batch, memory.crowd)
      return {
        loss: sub(loss, mul(listeners, listenerWeight)),
        metrics: { recommendation, dependence, listeners },
        assigned,
      }
    },
    inputs(users) {
      const told = hidden.map(({ numClasses }, index) => {
        const rows = new Float32Array(users.length * numClasses)
        users.forEach((user, row) => {
          rows.set(
            probabilities[index]!.subarray(user * numClasses, (user + 1) * numClasses),
            row * numClasses,
          )
        })
        return [`probabilities${index}`, rows] as const
      })
      return { users, ...Object.fromEntries(told) }
    },
  }
}
