import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { ParameterStore } from '../../graph/parameter-store.js'
import { TrainingStep } from '../../graph/training-step.js'
import type { BatchInputs, Recommender } from '../../models/recommender.js'
import { recommenderKind } from '../../models/registry.js'
import { Rng } from '../../random.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { jointFilters } from './joint-filters.js'
import { jointFiltersPresets, jointFiltersSchema, type JointFiltersConfig } from './joint-filters-settings.js'

const runtime = createOrtRuntime({ threads: 1 })
const numUsers = 12
const numItems = 15
const historyLength = 4
const lengths = [3, 5, 5, 2, 4, 5, 3, 5, 1, 4, 5, 2]
const offsets = Int32Array.from(lengths.reduce((ends, length) => [...ends, ends.at(-1)! + length], [0]))
const histories = {
  offsets,
  items: Int32Array.from({ length: offsets.at(-1)! }, (_, index) => 1 + ((index * 4) % numItems)),
}
/** Labels of even users train. */
const trainingUsers = Int32Array.of(0, 2, 4, 6, 8, 10)
const codes = (numClasses: number): Int16Array =>
  Int16Array.from({ length: numUsers }, (_, user) => (user % 2 === 0 ? (user / 2) % numClasses : -1))
const labels: DefenceLabels = {
  attributes: [
    { name: 'age', numClasses: 3, training: codes(3), holdout: new Int16Array(numUsers).fill(-1) },
    { name: 'gender', numClasses: 2, training: codes(2), holdout: new Int16Array(numUsers).fill(-1) },
  ],
  trainingUsers,
  holdoutUsers: Int32Array.of(1, 3),
}
const training = {
  batchTokens: 16,
  optimizer: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  clipNorm: 5,
  warmupSteps: 10,
  evaluateEvery: 2,
} as const

function model(name: string): Recommender {
  const kind = recommenderKind(name)
  const sizes = {
    pmf: { hiddenSize: 4 },
    sasrec: { hiddenSize: 4, historyLength, numBlocks: 1, numHeads: 1, dropout: 0, numNegatives: 5 },
  }
  return kind.create(kind.schema.parse(sizes[name as keyof typeof sizes]), { numUsers, numItems })
}

function play(
  name: string,
  changes: Partial<JointFiltersConfig> = {},
  given: Partial<DefenceLabels> = {},
  told: readonly (Float32Array | undefined)[] = [],
) {
  const config = jointFiltersSchema.parse({ adversaryHidden: [8], adversaryDropout: 0, ...changes })
  const recommender = model(name)
  const rng = Rng.fromSeed(1)
  const game = jointFilters({
    config,
    recommender,
    histories,
    labels: { ...labels, ...given },
    training,
    rng,
    told,
  })
  const store = new ParameterStore(Rng.fromSeed(2))
  const compile = async (index: number, draws: Rng, round = 0) => {
    const player = game.players[index]!
    const batch = game.batch(player, draws, round)
    const step = await TrainingStep.compile(runtime, (scope) => player.objective(scope, batch.shape), {
      store,
      optimizer: player.optimizer,
      trainable: player.trains,
    })
    return { step, ...batch }
  }
  return { game, store, recommender, compile }
}

