import { createOrtRuntime } from '@veilrec/runtime'
import { matchers, veilConformance } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { constant } from '../../graph/initializers.js'
import { add, mul } from '../../graph/ops/elementwise.js'
import { sum } from '../../graph/ops/reduction.js'
import { optimizerSchema } from '../../graph/optimizers/optimizer.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { createTrace, Scope } from '../../graph/scope.js'
import { TrainingStep } from '../../graph/training-step.js'
import { linear } from '../../layers/linear.js'
import { Rng } from '../../random.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { innerProductScorer } from '../learning/frozen-scorer.js'
import type { BaseEncoder, Veil } from '../veil.js'
import { vectorGame, type VectorGameInput, type VectorWindows } from './vector-game.js'
import type { VectorModel, VectorPlayer } from './vector-model.js'
import { vectorVeil } from './vector-veil.js'

expect.extend(matchers)
const dimension = 4
const numUsers = 40
const rng = Rng.fromSeed(1)
/** Three windows of each user; coordinate 0 is the window, coordinate 1 the user. */
const windows: VectorWindows = {
  dimension,
  vectors: Float32Array.from({ length: 3 * numUsers * dimension }, (_, i) => {
    const window = Math.floor(i / dimension)
    return [window, Math.floor(window / 3), 1, rng.normal()][i % dimension]!
  }),
  rows: Int32Array.from({ length: 3 * numUsers }, (_, window) => window),
  users: Int32Array.from({ length: 3 * numUsers }, (_, window) => Math.floor(window / 3)),
  targets: Int32Array.from({ length: 3 * numUsers }, (_, window) => 1 + (window % 7)),
}
/** Users 0 to 9 train. */
const training = Int16Array.from({ length: numUsers }, (_, user) => (user < 10 ? user % 2 : -1))
const labels: DefenceLabels = {
  attributes: [
    { name: 'age', numClasses: 2, training, holdout: training },
    { name: 'gender', numClasses: 2, training: training.map((c) => (c < 0 ? c : 1 - c)), holdout: training },
  ],
  trainingUsers: Int32Array.from({ length: 10 }, (_, user) => user),
  holdoutUsers: Int32Array.of(10, 11),
}
const scorer = innerProductScorer(
  Float32Array.from({ length: 8 * dimension }, () => rng.normal()),
  dimension,
)
const player = (trains: VectorPlayer['trains']): VectorPlayer => ({
  name: 'veil',
  steps: 1,
  readsLabels: true,
  schedule: 'cosine',
  trains,
  optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.01 }),
  objective: (scope, batch) => ({
    loss: batch.recommendationLoss(model.veil(scope, batch.vectors, batch.hidden)),
  }),
})
/** Adds a linear map to rows that hide something. */
const model: VectorModel = {
  veil: (scope, vectors, hidden) => {
    const change = linear(scope.child('map'), vectors, dimension, { initializer: constant(0.1) })
    return add(vectors, mul(change, sum(hidden, { axes: [-1], keepDims: true })))
  },
  players: [player((name) => name.startsWith('map'))],
}
const game = (changes: Partial<VectorGameInput> = {}) =>
  vectorGame({
    model,
    windows,
    labels,
    scorer,
    settings: { batchSize: 64, loss: 'sampledSoftmax', numNegatives: 5 },
    ...changes,
  })

/** Inputs by name; their numbers are all that is looked at. */
type Inputs = Readonly<Record<string, Float32Array>>

