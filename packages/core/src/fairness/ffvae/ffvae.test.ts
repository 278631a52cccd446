import { createOrtRuntime } from '@veilrec/runtime'
import { matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { TrainingStep } from '../../graph/training-step.js'
import type { BatchInputs } from '../../models/recommender.js'
import { Rng } from '../../random.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { innerProductScorer } from '../learning/frozen-scorer.js'
import { vectorGame } from '../vector-veil/vector-game.js'
import { encode, withoutHidden } from './ffvae-network.js'
import { ffvaePresets, ffvaeSchema, type FfvaeConfig } from './ffvae-settings.js'
import { initializeFfvae } from './ffvae-start.js'
import { gaussianDivergence, moveRows, ofOtherRows } from './ffvae-terms.js'
import { ffvaeModel, ffvaeVeil } from './ffvae.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const dimension = 4
const shape = { dimension, numClasses: [2, 3] }
const config = (changes: Partial<FfvaeConfig> = {}): FfvaeConfig =>
  ffvaeSchema.parse({
    opponent: 'adversary',
    listenerWeight: 0,
    densityHidden: [16],
    audienceSize: 64,
    batchSize: 64,
    numNegatives: 10,
    ...changes,
  })

async function evaluate(
  build: (scope: Scope) => readonly Tensor[],
  inputs: BatchInputs,
  store = new ParameterStore(Rng.fromSeed(1)),
): Promise<Float32Array[]> {
  const trace = createTrace(store, { training: false })
  const outputs = build(new Scope(trace))
  const program = await Program.compile(runtime, trace, outputs, { threads: 1 })
  const results = await program.run(inputs)
  const arrays = outputs.map(({ name }) => Float32Array.from(results[name]!.data as Float32Array))
  await program.release()
  return arrays
}

describe('the terms of the loss', () => {
  it('hold the divergence from the standard normal distribution', async () => {
    const [divergence] = await evaluate(
      (scope) => [
        gaussianDivergence(
          scope.input('mean', 'float32', [2, 2]),
          scope.input('logVariance', 'float32', [2, 2]),
        ),
      ],
      { mean: Float32Array.of(0, 0, 1, 2), logVariance: Float32Array.of(0, 0, 0, Math.log(4)) },
    )
    // A row of N(0, 1), and one of 1/2 (1 + 4 + (4 - 1 - log 4)).
    expect(divergence![0]).toBeCloseTo((0 + 0.5 * (1 + 4 + 3 - Math.log(4))) / 2, 5)
  })

  it('compare rows with rows whose parts are of others', async () => {
    const [moved, round, first, second] = await evaluate(
      (scope) => {
        const column = scope.input('x', 'float32', [6, 1])
        return [moveRows(column, 2), moveRows(column, 8), ...ofOtherRows([column, column])]
      },
      { x: Float32Array.of(0, 1, 2, 3, 4, 5) },
    )
    expect([...moved!]).toEqual([4, 5, 0, 1, 2, 3])
    expect(round).toEqual(moved)
    expect(first).toEqual(moved)
    expect([...second!]).toEqual([2, 3, 4, 5, 0, 1])
  })

  it('leave of a hidden part its mean', async () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    store.declare('partMeans/0', [2], (values) => values.set([7, 8]))
    const [first, second] = await evaluate(
      (scope) =>
        withoutHidden(
          scope,
          [scope.input('b0', 'float32', [2, 2]), scope.input('b1', 'float32', [2, 1])],
          scope.input('hidden', 'float32', [2, 2]),
        ),
      {
        b0: Float32Array.of(1, 2, 3, 4),
        b1: Float32Array.of(5, 6),
        hidden: Float32Array.of(1, 0, 0, 1),
      },
      store,
    )
    expect([...first!]).toEqual([7, 8, 3, 4])
    expect([...second!]).toEqual([5, 0])
  })
})

const numUsers = 400
const rng = Rng.fromSeed(5)
// The last coordinate is constant, as the column that carries the items' biases is in some recommenders.
const vectors = Float32Array.from({ length: numUsers * dimension }, (_, i) =>
  i % dimension === dimension - 1 ? 1 : 0.01 * rng.normal() + (i % dimension),
)
const labels: DefenceLabels = {
  attributes: [2, 3].map((numClasses, index) => ({
    name: `a${index}`,
    numClasses,
    training: Int16Array.from({ length: numUsers }, (_, user) => (user < 300 ? user % numClasses : -1)),
    holdout: new Int16Array(numUsers).fill(-1),
  })),
  trainingUsers: Int32Array.from({ length: 300 }, (_, user) => user),
  holdoutUsers: Int32Array.of(300),
}

