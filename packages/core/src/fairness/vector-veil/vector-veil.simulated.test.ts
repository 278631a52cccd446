import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { attackSuite } from '../../attacks/suite/attack-suite.js'
import { attackProfiles } from '../../attacks/suite/suite-profiles.js'
import { userGroups, type UserAttribute } from '../../dataset.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { TrainingStep } from '../../graph/training-step.js'
import { Rng } from '../../random.js'
import { afrlSchema } from '../afrl/afrl-config.js'
import { afrlModel, initializeAfrl } from '../afrl/afrl-model.js'
import { ffvaeSchema } from '../ffvae/ffvae-settings.js'
import { initializeFfvae } from '../ffvae/ffvae-start.js'
import { ffvaeModel } from '../ffvae/ffvae.js'
import { filtersModel } from '../filters/filters.js'
import { filtersSchema } from '../filters/filters-settings.js'
import { initializeFilters } from '../filters/filters-start.js'
import { defenceLabels, type DefenceLabels } from '../learning/defence-labels.js'
import { distilledLabels } from '../learning/distilled-labels.js'
import { innerProductScorer } from '../learning/frozen-scorer.js'
import { vectorGame } from './vector-game.js'
import { vectorVeil } from './vector-veil.js'

const runtime = createOrtRuntime({ threads: 1 })
const session = { threads: 1 }
const dimension = 16
const numUsers = 4000
const numItems = 100
const windowsPerUser = 6

/**
 * Users whose vectors tell their gender in one coordinate, and their age in three others, items that they choose by the inner product, and what they chose.
 */
function simulate() {
  const rng = Rng.fromSeed(1)
  const codes = (classes: number): Int16Array => Int16Array.from({ length: numUsers }, () => rng.int(classes))
  const attribute = (name: string, numClasses: number): UserAttribute => ({
    name,
    classes: Array.from({ length: numClasses }, (_, c) => `c${c}`),
    codes: codes(numClasses),
  })
  const gender = attribute('gender', 2)
  const age = attribute('age', 3)
  const vectors = Float32Array.from({ length: numUsers * dimension }, () => rng.normal())
  for (let user = 0; user < numUsers; user++) {
    const row = vectors.subarray(user * dimension, (user + 1) * dimension)
    row[4 + age.codes[user]!]! += 1
    const side = gender.codes[user] === 1 ? 1 : -1
    row[0]! += side
  }
  // Gender decides little of what is chosen: what it costs to hide it is small.
  const itemVectors = Float32Array.from(
    { length: (numItems + 1) * dimension },
    (_, index) => (index % dimension < 2 ? 0.3 : 0.7) * rng.normal(),
  )
  const scores = (some: Float32Array, user: number): number[] =>
    Array.from({ length: numItems }, (_, item) => {
      let score = 0
      for (let j = 0; j < dimension; j++) {
        score += some[user * dimension + j]! * itemVectors[(item + 1) * dimension + j]!
      }
      return score
    })
  const choose = (user: number): number => {
    const weights = scores(vectors, user).map(Math.exp)
    let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight)
    const chosen = weights.findIndex((weight) => (left -= weight) < 0)
    return 1 + Math.max(0, chosen)
  }
  const users = Int32Array.from({ length: numUsers * windowsPerUser }, (_, window) =>
    Math.floor(window / windowsPerUser),
  )
  const moments = Float32Array.from({ length: users.length * dimension }, (_, index) => {
    const user = users[Math.floor(index / dimension)]!
    return vectors[user * dimension + (index % dimension)]! + 0.4 * rng.normal()
  })
  const windows = {
    dimension,
    vectors: moments,
    rows: users.map((_, row) => row),
    users,
    targets: users.map(choose),
  }
  const next = Array.from({ length: numUsers }, (_, user) => choose(user))
  // 40 % defence, 25 % attack-train, 10 % attack-validation, 25 % attack-test.
  const userGroup = Uint8Array.from({ length: numUsers }, (_, user) =>
    [8, 13, 15, 20].findIndex((end) => user % 20 < end),
  )
  /** NDCG@10 of users outside the defence. */
  const accuracy = (some: Float32Array): number => {
    const outside = [...userGroup.keys()].filter((user) => userGroup[user] !== userGroups.indexOf('defence'))
    const gains = outside.map((user) => {
      const all = scores(some, user)
      const rank = 1 + all.filter((score) => score > all[next[user]! - 1]!).length
      return rank <= 10 ? 1 / Math.log2(rank + 1) : 0
    })
    return gains.reduce((sum, gain) => sum + gain) / gains.length
  }
  /** AUC of the quick attack on attack-test users. */
  const leakage = async (values: Float32Array, of: UserAttribute): Promise<number> => {
    const { auc } = await attackSuite({
      evidence: { kind: 'vectors', values, dimension },
      attribute: of,
      userGroup,
      ...attackProfiles.quick,
      rng: Rng.fromSeed(3),
      context: { runtime },
      options: { resamples: 20, shuffles: 1 },
    })
    return auc!
  }
  return { gender, age, vectors, itemVectors, windows, userGroup, accuracy, leakage }
}

