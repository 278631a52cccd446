import type { Histories } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import { gather } from '../../graph/ops/indexing.js'
import { reshape } from '../../graph/ops/shaping.js'
import type { OptimizerConfig } from '../../graph/optimizers/optimizer.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { Objective } from '../../graph/training-step.js'
import type { BatchInputs, BatchShape } from '../../models/recommender.js'
import type { Rng } from '../../random.js'
import type { DefenceAttribute, DefenceLabels } from '../learning/defence-labels.js'
import type { FrozenScorer } from '../learning/frozen-scorer.js'
import type { Player, VeilGame } from '../learning/player.js'
import {
  recommendationInputs,
  recommendationLoss,
  recommendationTargets,
} from '../learning/recommendation-loss.js'
import { isTuned } from './eliminator-store.js'
import { eliminatorNames, type Eliminator } from './eliminator.js'
import { batchesOf, drawBucket, allMoments, singleMoments, userBuckets } from './pfrec-batches.js'
import { adversaries, kernel } from './pfrec-opponent.js'
import type { PfrecConfig } from './pfrec-settings.js'

/** What {@link pfrecGame} plays with. */
export interface PfrecGameInput {
  readonly config: PfrecConfig
  readonly eliminator: Eliminator
  /** Names of the attributes to hide. */
  readonly requirement: readonly string[]
  readonly labels: DefenceLabels
  /** What may be learned from: without the items of validation and test. */
  readonly histories: Histories
  readonly historyLength: number
  readonly dimension: number
  readonly scorer: FrozenScorer
  /** `[numUsers, numClasses]` for each attribute of the labels, see `distilledLabels`; for `opponent: 'kernel'`. */
  readonly probabilities?: readonly Float32Array[]
}

/**
 * The training of one eliminator. In every round it makes one step; with `opponent: 'adversary'` (PFRec sections 2.4 and 3.1) one
 * adversary for each attribute it hides make `adversarySteps` steps on batches of their own before.
 *
 * A batch holds users whose histories are of similar length. Where the recommender gives vectors of all beginnings at once, the
 * eliminator learns the next item at all positions and is looked at at the newest, by a kernel at some of the later half besides
 * (`looks`); else both at one moment of each user. Adversaries meet users whose labels may train, at one moment of each, the newest or with probability 1/2 any; with them
 * every other user of the eliminator's batches has such a label, too.
 *
 * By default there are none. A batch has few users, whose vectors are compared with those of the last ones, see {@link kernel}, and
 * listeners take a step of their own after each of the eliminator.
 *
 * The user prompt reads values of users whose labels may train, each as unknown with probability `valueDropout`, and of nobody
 * else.
 *
 * Inputs: `history`, `codes0`, `codes1`, ..., those of the opponent, and for the eliminator those of
 * {@link recommendationLoss} and `looked`, see {@link allMoments}. An epoch is as many rounds as take every user once.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when no user whose label may train has two items, or a kernel has no probabilities.
 */
