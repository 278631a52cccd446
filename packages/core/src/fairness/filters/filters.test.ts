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
import { adversaryView } from './adversary-view.js'
import { filterRequirement, filterShares, numFilters } from './filter-shares.js'
import { filtersModel, filtersVeil } from './filters.js'
import { filtersPresets, filtersSchema, type FiltersConfig } from './filters-settings.js'
import { initializeFilters } from './filters-start.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const config = (changes: Partial<FiltersConfig> = {}): FiltersConfig =>
  filtersSchema.parse({ adversaryHidden: [8], listenerWeight: 0, ...changes })

/** Every subset of three attributes, a row each: row `mask` hides attribute i where bit i is set. */
const masks = Float32Array.from({ length: 24 }, (_, at) => ((at / 3) >> (at % 3)) & 1)
const dimension = 4
const eight = Float32Array.from({ length: 8 * dimension }, (_, i) => Math.sin(i + 1))

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

const shares = (mode: FiltersConfig['mode']): Promise<Float32Array[]> =>
  evaluate(
    (scope) => {
      const { none, shares: some } = filterShares(mode, scope.input('hidden', 'float32', [8, 3]))
      return [none, ...some]
    },
    { hidden: masks },
  )

const veil = (changes: Partial<FiltersConfig>, store: ParameterStore): Promise<Float32Array> =>
  evaluate(
    (scope) => [
      filtersVeil(config(changes))(
        scope,
        scope.input('vectors', 'float32', [8, dimension]),
        scope.input('hidden', 'float32', [8, 3]),
      ),
    ],
    { vectors: eight, hidden: masks },
    store,
  ).then(([vectors]) => vectors!)

const row = (vectors: Float32Array, index: number): number[] => [
  ...vectors.subarray(index * dimension, (index + 1) * dimension),
]

describe('which filter', () => {
  it('is in separate mode the one of the requirement, for all of them', async () => {
    const [none, ...filters] = await shares('separate')
    expect([...none!]).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(filters).toHaveLength(7)
    filters.forEach((share, filter) => {
      expect([...share]).toEqual(Array.from({ length: 8 }, (_, mask) => (mask === filter + 1 ? 1 : 0)))
      const hidden = [0, 1, 2].filter((attribute) => masks[(filter + 1) * 3 + attribute] === 1)
      expect(filterRequirement('separate', filter, 3)).toEqual(hidden)
    })
  })

  it('is in combine mode that of each hidden attribute, in equal parts', async () => {
    const [none, ...filters] = await shares('combine')
    expect([...none!]).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(filters[0]).toBeAllClose([0, 1, 0, 1 / 2, 0, 1 / 2, 0, 1 / 3])
    expect(filters[2]).toBeAllClose([0, 0, 0, 0, 1, 1 / 2, 1 / 2, 1 / 3])
    expect(filterRequirement('combine', 2, 3)).toEqual([2])
  })
})

