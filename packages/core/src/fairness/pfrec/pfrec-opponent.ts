import { VeilrecError } from '../../errors/veilrec-error.js'
import { add, mul } from '../../graph/ops/elementwise.js'
import { slice } from '../../graph/ops/shaping.js'
import type { Objective } from '../../graph/training-step.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { BatchInputs } from '../../models/recommender.js'
import type { DefenceAttribute } from '../learning/defence-labels.js'
import { audienceMemory } from './audience-memory.js'
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

function firstRows({ vectors, users, probabilities }: Crowd, count: number): Crowd {
  const first = (x: Tensor): Tensor => slice(x, 0, 0, count)
  return { vectors: first(vectors), users: first(users), probabilities: probabilities.map(first) }
}

/** What {@link kernel} looks at. */
export interface KernelInput {
  readonly config: Pick<PfrecConfig, 'dependenceWeight' | 'audienceSize'>
  readonly dimension: number
  readonly hidden: readonly DefenceAttribute[]
  /** `[numUsers, numClasses]` for each hidden attribute: what `distilledLabels` tells of everybody. */
  readonly probabilities: readonly Float32Array[]
}

/**
 * The dependence of the batch on what can be told of everybody, by comparison with the users met last, at their newest moments:
 * {@link memoryDependence}, {@link audienceMemory}. Inputs: `users` and `probabilities0`, `probabilities1`, ... by hidden attribute.
 */
export function kernel({ config, dimension, hidden, probabilities }: KernelInput): PfrecOpponent {
  const numUsers = hidden[0]!.training.length
  if (probabilities.some((values, index) => values.length !== numUsers * hidden[index]!.numClasses)) {
    throw new VeilrecError('INVALID_ARGUMENT', 'every user needs probabilities of every class', { numUsers })
  }
  const size = Math.min(config.audienceSize, numUsers)
  return {
    objective(scope, recommendation, vectors, newest) {
      const rows = staticDim('kernel', vectors.shape, 0)
      const batch = {
        vectors,
        users: scope.input('users', 'int32', [rows]),
        probabilities: hidden.map(({ numClasses }, index) =>
          scope.input(`probabilities${index}`, 'float32', [rows, numClasses]),
        ),
      }
      const memory = audienceMemory(scope, { size, dimension, attributes: hidden })
      const dependence = memoryDependence(batch, memory.crowd).reduce((sum, value) => add(sum, value))
      return {
        loss: add(recommendation, mul(dependence, config.dependenceWeight)),
        metrics: { recommendation, dependence },
        assigned: memory.remembering(firstRows(batch, newest)),
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