describe('batches of vectors', () => {
  const { players, batch, roundsPerEpoch } = game()
  const { inputs, shape } = batch(players[0], Rng.fromSeed(5))
  const { vectors, hidden, label0, label1, targets } = inputs as unknown as Inputs

  it('are half of anybody and half of users whose labels train, who are the only ones to have one', () => {
    expect(shape).toEqual({ batch: 64, time: 1 })
    const users = Array.from({ length: 64 }, (_, row) => vectors![row * dimension + 1]!)
    users.forEach((user, row) => {
      expect(label0![row]).toBe(training[user])
      expect(label1![row]).toBe(user < 10 ? 1 - training[user]! : -1)
    })
    for (const user of users.filter((_, row) => row % 2 === 1)) expect(user).toBeLessThan(10)
    const anybody = users.filter((_, row) => row % 2 === 0)
    expect(new Set(anybody).size).toBeGreaterThan(15)
    expect(anybody.filter((user) => user >= 10).length).toBeGreaterThan(16)
  })

  it('are of anybody for a player that reads no labels', () => {
    const { readsLabels: _, ...blind } = player((name) => name.startsWith('map'))
    const { players: others, batch: draw } = game({ model: { ...model, players: [blind] } })
    const { vectors: drawn } = draw(others[0], Rng.fromSeed(5)).inputs as unknown as Inputs
    const users = Array.from({ length: 64 }, (_, row) => drawn![row * dimension + 1]!)
    expect(users.filter((user, row) => row % 2 === 1 && user >= 10).length).toBeGreaterThan(16)
  })

  it('have vector and target of one window in a row', () => {
    targets!.forEach((target, row) => expect(target).toBe(1 + (vectors![row * dimension]! % 7)))
  })

  it('hide each attribute in half of the rows, by itself', () => {
    const pairs = new Float64Array(4)
    for (let seed = 0; seed < 20; seed++) {
      const more = batch(players[0], Rng.fromSeed(seed)).inputs['hidden'] as Float32Array
      for (let row = 0; row < 64; row++) pairs[more[2 * row]! + 2 * more[2 * row + 1]!]!++
    }
    // 1,280 draws of a quarter: a standard deviation of 15.5.
    for (const count of pairs) expect(Math.abs(count - 320)).toBeLessThan(62)
    expect(hidden!.every((value) => value === 0 || value === 1)).toBe(true)
  })

  it('follow from the stream alone', () => {
    expect(batch(players[0], Rng.fromSeed(5)).inputs).toEqual(inputs)
    expect(batch(players[0], Rng.fromSeed(6)).inputs).not.toEqual(inputs)
  })

  it('come as many as take all windows once, or as many as are asked for', () => {
    expect(roundsPerEpoch).toBe(2)
    expect(game({ windowsPerEpoch: 65 * 10 }).roundsPerEpoch).toBe(11)
  })

  it('hold noise where the model asks for it', () => {
    const noisy = game({ model: { ...model, noiseWidth: 30 } })
    const { noise } = noisy.batch(noisy.players[0], Rng.fromSeed(1)).inputs as unknown as Inputs
    expect(noise).toHaveLength(64 * 30)
    const square = noise!.reduce((total, value) => total + value * value, 0) / noise!.length
    expect(Math.abs(square - 1)).toBeLessThan(0.15)
    expect(Object.keys(inputs)).not.toContain('noise')
  })

  it('need a window of somebody whose labels train', () => {
    const nobody = { ...labels, trainingUsers: Int32Array.of(99) }
    expect(() => game({ labels: nobody })).toThrowVeilrecError('INVALID_ARGUMENT', 'nothing to learn from')
  })
})