describe.each(['pmf', 'sasrec'])('%s and its filters', (name) => {
  it.each(['separate', 'combine'] as const)(
    'move together, discriminators by themselves (%s)',
    async (mode) => {
      const { game, store, compile } = play(name, { mode })
      expect(game.players.map((player) => player.name)).toEqual(['adversary', 'recommender'])
      for (const [index, player] of game.players.entries()) {
        const { step, inputs } = await compile(index, Rng.fromSeed(3))
        const before = store.snapshot()
        // The last layer of a filter starts at 0, so that what lies before it needs a second step to move.
        const hidden = Float32Array.of(1, 1)
        for (let i = 0; i < 2; i++) await step.run({ ...inputs, hidden })
        await step.release()
        const moved = store
          .list()
          .filter(({ name: own, data }) => data.some((v, at) => v !== before.get(own)![at]))
        expect(moved.filter((parameter) => !player.trains(parameter.name))).toEqual([])
        const roots = new Set(moved.map((parameter) => parameter.name.split('/')[0]))
        expect([...roots]).toEqual(
          expect.arrayContaining(index === 0 ? ['adversaries'] : ['filters', 'items']),
        )
      }
    },
  )

  it('score as the recommender alone does where nothing is hidden, and teach no filter', async () => {
    const { store, recommender, compile } = play(name)
    const { step, inputs, shape } = await compile(1, Rng.fromSeed(3))
    // Filters that would change something, if they were asked.
    for (const { name: own, data } of store.list()) if (own.startsWith('filters/')) data.fill(0.3)
    const none = { ...inputs, hidden: Float32Array.of(0, 0) }
    const alone = new ParameterStore(Rng.fromSeed(2))
    const bare = await TrainingStep.compile(runtime, (scope) => recommender.objective(scope, shape), {
      store: alone,
      optimizer: training.optimizer,
    })
    const { label0: _, label1: __, hidden: ___, ...own } = none as BatchInputs
    const { loss: expected } = await bare.run(own)
    const before = store.snapshot()
    const report = await step.run(none)
    expect(report['recommendation']).toBeCloseTo(expected!, 6)
    expect(report['adversarial']).toBeCloseTo(0, 12)
    expect(report['loss']).toBe(report['recommendation'])
    const ofFilters = store.list().filter((parameter) => parameter.name.startsWith('filters/'))
    expect(ofFilters.length).toBeGreaterThan(0)
    for (const { name: parameter, data } of ofFilters) {
      expect([...data]).toEqual([...before.get(parameter)!])
    }
    const hiding = await step.run({ ...none, hidden: Float32Array.of(1, 0) })
    expect(hiding['recommendation']).not.toBeCloseTo(report['recommendation']!, 4)
    await step.release()
    await bare.release()
  })

  it('take every batch of a pass once, and go on with another order', () => {
    const { game } = play(name)
    const [, recommender] = game.players
    const draws = Rng.fromSeed(4)
    const rounds = game.roundsPerCheckpoint!
    expect(game.roundsPerEpoch).toBe(training.evaluateEvery * rounds)
    const ofPass = (pass: number): number[] =>
      Array.from({ length: rounds }, (_, round) => {
        const { inputs } = game.batch(recommender!, draws, pass * rounds + round)
        return [...((inputs['positives'] ?? inputs['targets']) as Int32Array)].filter((item) => item > 0)
      }).flat()
    const sorted = (items: number[]): number[] => items.toSorted((a, b) => a - b)
    expect(sorted(ofPass(1))).toEqual(sorted(ofPass(0)))
    expect(ofPass(1)).not.toEqual(ofPass(0))
    expect(ofPass(1)).toEqual(ofPass(1))
  })

  it('show discriminators users whose labels train, always with something to hide', () => {
    const { game } = play(name)
    const [adversary, recommender] = game.players
    const draws = Rng.fromSeed(5)
    const kinds = { adversary: new Set<string>(), recommender: new Set<string>() }
    for (let i = 0; i < 60; i++) {
      const { inputs } = game.batch(adversary, draws, 0)
      kinds.adversary.add((inputs['hidden'] as Float32Array).join())
      const asked = inputs['users'] as Int32Array | undefined
      asked?.forEach((user, row) => {
        expect((inputs['label0'] as Int32Array)[row]).toBe(user === 0 ? -1 : codes(3)[user - 1])
        expect(user === 0 || (user - 1) % 2 === 0).toBe(true)
      })
      kinds.recommender.add((game.batch(recommender!, draws, 0).inputs['hidden'] as Float32Array).join())
    }
    expect([...kinds.adversary].sort()).toEqual(['0,1', '1,0', '1,1'])
    expect([...kinds.recommender].sort()).toEqual(['0,0', '0,1', '1,0', '1,1'])
  })
})

