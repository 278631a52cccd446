import { veilConformance } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../../dataset.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { createTrace, Scope } from '../../graph/scope.js'
import { TrainingStep } from '../../graph/training-step.js'
import { bert4recKind } from '../../models/bert4rec-recommender.js'
import { bert4recSchema } from '../../models/bert4rec.js'
import { Encoder } from '../../models/encoder.js'
import type { Recommender } from '../../models/recommender.js'
import { sasrecKind, sasrecSchema } from '../../models/sasrec.js'
import { Rng } from '../../random.js'
import { defenceLabels } from '../learning/defence-labels.js'
import { frozenScorer } from '../learning/frozen-scorer.js'
import type { VeilGame } from '../learning/player.js'
import { requirementsOf } from '../requirements.js'
import { fillMemory, memorySize } from './audience-memory.js'
import { eliminatorStore } from './eliminator-store.js'
import { eliminator, promptInitializer, type Eliminator } from './eliminator.js'
import { allMoments, singleMoments, userBuckets } from './pfrec-batches.js'
import { pfrecGame } from './pfrec-game.js'
import { pfrecSchema, type PfrecConfig } from './pfrec-settings.js'
import { pfrecVeil } from './pfrec-veil.js'

const numItems = 20
const numUsers = 40
const names = ['age', 'gender']
const runtime = createOrtRuntime({ threads: 1 })
const size = { numUsers, numItems }
const model = { historyLength: 8, hiddenSize: 8, numHeads: 1, numBlocks: 1 }
const recommenders: Record<string, Recommender> = {
  sasrec: sasrecKind.create(sasrecSchema.parse(model), size),
  bert4rec: bert4recKind.create(bert4recSchema.parse(model), size),
}

// User u has 1 + u mod 12 items, all different from one place to the next.
const offsets = new Int32Array(numUsers + 1)
for (let user = 0; user < numUsers; user++) offsets[user + 1] = offsets[user]! + 1 + (user % 12)
const items = Int32Array.from({ length: offsets[numUsers]! }, (_, i) => 1 + (i % numItems))
const histories: Histories = { offsets, items }

// Even users are the defence's; the class of everybody is known here.
const classes = ['a', 'b', 'c']
const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => (user % 2 === 0 ? 0 : 3))
const labels = defenceLabels(
  names.map((name, shift) => {
    const codes = Int16Array.from({ length: numUsers }, (_, user) => (Math.floor(user / 2) + shift) % 3)
    return { name, classes, codes }
  }),
  userGroup,
  { holdoutShare: 0.25, rng: Rng.fromSeed(1) },
)

// What is told of a user of an attribute has the user's number in it.
const probabilities = names.map((_, index) =>
  Float32Array.from({ length: 3 * numUsers }, (__, i) => Math.floor(i / 3) + 0.1 * index + 0.01 * (i % 3)),
)
const byAdversary = { opponent: 'adversary' } as const

interface Made {
  readonly recommender: Recommender
  readonly trained: ParameterStore
  readonly store: ParameterStore
  readonly one: Eliminator
  readonly game: VeilGame
}

function made(kind: string, changes: Partial<PfrecConfig> = {}, requirement = ['gender']): Made {
  const recommender = recommenders[kind]!
  const trained = new ParameterStore(Rng.fromSeed(2))
  recommender.objective(new Scope(createTrace(trained, { training: true })), { batch: 1, time: 8 })
  const config = pfrecSchema.parse({
    batchTokens: 64,
    taskPrompts: 2,
    numNegatives: 5,
    ...changes,
  })
  const { dimension, historyLength, promptable } = recommender
  const attributes = names.map((name) => ({ name, numClasses: 3 }))
  const task = {
    promptable: promptable!,
    requirement,
    attributes,
    initializer: promptInitializer(trained),
  }
  const one = eliminator(config, task)
  const scorer = frozenScorer(recommender, trained, numItems)
  const game = pfrecGame({
    config,
    eliminator: one,
    requirement,
    labels,
    histories,
    historyLength,
    dimension,
    scorer,
    probabilities,
  })
  return { recommender, trained, store: eliminatorStore(Rng.fromSeed(3), trained, config), one, game }
}

