import { checkGraphGradient } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../dataset.js'
import { createTrace, optimizerSchema, ParameterStore, Program, Scope, TrainingStep } from '../graph/index.js'
import type { HostTensor } from '../graph/host-tensor.js'
import { topK } from '../metrics/top-k.js'
import { Rng } from '../random.js'
import { Encoder } from './encoder.js'
import { planWindows, windowRows } from './gru4rec-batches.js'
import { gru4rec, gru4recKind, gru4recSchema, type Gru4recConfig } from './gru4rec.js'

const numItems = 20
const size = { numUsers: 0, numItems }
const time = 8
const config = gru4recSchema.parse({
  historyLength: time,
  hiddenSize: 8,
  stateSize: 12,
  numLayers: 2,
  numNegatives: 10,
})
const runtime = createOrtRuntime({ threads: 1 })

async function states(history: readonly number[], settings: Gru4recConfig = config): Promise<Float32Array> {
  const trace = createTrace(new ParameterStore(Rng.fromSeed(5)), { training: false })
  const scope = new Scope(trace)
  const output = gru4rec(settings, numItems).states(
    scope,
    scope.input('history', 'int32', [1, history.length]),
  )
  const program = await Program.compile(runtime, trace, [output])
  const result = (await program.run({ history: Int32Array.from(history) }))[output.name]!.data
  await program.release()
  return (result as Float32Array).slice()
}

/** Users who walk through the items in a circle from random starts. */
function walks(users: number, length: number, rng: Rng): Histories {
  const items = new Int32Array(users * length)
  for (let user = 0; user < users; user++) {
    const start = rng.int(numItems)
    for (let t = 0; t < length; t++) items[user * length + t] = 1 + ((start + t) % numItems)
  }
  return { offsets: Int32Array.from({ length: users + 1 }, (_, user) => user * length), items }
}

describe('windows', () => {
  it('have every item but the oldest as a target once, after the items before it', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 9 }), fc.integer(), (users, historyLength, seed) => {
        const offsets = new Int32Array(users.length + 1)
        users.forEach((length, user) => (offsets[user + 1] = offsets[user]! + length))
        // Every item names its place, so that a target tells what must stand before it.
        const data = { offsets, items: Int32Array.from({ length: offsets.at(-1)! }, (_, i) => i + 1) }
        const plans = planWindows(data, { historyLength, batchTokens: 20 }, Rng.fromSeed(seed))
        const targets = plans.flatMap((plan) => {
          const rows = windowRows(data, plan)
          return [...plan.users].flatMap((user, row) => {
            const items = [...rows.items.subarray(rows.offsets[row], rows.offsets[row + 1])]
            expect(items.length - 1).toBeLessThanOrEqual(plan.time)
            expect(items.at(-1)).toBe(1 + data.offsets[user]! + plan.positions![row]!)
            items.slice(1).forEach((item, index) => expect(item).toBe(items[index]! + 1))
            return items.slice(1)
          })
        })
        const first = new Set([...offsets.subarray(0, -1)].map((start) => start + 1))
        const expected = [...data.items].filter((item) => !first.has(item))
        expect(targets.sort((a, b) => a - b)).toEqual(expected)
      }),
    )
  })

  it('draws no negative from any part of the history', () => {
    const settings = { ...config, historyLength: 3, loss: 'bpr' as const, negativesPerPosition: 4 }
    const model = gru4recKind.create(settings, size)
    const items = Int32Array.from({ length: 17 }, (_, index) => index + 1)
    const data = { offsets: Int32Array.of(0, 17), items }
    for (const plan of model.planEpoch(data, 6, Rng.fromSeed(1))) {
      const { targets, negatives } = model.trainingInputs(data, plan, Rng.fromSeed(2))
      targets!.forEach((target, place) => {
        const drawn = [...negatives!.subarray(place * 4, place * 4 + 4)]
        for (const item of drawn) expect(target === 0 ? [0] : [18, 19, 20]).toContain(item)
      })
    }
  })
})