const quick = { batchSize: 512, numNegatives: 100, epochs: 8, audienceSize: 512 }

/** What is trained, its settings, and where it starts from. */
const methods = {
  afrl(changes: object, labels: DefenceLabels) {
    const settings = afrlSchema.parse({ ...quick, ...changes })
    return { settings, model: afrlModel(settings, labels), initialize: initializeAfrl.bind(null, settings) }
  },
  filters(changes: object, labels: DefenceLabels) {
    const settings = filtersSchema.parse({ ...quick, ...changes })
    return {
      settings,
      model: filtersModel(settings, labels),
      initialize: initializeFilters.bind(null, settings),
    }
  },
  ffvae(changes: object, labels: DefenceLabels) {
    const settings = ffvaeSchema.parse({ ...quick, ...changes })
    return {
      settings,
      model: ffvaeModel(settings, { dimension, labels }),
      initialize: initializeFfvae.bind(null, settings),
    }
  },
}

it.each([
  ['afrl', {}, 0.9, 0.55, 0.93, 0.75],
  ['filters', {}, 0.9, 0.55, 0.93, 0.75],
  ['ffvae', { learningRate: 3e-3 }, 0.9, 0.57, 0.9, 0.75],
] as const)(
  '%s hides a linear leak with %j: a gender told by an AUC above %d, of users it has not seen, down to %d, and keeps the age',
  async (method, changes, before, after, accuracyKept, ageBehindBoth) => {
    const simulated = simulate()
    const { vectors, gender, age, windows, accuracy, leakage } = simulated
    const labels = defenceLabels([gender, age], simulated.userGroup, {
      holdoutShare: 0.2,
      rng: Rng.fromSeed(9),
    })
    const { settings, model, initialize } = methods[method](changes, labels)
    const scorer = innerProductScorer(simulated.itemVectors, dimension)
    const audience = model.audienceSize !== undefined && {
      audience: {
        vectors,
        probabilities: await distilledLabels({
          labels,
          dimension,
          vectors,
          users: Int32Array.from({ length: numUsers }, (_, user) => user),
          runtime,
          session,
          rng: Rng.fromSeed(5),
        }),
      },
    }
    const game = vectorGame({ model, windows, labels, scorer, settings, ...audience })
    const store = new ParameterStore(Rng.fromSeed(2), scorer.store)
    const rng = Rng.fromSeed(4)
    const shape = { batch: settings.batchSize, time: 1 }
    const steps = await Promise.all(
      game.players.map((player) =>
        TrainingStep.compile(runtime, (scope) => player.objective(scope, shape), {
          store,
          optimizer: player.optimizer,
          trainable: player.trains,
          dropoutRng: rng.split(player.name),
          ...session,
        }),
      ),
    )
    initialize(store, { dimension, vectors, labels })
    const rounds = settings.epochs * game.roundsPerEpoch
    for (let round = 0; round < rounds; round++) {
      const cosine = (1 + Math.cos((Math.PI * round) / rounds)) / 2
      for (const [index, player] of game.players.entries()) {
        const rate = player.optimizer.learningRate * (player.schedule === 'cosine' ? cosine : 1)
        for (let i = 0; i < player.steps; i++) await steps[index]!.run(game.batch(player, rng).inputs, rate)
      }
    }
    const veil = vectorVeil({
      method,
      model,
      store,
      attributes: ['gender', 'age'],
      base: () => Promise.resolve(vectors),
      dimension,
      runtime,
      session,
    })
    const nothingKnown = { offsets: new Int32Array(numUsers + 1), items: new Int32Array() }
    const behind = (requirement: readonly string[]): Promise<Float32Array> =>
      veil.encode(
        nothingKnown,
        Array.from({ length: numUsers }, () => requirement),
      )
    const one = await behind(['gender'])
    const both = await behind(['gender', 'age'])
    expect(await leakage(vectors, gender)).toBeGreaterThan(before)
    expect(await leakage(one, gender)).toBeLessThan(after)
    expect(accuracy(one) / accuracy(vectors)).toBeGreaterThan(accuracyKept)
    expect(await leakage(one, age)).toBeGreaterThan((await leakage(vectors, age)) - 0.03)
    expect(await leakage(both, age)).toBeLessThan(ageBehindBoth)
  },
  120_000,
)