const values = (store: ParameterStore): string =>
  JSON.stringify([...store.snapshot()].map(([n, v]) => [n, ...v]))

describe.each(Object.keys(recommenders))('the game on %s', (kind) => {
  it('moves one side at a time and never the recommender', async () => {
    const { game, store, trained } = made(kind, byAdversary, names)
    const before = values(trained)
    const [adversary, attacked] = game.players
    expect([adversary.name, adversary.steps, attacked!.name, attacked!.steps]).toEqual([
      'adversary',
      4,
      'eliminator',
      1,
    ])
    const rng = Rng.fromSeed(4)
    const moved: string[][] = []
    for (const player of game.players)
      player.objective(new Scope(createTrace(store, { training: true })), { batch: 8, time: 8 })
    for (const player of game.players) {
      const { shape, inputs } = game.batch(player, rng)
      const step = await TrainingStep.compile(runtime, (scope) => player.objective(scope, shape), {
        store,
        optimizer: player.optimizer,
        trainable: player.trains,
        dropoutRng: rng,
      })
      const old = store.snapshot()
      const report = await step.run(inputs)
      expect(Object.values(report).every(Number.isFinite)).toBe(true)
      await step.release()
      moved.push(
        store
          .list()
          .filter(({ name, data }) => data.some((value, i) => value !== old.get(name)![i]))
          .map(({ name }) => name),
      )
    }
    expect(moved[0]!.length).toBeGreaterThan(0)
    expect(moved[0]!.every((name) => name.startsWith('pfrec/adversary/'))).toBe(true)
    expect(moved[1]!.every((name) => name.startsWith('pfrec/eliminator/'))).toBe(true)
    for (const part of [
      'task/0',
      'user/age',
      'user/gender',
      'adapter/0/attention/up/weight',
      'adapter/0/feedForward/up/weight',
    ]) {
      expect(moved[1]).toContain(`pfrec/eliminator/${part}`)
    }
    expect(values(trained)).toBe(before)
  })

  it('shows labels and values of users whose labels train, and of nobody else', () => {
    for (const valueDropout of [0, 1]) {
      const { game } = made(kind, { ...byAdversary, valueDropout })
      const rng = Rng.fromSeed(5)
      let known = 0
      let rows = 0
      for (const player of [...game.players, ...game.players, ...game.players]) {
        const { shape, inputs } = game.batch(player, rng)
        for (let row = 0; row < shape.batch; row++) {
          const first = inputs['history']![row * shape.time] as number
          expect(first).toBeGreaterThan(0)
          const label = inputs['label0']![row] as number
          expect(label >= 0 || player.name === 'eliminator').toBe(true)
          const value = inputs['codes1']![row] as number
          expect(value).toBe(valueDropout === 1 ? 0 : label + 1)
          known += Number(label >= 0)
          rows++
        }
      }
      // Every row of the adversaries, and every other one of the eliminator where anybody of that length has a label.
      expect(known).toBeGreaterThan(rows / 4)
      expect(known).toBeLessThan(rows)
    }
  })

  it('needs somebody whose label trains', () => {
    const nobody = { ...labels, trainingUsers: new Int32Array(0) }
    const { recommender, trained, one } = made(kind)
    const { dimension, historyLength } = recommender
    const scorer = frozenScorer(recommender, trained, numItems)
    const input = {
      config: pfrecSchema.parse({}),
      eliminator: one,
      requirement: ['gender'],
      histories,
      historyLength,
      dimension,
      scorer,
    }
    expect(() => pfrecGame({ ...input, labels: nobody })).toThrow(/no defence user has two items/)
    expect(() => pfrecGame({ ...input, labels })).toThrow(/nothing is told of gender/)
    expect(() =>
      pfrecGame({ ...input, labels, probabilities: [new Float32Array(3), new Float32Array(3)] }),
    ).toThrow(/probabilities of every class/)
  })

  it('has the eliminator against a kernel, and tells it of the users of a batch what is told of them', () => {
    const { game } = made(kind)
    expect(game.players.map(({ name }) => name)).toEqual(['eliminator', 'listeners'])
    expect(made(kind, { listenerWeight: 0 }).game.players).toHaveLength(1)
    const [player] = game.players
    const { shape, inputs } = game.batch(player, Rng.fromSeed(8))
    const again = game.batch(player, Rng.fromSeed(8))
    expect(again).toEqual({ shape, inputs })
    expect(Object.keys(inputs).filter((name) => name.startsWith('prob') || name.startsWith('label'))).toEqual(
      ['probabilities0'],
    )
    const users = inputs['users'] as Int32Array
    expect(users.length).toBe((kind === 'sasrec' ? 8 : 1) * shape.batch)
    users.forEach((user, row) => {
      // gender is the second attribute; users with one item are not there
      expect(inputs['probabilities0']![row * 3 + 2]).toBeCloseTo(user + 0.12, 4)
      expect(user % 12).toBeGreaterThan(0)
    })
  })

  it('has listeners that learn of the memory, and nobody else moves them', async () => {
    const { game, store, recommender } = made(kind, { audienceSize: 30, batchTokens: 40 })
    const [eliminating, listening] = game.players
    const rng = Rng.fromSeed(9)
    for (const player of game.players) {
      const { shape } = game.batch(player, rng)
      player.objective(new Scope(createTrace(store, { training: true })), shape)
    }
    fillMemory(store, {
      users: Int32Array.from({ length: 30 }, (_, i) => 100 + i),
      vectors: Float32Array.from({ length: 30 * recommender.dimension }, () => rng.normal()),
      probabilities: new Map([
        ['gender', Float32Array.from({ length: 90 }, (_, i) => (i % 3 === 0 ? 1 : 0))],
      ]),
    })
    const losses: number[] = []
    for (const [player, rounds] of [
      [eliminating, 1],
      [listening!, 40],
    ] as const) {
      const { shape, inputs } = game.batch(player, rng)
      const step = await TrainingStep.compile(runtime, (scope) => player.objective(scope, shape), {
        store,
        optimizer: player.optimizer,
        trainable: player.trains,
        dropoutRng: rng,
      })
      const before = store.snapshot()
      for (let round = 0; round < rounds; round++) losses.push((await step.run(inputs))['loss']!)
      await step.release()
      const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
      expect(moved.length).toBeGreaterThan(0)
      expect(moved.filter(({ name }) => name.startsWith('pfrec/listeners/')).length).toBe(
        player === listening ? moved.length : 0,
      )
    }
    expect(losses.at(-1)).toBeLessThan(losses[1]!)
  })

  it('remembers the users of its batches, the newest first, and moves neither erasure nor memory by a gradient', async () => {
    const { game, store, recommender } = made(kind, { audienceSize: 30, batchTokens: 40 })
    const { dimension } = recommender
    const [player] = game.players
    const rng = Rng.fromSeed(9)
    player.objective(new Scope(createTrace(store, { training: true })), { batch: 5, time: 8 })
    expect(memorySize(store)).toBe(30)
    const start = {
      users: Int32Array.from({ length: 30 }, (_, i) => 100 + i),
      vectors: Float32Array.from({ length: 30 * dimension }, () => rng.normal()),
      probabilities: new Map([['gender', Float32Array.from({ length: 90 }, () => rng.uniform())]]),
    }
    fillMemory(store, start)
    const erasure = store.get('pfrec/erasure/weight').data.slice()
    const { shape, inputs } = game.batch(player, rng)
    const step = await TrainingStep.compile(runtime, (scope) => player.objective(scope, shape), {
      store,
      optimizer: player.optimizer,
      trainable: player.trains,
      dropoutRng: rng,
    })
    const report = await step.run(inputs)
    await step.release()
    expect(Number.isFinite(report['dependence'])).toBe(true)
    const { batch } = shape
    const users = store.get('pfrec/memory/users').data
    const newest = [...inputs['users']!].slice(0, batch)
    expect([...users]).toEqual([...newest, ...start.users].slice(0, 30))
    const kept = start.vectors.subarray(0, Math.max(0, (30 - batch) * dimension))
    const vectors = store.get('pfrec/memory/vectors').data
    expect(vectors.subarray(batch * dimension)).toEqual(kept)
    expect(vectors.subarray(0, dimension).every((value) => Number.isFinite(value) && value !== 0)).toBe(true)
    const told = store.get('pfrec/memory/probabilities/gender').data
    expect(told.subarray(0, 3)).toEqual(inputs['probabilities0']!.slice(0, 3))
    expect(store.get('pfrec/erasure/weight').data).toEqual(erasure)
  })
})