describe('filtersVeil', () => {
  it('averages the filters of hidden attributes', async () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const changes = { mode: 'combine', form: 'pfrec', start: 'random' } as const
    await veil(changes, store)
    for (const { name, data } of store.list()) {
      data.fill(name.endsWith('outer/bias') ? 3 ** Number(name.split('/')[1]) : 0)
    }
    // Filters say 1, 3 and 9 whatever they see.
    const answers = await veil(changes, store)
    expect(row(answers, 0)).toEqual(row(eight, 0))
    expect(Array.from({ length: 7 }, (_, mask) => answers[(mask + 1) * dimension]!)).toBeAllClose([
      1,
      3,
      2,
      9,
      5,
      6,
      13 / 3,
    ])
  })

  it('serves a requirement by its own filter alone in separate mode', async () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const changes = { mode: 'separate', start: 'random' } as const
    const before = await veil(changes, store)
    for (const { name, data } of store.list()) if (name.startsWith('filters/4/')) data.fill(0.5)
    const after = await veil(changes, store)
    const changed = Array.from({ length: 8 }, (_, mask) => mask).filter((mask) =>
      row(after, mask).some((value, j) => Math.abs(value - row(before, mask)[j]!) > 1e-5),
    )
    expect(changed).toEqual([5])
  })

  it.each([
    { mode: 'separate', form: 'li', start: 'identity' },
    { mode: 'combine', form: 'pfrec', start: 'identity' },
    { mode: 'separate', form: 'pfrec', start: 'erasure' },
  ] as const)('changes nothing at the start of %j', async (changes) => {
    expect(await veil(changes, new ParameterStore(Rng.fromSeed(1)))).toBeAllClose(eight, { absolute: 1e-6 })
  })

  it.each([1, 2, 3, 4])('has 2^%i - 1 filters, or as many as attributes', (count) => {
    const size = (mode: FiltersConfig['mode'], start: FiltersConfig['start']): number => {
      const store = new ParameterStore(Rng.fromSeed(1))
      const scope = new Scope(createTrace(store, { training: false }))
      const vectors = scope.input('vectors', 'float32', [1, dimension])
      filtersVeil(config({ mode, form: 'li', start }))(
        scope,
        vectors,
        scope.input('hidden', 'float32', [1, count]),
      )
      return store.size
    }
    const network = dimension * 8 + 8 + 8 * dimension + dimension
    expect(size('separate', 'random')).toBe((2 ** count - 1) * network)
    expect(size('combine', 'random')).toBe(count * network)
    expect(size('combine', 'erasure')).toBe(count * (network + dimension * dimension + dimension))
    expect(numFilters('separate', count)).toBe(2 ** count - 1)
  })
})

const numUsers = 60
const labels: DefenceLabels = {
  attributes: ['age', 'gender'].map((name, index) => ({
    name,
    numClasses: 2,
    training: Int16Array.from({ length: numUsers }, (_, user) => (user < 50 ? (user >> index) & 1 : -1)),
    holdout: new Int16Array(numUsers).fill(-1),
  })),
  trainingUsers: Int32Array.from({ length: 50 }, (_, user) => user),
  holdoutUsers: Int32Array.of(50),
}

describe('what an adversary sees', () => {
  it('is the vector, normalised, with the requirement, and labels of rows that hide its attribute', async () => {
    const [view, seen] = await evaluate(
      (scope) => {
        const hidden = scope.input('hidden', 'float32', [3, 2])
        const of = scope.input('labels', 'int32', [3])
        const batch = { size: 3, vectors: hidden, hidden, labels: [of, of], recommendationLoss: () => hidden }
        const result = adversaryView(scope.input('vectors', 'float32', [3, 2]), batch, 1)
        return [result.view, result.labels]
      },
      {
        vectors: Float32Array.of(3, 5, -10, 10, 0.2, 0.1),
        hidden: Float32Array.of(1, 0, 0, 1, 1, 1),
        labels: Int32Array.of(1, 1, -1),
      },
    )
    expect([...seen!]).toEqual([-1, 1, -1])
    expect(view).toBeAllClose([-1, 1, 0.5, -0.5, -1, 1, -0.5, 0.5, 1, -1, 0.5, 0.5], { absolute: 5e-3 })
  })
})