export function pfrecGame(input: PfrecGameInput): VeilGame {
  const { config, eliminator, requirement, labels, histories, historyLength, scorer } = input
  const { prompted, prefixVectors } = eliminator
  const hidden = labels.attributes.filter(({ name }) => requirement.includes(name))
  const known = prompted.map(({ name }) => labels.attributes.find((attribute) => attribute.name === name)!)
  const everybody = userBuckets(histories, histories.offsets.subarray(1).keys(), {
    historyLength,
    batchTokens: config.batchTokens,
  })
  const training = new Set(labels.trainingUsers)
  const labelled = everybody
    .map((bucket) => ({ ...bucket, users: bucket.users.filter((user) => training.has(user)) }))
    .filter(({ users }) => users.length > 0)
  if (labelled.length === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'no defence user has two items before the validation item: there is nothing to learn from',
      { trainingUsers: labels.trainingUsers.length },
      'Use a data set with longer histories.',
    )
  }
  // Adversaries look at the newest moment alone, as they meet users.
  const looks = prefixVectors && config.opponent === 'kernel' ? config.looks : 1
  const attackers = config.opponent === 'adversary' ? adversaries(config, hidden) : undefined
  const crowd = attackers ? undefined : kernel({ ...input, hidden, probabilities: told(input, hidden) })
  const opponent = (attackers ?? crowd)!

  const declared = (scope: Scope, { batch, time }: BatchShape): { query: Tensor; codes: Tensor[] } => ({
    query: scope.input('history', 'int32', [batch, time]),
    codes: prompted.map((_, index) => scope.input(`codes${index}`, 'int32', [batch])),
  })
  /** Vectors that predict and vectors that are looked at. */
  const vectorsOf = (scope: Scope, shape: BatchShape): readonly [predicting: Tensor, looked: Tensor] => {
    const { query, codes } = declared(scope, shape)
    if (!prefixVectors) {
      const vectors = eliminator.userVectors(scope, query, codes)
      return [vectors, vectors]
    }
    const { batch, time } = shape
    const all = reshape(prefixVectors(scope, query, codes), [batch * time, input.dimension])
    return [all, gather(all, scope.input('looked', 'int32', [looks * batch]))]
  }
  const eliminating: Player = {
    name: 'eliminator',
    steps: 1,
    trains: (name) => eliminatorNames.isTrained(name) || isTuned(name, config),
    optimizer: optimizer(config.optimizer, config.learningRate, config.weightDecay),
    ...(config.clipNorm !== null && { clipNorm: config.clipNorm }),
    schedule: 'cosine',
    objective(scope, shape) {
      const [predicting, looked] = vectorsOf(scope, shape)
      const targets = recommendationTargets(scope, predicting.shape[0] as number, config, scorer.numItems)
      const recommendation = recommendationLoss(scope, predicting, targets, scorer, config)
      return opponent.objective(scope, recommendation, looked, shape.batch)
    },
  }
  const attacking = attackers && {
    name: 'adversary',
    steps: config.adversarySteps,
    trains: eliminatorNames.isAdversary,
    optimizer: optimizer(config.optimizer, config.adversaryLearningRate, config.adversaryWeightDecay),
    schedule: 'constant' as const,
    objective(scope: Scope, shape: BatchShape): Objective {
      const { query, codes } = declared(scope, shape)
      return { loss: attackers.attack(scope, eliminator.userVectors(scope, query, codes)) }
    },
  }

  const { listen } = crowd ?? {}
  const listening: Player | undefined = listen && {
    name: 'listeners',
    steps: 1,
    trains: eliminatorNames.isListener,
    optimizer: optimizer(config.optimizer, config.adversaryLearningRate, config.adversaryWeightDecay),
    schedule: 'constant',
    objective: (scope) => ({ loss: listen(scope) }),
  }

  const values = (users: Int32Array, rng: Rng): BatchInputs => {
    const codes = known.map(({ training }, index) => [
      `codes${index}`,
      users.map((user) => (rng.uniform() < config.valueDropout ? 0 : training[user]! + 1)),
    ])
    return Object.fromEntries(codes) as BatchInputs
  }
  const pick = (users: Int32Array, rng: Rng): number => users[rng.int(users.length)]!
  return {
    players: attacking ? [attacking, eliminating] : listening ? [eliminating, listening] : [eliminating],
    roundsPerEpoch: Math.ceil(everybody.reduce((total, bucket) => total + batchesOf(bucket), 0)),
    batch(player, rng) {
      // They hear what is remembered.
      if (player.name === listening?.name) return { shape: { batch: 1, time: 1 }, inputs: {} }
      const isAttack = player.name === attacking?.name
      const { batch, time, users: members } = drawBucket(isAttack ? labelled : everybody, rng)
      const withLabels = labelled.find((bucket) => bucket.time === time)?.users ?? members
      const users = Int32Array.from({ length: batch }, (_, row) => {
        return pick(isAttack || (attacking && row % 2 === 1) ? withLabels : members, rng)
      })
      const shape = { batch, time }
      if (isAttack) {
        const { history } = singleMoments(histories, users, time, rng)
        return { shape, inputs: { history, ...values(users, rng), ...opponent.inputs(users) } }
      }
      const { targets, ...queries } = prefixVectors
        ? allMoments(histories, users, { time, looks, rng })
        : singleMoments(histories, users, time, rng)
      const next = recommendationInputs(config, scorer.numItems, targets, rng)
      return {
        shape,
        inputs: { ...queries, ...values(users, rng), ...opponent.inputs(repeated(users, looks)), ...next },
      }
    },
  }
}

function repeated(users: Int32Array, times: number): Int32Array {
  return Int32Array.from({ length: times * users.length }, (_, i) => users[i % users.length]!)
}

/** What can be told of everybody, for each hidden attribute. */
function told(
  { labels, probabilities }: PfrecGameInput,
  hidden: readonly DefenceAttribute[],
): Float32Array[] {
  return hidden.map((attribute) => {
    const found = probabilities?.[labels.attributes.indexOf(attribute)]
    if (found) return found
    throw new VeilrecError('INVALID_ARGUMENT', `nothing is told of ${attribute.name}`, {
      attribute: attribute.name,
    })
  })
}

function optimizer(
  kind: PfrecConfig['optimizer'],
  learningRate: number,
  weightDecay: number,
): OptimizerConfig {
  if (kind === 'rmsprop') return { kind, learningRate, weightDecay, alpha: 0.99, epsilon: 1e-8 }
  return { kind, learningRate, weightDecay, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
}