/** What is told of users: that the first coordinate is above its mean, with some probability, makes one class likelier. */
function told(numClasses: number): Float32Array {
  return Float32Array.from({ length: numUsers * numClasses }, (_, i) => {
    const first = vectors[Math.floor(i / numClasses) * dimension]!
    const likely = 1 / (1 + Math.exp(-100 * first))
    return i % numClasses === 0 ? likely : (1 - likely) / (numClasses - 1)
  })
}

async function play(changes: Partial<FfvaeConfig>) {
  const settings = config(changes)
  const scorer = innerProductScorer(
    Float32Array.from({ length: 21 * dimension }, (_, i) => Math.cos(i)),
    dimension,
  )
  const users = Int32Array.from({ length: numUsers }, (_, user) => user)
  const windows = { dimension, vectors, rows: users, users, targets: users.map((user) => 1 + (user % 20)) }
  const game = vectorGame({
    model: ffvaeModel(settings, { dimension, labels }),
    windows,
    labels,
    scorer,
    settings,
    audience: { vectors, probabilities: shape.numClasses.map(told) },
  })
  const store = new ParameterStore(Rng.fromSeed(1), scorer.store)
  const steps = await Promise.all(
    game.players.map((player) =>
      TrainingStep.compile(runtime, (scope) => player.objective(scope, { batch: 64, time: 1 }), {
        store,
        optimizer: player.optimizer,
        trainable: player.trains,
        dropoutRng: Rng.fromSeed(2),
      }),
    ),
  )
  initializeFfvae(settings, store, { dimension, vectors, labels })
  return { game, store, steps, settings }
}