describe('filtersModel', () => {
  const vectors = Float32Array.from({ length: numUsers * dimension }, (_, i) => {
    const [user, coordinate] = [Math.floor(i / dimension), i % dimension]
    return Math.sin(7 * i) + (coordinate < 2 ? 2 * ((user >> coordinate) & 1) : 0)
  })
  const scorer = innerProductScorer(
    Float32Array.from({ length: 21 * dimension }, (_, i) => Math.cos(i)),
    dimension,
  )
  /** What classifiers might tell of everybody. */
  const told = (name: string): Float32Array =>
    Float32Array.from({ length: 2 * numUsers }, (_, i) => {
      const code = (Math.floor(i / 2) >> (name === 'age' ? 0 : 1)) & 1
      return i % 2 === code ? 0.9 : 0.1
    })
  const play = async (changes: Partial<FiltersConfig>) => {
    const settings = config({ batchSize: 16, numNegatives: 10, audienceSize: 48, ...changes })
    const users = Int32Array.from({ length: numUsers }, (_, user) => user)
    const windows = { dimension, vectors, rows: users, users, targets: users.map((user) => 1 + (user % 20)) }
    const model = filtersModel(settings, labels)
    const audience = { vectors, probabilities: labels.attributes.map(({ name }) => told(name)) }
    const game = vectorGame({ model, windows, labels, scorer, settings, audience })
    const store = new ParameterStore(Rng.fromSeed(1), scorer.store)
    const steps = await Promise.all(
      game.players.map((player) =>
        TrainingStep.compile(runtime, (scope) => player.objective(scope, { batch: 16, time: 1 }), {
          store,
          optimizer: player.optimizer,
          trainable: player.trains,
          dropoutRng: Rng.fromSeed(2),
        }),
      ),
    )
    initializeFilters(settings, store, { dimension, vectors, labels })
    return { game, store, steps, settings }
  }

  it('lets each player move its own parameters, and nobody the erasure that adversaries play behind', async () => {
    const { game, store, steps } = await play({ opponent: 'adversary', start: 'erasure' })
    for (const [index, player] of game.players.entries()) {
      const before = store.snapshot()
      await steps[index]!.run(game.batch(player, Rng.fromSeed(3)).inputs)
      const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
      expect(moved.filter(({ name }) => !player.trains(name))).toEqual([])
      expect(moved.length).toBeGreaterThan(0)
    }
    expect(game.players.map(({ name }) => name)).toEqual(['adversary', 'filter'])
  })

  it('has a player for each filter where a kernel looks at an audience, which trains its erasure too', async () => {
    const { game, store, steps } = await play({ start: 'erasure' })
    expect(game.players.map(({ name }) => name)).toEqual(['age', 'gender', 'age,gender'])
    for (const [index, player] of game.players.entries()) {
      const before = store.snapshot()
      const draws = Rng.fromSeed(3)
      // The last layer starts at 0, so that what lies before it needs a second step to move.
      for (let i = 0; i < 3; i++) {
        const { inputs } = game.batch(player, draws)
        const own = filterRequirement('separate', index, 2)
        for (const name of ['hidden', 'audienceHidden']) {
          const rows = inputs[name] as Float32Array
          expect(rows.every((hides, at) => hides === (own.includes(at % 2) ? 1 : 0))).toBe(true)
        }
        await steps[index]!.run(inputs)
      }
      const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
      expect(moved.map(({ name }) => name)).toEqual(
        store.list().flatMap(({ name }) => (name.startsWith(`filters/${index}/`) ? [name] : [])),
      )
      expect(moved.some(({ name }) => name.includes('/erasure/'))).toBe(true)
    }
    expect(store.list().every(({ name }) => name.startsWith('filters/'))).toBe(true)
  })

  it.each([
    ['separate', ['age', 'listeners/0', 'gender', 'listeners/1', 'age,gender', 'listeners/2']],
    ['combine', ['filters', 'listeners']],
  ] as const)('has listeners beside filters that are %s, which learn by turns', async (mode, names) => {
    const { game, store, steps } = await play({ mode, listenerWeight: 1 })
    expect(game.players.map(({ name }) => name)).toEqual(names)
    for (const [index, player] of game.players.entries()) {
      const before = store.snapshot()
      const draws = Rng.fromSeed(3)
      for (let i = 0; i < 3; i++) await steps[index]!.run(game.batch(player, draws).inputs)
      const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
      expect(moved.length).toBeGreaterThan(0)
      expect(moved.filter(({ name }) => !player.trains(name))).toEqual([])
    }
  })

  it('trains filters that are averaged together, on requirements of all kinds', async () => {
    const { game } = await play({ mode: 'combine' })
    expect(game.players.map(({ name }) => name)).toEqual(['filters'])
    const { hidden } = game.batch(game.players[0], Rng.fromSeed(3)).inputs as { hidden: Float32Array }
    const kinds = Array.from({ length: 16 }, (_, at) => hidden.subarray(2 * at, 2 * at + 2).join())
    expect(new Set(kinds).size).toBeGreaterThan(2)
  })

  it('counts the dependence of what the audience hides, and tells less the more it weighs', async () => {
    const { game, store, steps } = await play({ mode: 'combine', start: 'identity' })
    const { inputs } = game.batch(game.players[0], Rng.fromSeed(4))
    const untrained = store.snapshot()
    const dependence = async (hidden: readonly number[], changes: object = {}): Promise<number> => {
      store.restore(untrained)
      const audienceHidden = Float32Array.from({ length: 48 * 2 }, (_, i) => hidden[i % 2]!)
      return (await steps[0]!.run({ ...inputs, audienceHidden, ...changes }))['dependence']!
    }
    const [age, gender] = [await dependence([1, 0]), await dependence([0, 1])]
    expect(age).toBeGreaterThan(0.01)
    expect(gender).toBeGreaterThan(0.01)
    expect(await dependence([1, 1])).toBeCloseTo(age + gender, 6)
    // What is told of the other attribute is not looked at.
    const other = (inputs['probabilities1'] as Float32Array).toReversed()
    expect(await dependence([1, 0], { probabilities1: other })).toBe(age)

    const after = async (dependenceWeight: number): Promise<number> => {
      const played = await play({ start: 'identity', learningRate: 1e-2, dependenceWeight })
      const draws = Rng.fromSeed(5)
      const [player] = played.game.players
      for (let i = 0; i < 60; i++) await played.steps[0]!.run(played.game.batch(player, draws).inputs)
      return (await played.steps[0]!.run(played.game.batch(player, Rng.fromSeed(6)).inputs))['dependence']!
    }
    expect(await after(300)).toBeLessThan(0.3 * (await after(0)))
  })

  it('counts a row against an adversary only if its requirement hides the attribute', async () => {
    const { game, store, steps } = await play({ opponent: 'adversary', adversaryDropout: 0 })
    const { inputs } = game.batch(game.players[0], Rng.fromSeed(4))
    const at = store.snapshot()
    const lossWith = async (changed: (hides: boolean) => boolean): Promise<number> => {
      store.restore(at)
      const hidden = inputs['hidden'] as Float32Array
      const label0 = (inputs['label0'] as Int32Array).map((label, index) =>
        label >= 0 && changed(hidden[2 * index] === 1) ? 1 - label : label,
      )
      return (await steps[0]!.run({ ...inputs, label0 }))['loss']!
    }
    const loss = await lossWith(() => false)
    expect(await lossWith((hides) => !hides)).toBe(loss)
    expect(await lossWith((hides) => hides)).not.toBe(loss)
  })

  it('starts each filter from the erasure of what it hides', async () => {
    const { store, settings } = await play({ start: 'erasure', erasureShrinkage: 0 })
    const hidden = Float32Array.from({ length: numUsers * 2 }, (_, i) => i % 2)
    const [veiled] = await evaluate(
      (scope) => [
        filtersVeil(settings)(
          scope,
          scope.input('vectors', 'float32', [numUsers, dimension]),
          scope.input('hidden', 'float32', [numUsers, 2]),
        ),
      ],
      { vectors, hidden },
      store,
    )
    /** Distance of class means over the users whose labels train. */
    const gap = (values: Float32Array, attribute: number): number => {
      const sums = [new Float64Array(dimension), new Float64Array(dimension)]
      const { training } = labels.attributes[attribute]!
      const sizes = [0, 1].map((c) => training.filter((code) => code === c).length)
      training.forEach((code, user) => {
        if (code < 0) return
        for (let j = 0; j < dimension; j++) sums[code]![j]! += values[user * dimension + j]! / sizes[code]!
      })
      return Math.hypot(...sums[0]!.map((mean, j) => mean - sums[1]![j]!))
    }
    expect(gap(vectors, 1)).toBeGreaterThan(1)
    expect(gap(veiled!, 1)).toBeLessThan(1e-4)
    expect(gap(veiled!, 0)).toBeGreaterThan(1)
  })
})

it.each(Object.entries(filtersPresets))('has a preset %s that fits its settings', (_, preset) => {
  expect(filtersSchema.parse(preset)).toMatchObject(preset)
})