describe('GRU4Rec', () => {
  it('is causal: a later item, padding included, changes no earlier state', async () => {
    const full = await states([3, 1, 4, 1, 5, 9, 2, 6])
    const cut = await states([3, 1, 4, 1, 0, 0, 0, 0])
    const width = config.hiddenSize
    expect([...cut.subarray(0, 4 * width)]).toEqual([...full.subarray(0, 4 * width)])
    expect([...cut.subarray(4 * width)]).not.toEqual([...full.subarray(4 * width)])
  })

  it('reads the whole history in order', async () => {
    const width = config.hiddenSize
    const last = async (...history: readonly number[]): Promise<number[]> => [
      ...(await states(history)).subarray(-width),
    ]
    expect(await last(3, 1, 4)).not.toEqual(await last(1, 3, 4))
    expect(await last(3, 1, 4)).not.toEqual(await last(2, 1, 4))
  })

  it('adds no layer where state and item have one width', () => {
    const settings = { ...config, stateSize: config.hiddenSize, numLayers: 1 }
    const trace = createTrace(new ParameterStore(Rng.fromSeed(5)), { training: true })
    gru4recKind.create(settings, size).objective(new Scope(trace), { batch: 1, time: 2 })
    expect(trace.store.list().map(({ name }) => name)).toEqual([
      'gru0/input/bias',
      'gru0/input/weight',
      'gru0/state/bias',
      'gru0/state/weight',
      'items/weight',
    ])
  })

  it('encodes a user the same alone, among others and padded to another length', async () => {
    const model = gru4recKind.create(config, size)
    const encoder = new Encoder(runtime, model, new ParameterStore(Rng.fromSeed(5)))
    const histories = {
      offsets: Int32Array.of(0, 3, 3, 12),
      items: Int32Array.of(3, 1, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    }
    const all = await encoder.encode(histories)
    const alone = await encoder.encode(histories, Int32Array.of(0))
    await encoder.release()
    const width = config.hiddenSize
    expect(distance(alone, all.subarray(0, width))).toBe(0)
    expect(distance(alone, (await states([3, 1, 4, 0, 0, 0])).subarray(2 * width, 3 * width))).toBeLessThan(
      1e-6,
    )
    expect([...all.subarray(width, 2 * width)]).toEqual(Array.from({ length: width }, () => 0))
    const newest = (await states([2, 3, 4, 5, 6, 7, 8, 9])).subarray(-width)
    expect(distance(all.subarray(2 * width), newest)).toBeLessThan(1e-6)
  })

  it('has the gradient of differences', async () => {
    const settings = { ...config, hiddenSize: 3, stateSize: 2, numNegatives: 3, dropout: 0 }
    const trace = createTrace(new ParameterStore(Rng.fromSeed(1)), { training: true })
    const model = gru4recKind.create(settings, { numUsers: 2, numItems: 5 })
    const { loss } = model.objective(new Scope(trace), { batch: 2, time: 3 })
    const integers = (dims: readonly number[], ...values: readonly number[]): HostTensor => {
      return { dtype: 'int32', dims, data: Int32Array.from(values) }
    }
    const feeds: Record<string, HostTensor> = {
      history: integers([2, 3], 1, 2, 3, 4, 1, 0),
      targets: integers([2, 3], 2, 3, 5, 1, 2, 0),
      negatives: integers([3], 2, 4, 5),
      hits: integers([2, 3], 0, -1, 2, -1, 0, -1),
    }
    const rng = Rng.fromSeed(2)
    const parameters = trace.store.list()
    for (const { name, tensor, data } of parameters) {
      feeds[name] = { ...tensor, data: data.map(() => 0.7 * rng.normal()) }
    }
    const wrt = parameters.map(({ name }) => name)
    const { outputs } = await checkGraphGradient(trace.graph, [loss], feeds, { runtime, wrt })
    expect(outputs[0]!.data[0]).toBeGreaterThan(0)
  })

  it('learns a cycle of items', async () => {
    const settings = { ...config, dropout: 0.1 }
    const model = gru4recKind.create(settings, size)
    const store = new ParameterStore(Rng.fromSeed(1))
    const step = await TrainingStep.compile(runtime, (scope) => model.objective(scope, { batch: 32, time }), {
      store,
      optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.02 }),
      dropoutRng: Rng.fromSeed(2),
      clipNorm: 5,
    })
    const rng = Rng.fromSeed(3)
    for (let epoch = 0; epoch < 120; epoch++) {
      const data = walks(64, time + 1, rng)
      for (const plan of model.planEpoch(data, 32 * time, rng)) {
        await step.run(model.trainingInputs(data, plan, rng))
      }
    }
    await step.release()
    const encoder = new Encoder(runtime, model, store)
    const asked = walks(50, 5, rng)
    const users = await encoder.encode(asked)
    await encoder.release()
    const scores = model.scorer.scores(store, users)
    for (let user = 0; user < 50; user++) {
      expect([...topK(scores(user), 1).items]).toEqual([1 + (asked.items[user * 5 + 4]! % numItems)])
    }
  })
})

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0)
}