describe('an audience', () => {
  const copies = 2
  /** Coordinate 0 is the row, the user and then, once more, the user again; so is the first probability, in thousandths. */
  const audience = {
    vectors: Float32Array.from({ length: copies * numUsers * dimension }, (_, i) =>
      i % dimension === 0 ? i / dimension : 0,
    ),
    probabilities: [2, 3].map((numClasses, index) =>
      Float32Array.from({ length: copies * numUsers * numClasses }, (_, i) =>
        i % numClasses === 0 ? i / numClasses / 1000 + index : 0,
      ),
    ),
  }
  const three = { ...labels.attributes[1]!, numClasses: 3 }
  const watched = (audienceSize: number) =>
    game({
      model: { ...model, audienceSize },
      labels: { ...labels, attributes: [labels.attributes[0]!, three] },
      audience,
    })
  const draw = (of: ReturnType<typeof game>, stream: Rng): Inputs =>
    of.batch(of.players[0], stream).inputs as unknown as Inputs
  const rowsOf = (inputs: Inputs): number[] => [...inputs['audience']!].filter((_, i) => i % dimension === 0)

  it('are different users, each by one of their vectors with what that vector tells', () => {
    const inputs = draw(watched(25), Rng.fromSeed(1))
    const rows = rowsOf(inputs)
    expect(new Set(rows.map((row) => row % numUsers)).size).toBe(25)
    expect(rows.filter((row) => row >= numUsers).length).toBeGreaterThan(5)
    expect(rows.filter((row) => row < numUsers).length).toBeGreaterThan(5)
    rows.forEach((row, place) => {
      expect(inputs['probabilities0']![2 * place]).toBeCloseTo(row / 1000, 5)
      expect(inputs['probabilities1']![3 * place]).toBeCloseTo(row / 1000 + 1, 5)
    })
  })

  it('have the requirement of a player that has one, as all rows have', () => {
    const requirement = [false, true]
    const of = game({
      model: { ...model, audienceSize: 25, players: [{ ...player(() => true), requirement }] },
      audience,
    })
    const inputs = draw(of, Rng.fromSeed(1))
    for (const rows of [inputs['audienceHidden']!, inputs['hidden']!]) {
      expect(rows.every((hides, at) => hides === at % 2)).toBe(true)
    }
  })

  it('are everybody at most, also users whose labels may not be seen', () => {
    const of = watched(1000)
    const users = (seed: number): number[] =>
      rowsOf(draw(of, Rng.fromSeed(seed))).map((row) => row % numUsers)
    const everybody = Array.from({ length: numUsers }, (_, user) => user)
    expect(users(1).toSorted((a, b) => a - b)).toEqual(everybody)
    expect(users(1)).not.toEqual(users(2))
  })

  it('have one requirement that hides something, each in a third of the batches', () => {
    const of = watched(10)
    const counts = new Map<string, number>()
    const stream = Rng.fromSeed(2)
    for (let batch = 0; batch < 300; batch++) {
      const hidden = draw(of, stream)['audienceHidden']!
      const key = [...hidden.subarray(0, 2)].join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
      hidden.forEach((value, i) => expect(value).toBe(hidden[i % 2]))
    }
    expect([...counts.keys()].toSorted()).toEqual(['0,1', '1,0', '1,1'])
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(33)
  })

  it('follow from the stream alone, so that a training that goes on draws what it would have drawn', () => {
    const stream = Rng.fromSeed(3)
    const first = watched(10)
    for (let batch = 0; batch < 5; batch++) draw(first, stream)
    const state = stream.state()
    const next = draw(first, stream)
    expect(draw(watched(10), Rng.fromState(state))).toEqual(next)
  })

  it('are inputs of their size where the model asks for them only', () => {
    const seen: unknown[] = []
    const look: VectorPlayer = {
      ...player(() => true),
      objective: (scope, batch) => {
        const { audience: crowd } = batch
        seen.push(
          crowd && [
            crowd.size,
            crowd.vectors.shape,
            crowd.hidden.shape,
            crowd.probabilities.map((p) => p.shape),
          ],
        )
        return { loss: batch.recommendationLoss(batch.vectors) }
      },
    }
    const trace = (changes: Partial<VectorGameInput>): void => {
      const { players } = game({ ...changes, model: { ...model, ...changes.model, players: [look] } })
      const store = new ParameterStore(Rng.fromSeed(1), scorer.store)
      players[0].objective(new Scope(createTrace(store, { training: true })), { batch: 64, time: 1 })
    }
    trace({ audience })
    trace({ audience, model: { ...model, audienceSize: 12 } })
    expect(seen).toEqual([
      undefined,
      [
        12,
        [12, dimension],
        [12, 2],
        [
          [12, 2],
          [12, 2],
        ],
      ],
    ])
    expect(
      Object.keys(game({ audience }).batch(player(() => true) as never, Rng.fromSeed(1)).inputs),
    ).not.toContain('audience')
  })

  it('must be given to a model that looks at one', () => {
    expect(() => game({ model: { ...model, audienceSize: 10 } })).toThrowVeilrecError(
      'INVALID_ARGUMENT',
      'looks at an audience',
    )
  })
})