describe('the veil', () => {
  const { recommender, trained } = made('sasrec')
  const eliminators = requirementsOf(names).map((requirement) => {
    const { one: own, store } = made('sasrec', {}, requirement)
    const scope = new Scope(createTrace(store, { training: false }))
    own.userVectors(scope, scope.input('history', 'int32', [1, 1]))
    return { requirement, eliminator: own, store }
  })
  const encoder = new Encoder(runtime, recommender, trained)
  const base = (known: Histories, users?: Int32Array): Promise<Float32Array> => encoder.encode(known, users)

  it.each(veilConformance)('$name', async ({ check }) => {
    await check({
      veil: (own) => pfrecVeil({ recommender, eliminators, base: own, runtime }),
      base,
      histories,
    })
  })
})

describe('moments', () => {
  const three: Histories = {
    offsets: Int32Array.of(0, 1, 3, 8),
    items: Int32Array.of(9, 1, 2, 3, 4, 5, 6, 7),
  }

  it('come from users with two items, in buckets of their lengths', () => {
    const buckets = userBuckets(three, [0, 1, 2], { historyLength: 8, batchTokens: 8 })
    expect(buckets.map(({ users, ...shape }) => ({ ...shape, users: [...users] }))).toEqual([
      { time: 1, batch: 8, users: [1] },
      { time: 4, batch: 2, users: [2] },
    ])
  })

  it('know what came before and ask for what came next', () => {
    const rng = Rng.fromSeed(6)
    const targets = new Set<number>()
    for (let draw = 0; draw < 50; draw++) {
      const { history, targets: next } = singleMoments(three, Int32Array.of(2), 3, rng)
      const known = history.filter((item) => item > 0)
      expect(next[0]).toBe(known.at(-1)! + 1)
      expect([...known]).toEqual(
        Array.from({ length: Math.min(3, next[0]! - 3) }, (_, i) => next[0]! - known.length + i),
      )
      targets.add(next[0]!)
    }
    expect([...targets].sort((a, b) => a - b)).toEqual([4, 5, 6, 7])
  })

  it('of one pass are all positions, looked at at the newest and others of the later half', () => {
    const looked = (users: Int32Array, time: number, looks = 1) =>
      allMoments(three, users, { time, looks, rng: Rng.fromSeed(1) })
    const { history, targets, looked: newest } = looked(Int32Array.of(1, 2), 6)
    expect([...history]).toEqual([1, 0, 0, 0, 0, 0, 3, 4, 5, 6, 0, 0])
    expect([...targets]).toEqual([2, 0, 0, 0, 0, 0, 4, 5, 6, 7, 0, 0])
    expect([...newest]).toEqual([0, 9])
    const { history: latest, looked: last } = looked(Int32Array.of(2), 3)
    expect([...latest]).toEqual([4, 5, 6])
    expect([...last]).toEqual([2])
    const more = [...looked(Int32Array.of(1, 2), 6, 20).looked]
    expect(more.slice(0, 2)).toEqual([0, 9])
    // The one user has one moment; of the other's four the later half are places 8 and 9.
    expect(new Set(more.filter((_, i) => i % 2 === 0))).toEqual(new Set([0]))
    expect(new Set(more.filter((_, i) => i % 2 === 1))).toEqual(new Set([8, 9]))
  })
})