it('draws labels of everybody from what is told of them, and keeps to the labels where nothing is', () => {
  // Of user u gender 1 is told with probability u / 12; of age nothing.
  const gender = Float32Array.from({ length: 2 * numUsers }, (_, i) => {
    const share = (i >> 1) / numUsers
    return i % 2 === 1 ? share : 1 - share
  })
  const drawn = (told: Float32Array): number[] => {
    const { game } = play('pmf', {}, {}, [undefined, told])
    const draws = Rng.fromSeed(7)
    const sums = Array.from({ length: numUsers }, () => ({ ones: 0, count: 0 }))
    for (let round = 0; round < 800; round++) {
      const { inputs } = game.batch(game.players[1]!, draws, round)
      ;(inputs['users'] as Int32Array).forEach((id, row) => {
        if (id === 0) return
        const user = id - 1
        expect((inputs['label0'] as Int32Array)[row]).toBe(codes(3)[user])
        sums[user]!.ones += (inputs['label1'] as Int32Array)[row]!
        sums[user]!.count++
      })
    }
    return sums.map(({ ones, count }) => ones / count)
  }
  drawn(gender).forEach((share, user) => expect(Math.abs(share - user / numUsers)).toBeLessThan(0.1))
  expect(new Set(drawn(gender.map((_, i) => i % 2)))).toEqual(new Set([1]))
})

it('shows discriminators everybody where everybody is told of', () => {
  const uniform = (numClasses: number): Float32Array =>
    new Float32Array(numUsers * numClasses).fill(1 / numClasses)
  const { game } = play('pmf', {}, {}, [uniform(3), uniform(2)])
  const draws = Rng.fromSeed(8)
  const met = new Set<number>()
  for (let i = 0; i < 60; i++)
    (game.batch(game.players[0], draws, 0).inputs['users'] as Int32Array).forEach((id) => met.add(id))
  expect(met.size).toBeGreaterThan(trainingUsers.length + 1)
})

it('labels every position of a history by its user, and no padding', async () => {
  const { compile } = play('sasrec', { classWeights: 'none' })
  const { step, inputs, shape } = await compile(0, Rng.fromSeed(6))
  const hidden = Float32Array.of(0, 1)
  const targets = inputs['targets'] as Int32Array
  const positions = Array.from({ length: shape.batch }, (_, row) =>
    targets
      .subarray(row * shape.time, (row + 1) * shape.time)
      .reduce((sum, item) => sum + (item > 0 ? 1 : 0), 0),
  )
  const rows = [...positions.keys()].filter((row) => positions[row]! > 0)
  const lossOf = async (labelled: readonly number[]): Promise<number> => {
    const label1 = Int32Array.from({ length: shape.batch }, (_, row) => (labelled.includes(row) ? 1 : -1))
    return (await step.run({ ...inputs, hidden, label1 }, 0))['loss']!
  }
  // A mean over positions: that of all rows is the mean of the rows, weighted by how many positions each has.
  const single: number[] = []
  for (const row of rows) single.push(await lossOf([row]))
  const total = rows.reduce((sum, row) => sum + positions[row]!, 0)
  const expected = rows.reduce((sum, row, index) => sum + (positions[row]! * single[index]!) / total, 0)
  expect(rows.length).toBeGreaterThan(1)
  expect(await lossOf(rows)).toBeCloseTo(expected, 5)
  expect(await lossOf([])).toBe(0)
  await step.release()
})

it('has labels to learn from, or says that it has none', () => {
  // Of user 8 one item is known, so that there is no next one.
  expect(() => play('sasrec', {}, { trainingUsers: Int32Array.of(8) })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/two items/) as string,
    }),
  )
})

describe('settings of a joint training', () => {
  it('has a preset that fits', () => {
    for (const preset of Object.values(jointFiltersPresets)) {
      expect(jointFiltersSchema.parse(preset)).toMatchObject(preset)
    }
  })

  it.each([
    [{ opponent: 'kernel' }, /trained already/],
    [{ start: 'erasure' }, /trained already/],
    [{ epochs: 3 }, /epochs/],
    [{ learningRate: 1 }, /learningRate/],
  ])('refuses %j', (given, message) => {
    expect(() => jointFiltersSchema.parse(given)).toThrow(message)
  })
})