describe('a step of a player', () => {
  const runtime = createOrtRuntime({ threads: 1 })

  it.each(['sampledSoftmax', 'bpr'] as const)(
    'lowers %s and leaves what is frozen as it is',
    async (loss) => {
      const { players, batch } = game({ settings: { batchSize: 64, loss, numNegatives: 5 } })
      const store = new ParameterStore(Rng.fromSeed(2), scorer.store)
      const frozen = scorer.store.snapshot()
      const [one] = players
      const step = await TrainingStep.compile(
        runtime,
        (scope) => one.objective(scope, { batch: 64, time: 1 }),
        {
          store,
          optimizer: one.optimizer,
        },
      )
      const { inputs } = batch(one, Rng.fromSeed(1))
      const { loss: before } = await step.run(inputs)
      for (let i = 0; i < 20; i++) await step.run(inputs)
      const { loss: after } = await step.run(inputs)
      expect(after).toBeLessThan(before!)
      expect(store.list().map(({ name }) => name)).toEqual(['map/bias', 'map/weight'])
      expect(scorer.store.snapshot()).toEqual(frozen)
      expect(() => store.restore(new Map([...store.snapshot(), ...frozen]))).toThrowVeilrecError(
        'GRAPH_INVALID',
        'frozenItems',
      )
      await step.release()
    },
  )
})

describe('a vector veil', () => {
  const runtime = createOrtRuntime({ threads: 1 })
  const store = new ParameterStore(Rng.fromSeed(2))
  const scope = new Scope(createTrace(store, { training: false }))
  model.veil(
    scope,
    scope.input('vectors', 'float32', [1, dimension]),
    scope.input('hidden', 'float32', [1, 2]),
  )
  const histories = {
    offsets: Int32Array.from({ length: 13 }, (_, user) => user),
    items: new Int32Array(12),
  }
  const base: BaseEncoder = (_, users) => {
    const rows = users ?? Int32Array.from({ length: 12 }, (_, user) => user)
    return Promise.resolve(
      Float32Array.from({ length: rows.length * dimension }, (_, i) =>
        Math.cos(1 + rows[Math.floor(i / dimension)]! * dimension + (i % dimension)),
      ),
    )
  }
  const veil = (of: BaseEncoder): Veil =>
    vectorVeil({
      method: 'toy',
      model,
      store,
      attributes: ['gender', 'age'],
      base: of,
      dimension,
      runtime,
    })

  it.each(veilConformance)('$name', ({ check }) => check({ veil, base, histories }))

  it('tells the model which attributes a row hides, in order of their names', async () => {
    const only: Pick<VectorModel, 'veil'> = {
      // The first coordinates become the row of hidden attributes.
      veil: (_, vectors, hidden) => {
        const weights = hidden.graph.constant(Float32Array.of(1, 10), 'float32', [2])
        return add(mul(vectors, 0), sum(mul(hidden, weights), { axes: [-1], keepDims: true }))
      },
    }
    const shown = vectorVeil({
      method: 'toy',
      model: only,
      store,
      attributes: ['gender', 'age'],
      base,
      dimension,
      runtime,
    })
    const asked = [['age'], ['gender'], ['gender', 'age']]
    const vectors = await shown.encode(histories, asked, Int32Array.of(0, 1, 2))
    expect([vectors[0], vectors[dimension], vectors[2 * dimension]]).toEqual([1, 10, 11])
  })
})