describe('ffvaeModel', () => {
  it('gives the vectors of the recommender at the start, a constant coordinate exactly', async () => {
    const { store, settings } = await play({ start: 'identity' })
    const [veiled] = await evaluate(
      (scope) => [
        ffvaeVeil(settings, shape)(
          scope,
          scope.input('vectors', 'float32', [numUsers, dimension]),
          scope.input('hidden', 'float32', [numUsers, 2]),
        ),
      ],
      { vectors, hidden: new Float32Array(2 * numUsers).map((_, i) => i % 2) },
      store,
    )
    expect(veiled).toBeAllClose(vectors, { absolute: 1e-5 })
    expect(veiled!.filter((_, i) => i % dimension === dimension - 1).every((value) => value === 1)).toBe(true)
  })

  it('lets each player move its own parameters, and nobody what is measured', async () => {
    const { game, store, steps } = await play({ start: 'erasure' })
    for (const [index, player] of game.players.entries()) {
      const before = store.snapshot()
      for (let turn = 0; turn < 3; turn++) {
        await steps[index]!.run(game.batch(player, Rng.fromSeed(turn)).inputs)
      }
      const moved = store
        .list()
        .filter(({ name, data }) => data.some((value, at) => value !== before.get(name)![at]))
        .map(({ name }) => name)
      expect(moved.filter((name) => !player.trains(name))).toEqual([])
      expect(moved.filter((name) => name.startsWith('partMeans'))).toHaveLength(index === 1 ? 2 : 0)
    }
    const everybody = store.list().filter(({ name }) => !game.players.some((player) => player.trains(name)))
    expect(everybody.map(({ name }) => name)).toEqual([
      'erasure/bias',
      'erasure/weight',
      'moments/deviation',
      'moments/mean',
    ])
  })

  it('has means that follow the parts', async () => {
    const { game, store, settings } = await play({ start: 'identity' })
    const [, player] = game.players
    const step = await TrainingStep.compile(
      runtime,
      (scope) => player!.objective(scope, { batch: 64, time: 1 }),
      {
        store,
        optimizer: { kind: 'sgd', learningRate: 0.05, weightDecay: 0 },
        trainable: (name) => name.startsWith('partMeans'),
        dropoutRng: Rng.fromSeed(2),
      },
    )
    const stream = Rng.fromSeed(3)
    for (let turn = 0; turn < 200; turn++) await step.run(game.batch(player!, stream).inputs)
    const [part] = await evaluate(
      (scope) => [
        encode(scope, scope.input('vectors', 'float32', [numUsers, dimension]), settings, shape).parts[1]!,
      ],
      { vectors },
      store,
    )
    const average = [0, 1, 2].map((c) =>
      part!.reduce((sum, b, i) => sum + (i % 3 === c ? b / numUsers : 0), 0),
    )
    expect(store.get('partMeans/1').data).toBeAllClose(average, { absolute: 0.05 })
  })

  it.each([
    ['cannot tell parts from others where they have nothing to do with z', true, 0, 0.03],
    ['tells them where they have', false, 0.05, Infinity],
  ])('has a density ratio that %s', async (_, isIndependent, least, most) => {
    const { game, store, steps } = await play({ start: 'identity', adversaryLearningRate: 3e-3, dropout: 0 })
    if (isIndependent) {
      // z reads the first coordinate, the first part the others, and the second part nothing.
      const straight = store.get('encoder/straight/weight').data
      straight.fill(0, dimension)
      store.get('encoder/attributes/inner/weight').data.fill(0, 0, 2 * 2 * dimension)
      store.get('encoder/attributes/1/weight').data.fill(0)
    }
    const stream = Rng.fromSeed(3)
    let loss = 0
    for (let turn = 0; turn < 400; turn++) {
      const { inputs } = game.batch(game.players[0], stream)
      // Users who were never seen before: of the same few it would learn each one's parts.
      const fresh = Float32Array.from({ length: 64 * dimension }, (_, i) =>
        i % dimension === dimension - 1 ? 1 : 0.01 * stream.normal() + (i % dimension),
      )
      const report = await steps[0]!.run({ ...inputs, vectors: fresh })
      if (turn >= 350) loss += report['loss']! / 50
    }
    const gain = Math.log(2) - loss
    expect(Math.max(0, gain)).toBeGreaterThanOrEqual(least)
    expect(Math.abs(gain)).toBeLessThan(most)
  })

  it('has one player where a kernel looks at an audience, and tells less of what is hidden the more it weighs', async () => {
    const dependenceAfter = async (dependenceWeight: number): Promise<number> => {
      const { game, steps } = await play({ opponent: 'kernel', dependenceWeight, learningRate: 1e-2 })
      expect(game.players.map(({ name }) => name)).toEqual(['ffvae'])
      const stream = Rng.fromSeed(3)
      const values: number[] = []
      for (let turn = 0; turn < 60; turn++) {
        const report = await steps[0]!.run(game.batch(game.players[0], stream).inputs)
        values.push(report['dependence']!)
      }
      return values.slice(-10).reduce((sum, value) => sum + value, 0) / 10
    }
    expect(await dependenceAfter(1000)).toBeLessThan(0.5 * (await dependenceAfter(0)))
  })

  it('has listeners beside the kernel, whose parameters nobody else moves', async () => {
    const { game, store, steps } = await play({ opponent: 'kernel', listenerWeight: 10 })
    expect(game.players.map(({ name }) => name)).toEqual(['ffvae', 'listeners'])
    for (const [index, player] of game.players.entries()) {
      const before = store.snapshot()
      await steps[index]!.run(game.batch(player, Rng.fromSeed(3)).inputs)
      const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
      expect(moved.length).toBeGreaterThan(0)
      for (const { name } of moved) expect(name.startsWith('listeners/')).toBe(index === 1)
    }
  })

  it.each([1, 2, 3, 4])('grows with %i attributes by their classes only', (count) => {
    const size = (attributes: number): number => {
      const store = new ParameterStore(Rng.fromSeed(1))
      const scope = new Scope(createTrace(store, { training: false }))
      const own = { dimension, numClasses: Array.from({ length: attributes }, () => 2) }
      ffvaeVeil(config({ start: 'random' }), own)(
        scope,
        scope.input('vectors', 'float32', [1, dimension]),
        scope.input('hidden', 'float32', [1, attributes]),
      )
      return store.size
    }
    // A head of the encoder, two rows of each layer that the decoder begins with, and the mean.
    const hidden = 2 * dimension
    expect(size(count + 1) - size(count)).toBe((hidden + 1) * 2 + 2 * (hidden + dimension) + 2)
  })
})

it.each(Object.entries(ffvaePresets))('has a preset %s that fits its settings', (_, preset) => {
  expect(ffvaeSchema.parse(preset)).toMatchObject(preset)
})
