import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import {
  batchDim,
  createTrace,
  ParameterStore,
  Program,
  Scope,
  toOnnx,
  TrainingStep,
  type OptimizerConfig,
} from '../graph/index.js'
import type { Histories } from '../dataset.js'
import type { HostTensor } from '../graph/host-tensor.js'
import { Rng } from '../random.js'
import { nextItemInputs } from '../training/next-item-objective.js'
import { Encoder } from './encoder.js'
import { sasrec, sasrecKind, sasrecObjective, sasrecSchema } from './sasrec.js'

const numItems = 30
const time = 8
const config = sasrecSchema.parse({
  historyLength: time,
  hiddenSize: 16,
  numHeads: 2,
  dropout: 0.3,
  numNegatives: 12,
})
const runtime = createOrtRuntime({ threads: 2 })
const adam: OptimizerConfig = {
  kind: 'adam',
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0,
}

async function states(
  history: Int32Array,
  store = new ParameterStore(Rng.fromSeed(5)),
  length = time,
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const model = sasrec(config, numItems)
  const items = scope.input('history', 'int32', [history.length / length, length])
  const output = model.forwardFromEmbeddings(scope, model.embed(scope, items))
  const program = await Program.compile(runtime, trace, [output])
  const result = (await program.run({ history }))[output.name]!.data as Float32Array
  await program.release()
  return result.slice()
}

describe('SASRec', () => {
  it('is causal: a later item, padding included, changes no earlier state', async () => {
    const full = await states(Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6))
    const cut = await states(Int32Array.of(3, 1, 4, 1, 0, 0, 0, 0))
    const width = config.hiddenSize
    expect([...cut.subarray(0, 4 * width)]).toEqual([...full.subarray(0, 4 * width)])
    expect([...cut.subarray(4 * width)]).not.toEqual([...full.subarray(4 * width)])
  })

  it('is not touched by padding: neither its amount nor what else is in the batch changes a byte', async () => {
    const width = config.hiddenSize
    const store = new ParameterStore(Rng.fromSeed(5))
    const items = [3, 1, 4]
    const none = await states(Int32Array.from(items), store, 3)
    for (const length of [4, 5, 8]) {
      const row = [...items, ...Array.from({ length: length - 3 }, () => 0)]
      const padded = await states(Int32Array.from(row), store, length)
      expect([...padded.subarray(0, 3 * width)]).toEqual([...none])
      const others = Int32Array.from([...row, ...row.map((_, i) => 1 + i)])
      expect([...(await states(others, store, length)).subarray(0, 3 * width)]).toEqual([...none])
    }
  })

  it('depends on the order of the items', async () => {
    const width = config.hiddenSize
    const a = await states(Int32Array.of(3, 1, 4, 0, 0, 0, 0, 0))
    const b = await states(Int32Array.of(1, 3, 4, 0, 0, 0, 0, 0))
    expect([...a.subarray(2 * width, 3 * width)]).not.toEqual([...b.subarray(2 * width, 3 * width)])
  })

  it('encodes a user the same alone, among others and padded to another length', async () => {
    const store = new ParameterStore(Rng.fromSeed(5))
    const encoder = new Encoder(runtime, sasrecKind.create(config, { numUsers: 3, numItems }), store)
    const histories = {
      offsets: Int32Array.of(0, 3, 3, 12),
      items: Int32Array.of(3, 1, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    }
    const all = await encoder.encode(histories)
    const first = await encoder.encode(histories, Int32Array.of(0))
    await encoder.release()
    const width = config.hiddenSize
    const padded = await states(Int32Array.of(3, 1, 4, 0, 0, 0, 0, 0), store)
    expect(distance(first, all.subarray(0, width))).toBeLessThan(1e-5)
    expect(distance(first, padded.subarray(2 * width, 3 * width))).toBeLessThan(1e-5)
    expect([...all.subarray(width, 2 * width)]).toEqual(Array.from({ length: width }, () => 0))
    // Of a longer history only the newest items are read.
    const newest = await states(Int32Array.of(2, 3, 4, 5, 6, 7, 8, 9), store)
    expect(distance(all.subarray(2 * width), newest.subarray((time - 1) * width))).toBeLessThan(1e-5)
  })

  it('exports with a symbolic batch dimension and baked-in parameters', async () => {
    const store = new ParameterStore(Rng.fromSeed(5))
    const trace = createTrace(store, { training: false })
    const scope = new Scope(trace)
    const history = scope.input('history', 'int32', [batchDim, time])
    const vectors = sasrec(config, numItems).userVectors(scope, history)
    const model = toOnnx(trace.graph, [vectors], {
      outputNames: ['userVectors'],
      initializers: new Map(store.list().map(({ name, data }) => [name, data])),
    })
    expect(model.inputNames).toEqual(['history'])
    const session = await runtime.load(model.bytes)
    const expected = await states(Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6), store)
    for (const batch of [1, 3]) {
      const userVectors: HostTensor = {
        dtype: 'float32',
        dims: [batch, config.hiddenSize],
        data: new Float32Array(batch * config.hiddenSize),
      }
      const items = Int32Array.from(
        { length: batch * time },
        (_, index) => [3, 1, 4, 1, 5, 9, 2, 6][index % time]!,
      )
      await session.run(
        {
          history: { dtype: 'int32', dims: [batch, time], data: items },
        },
        { userVectors },
      )
      for (let row = 0; row < batch; row++) {
        const row0 = (userVectors.data as Float32Array).subarray(
          row * config.hiddenSize,
          (row + 1) * config.hiddenSize,
        )
        expect(distance(row0, expected.subarray((time - 1) * config.hiddenSize))).toBeLessThan(1e-5)
      }
    }
    await session.release()
  })

  const chances = {
    bce: 2 * Math.log(2),
    bpr: Math.log(2),
    sampledSoftmax: Math.log(13),
    softmax: Math.log(numItems),
    // alpha = 12 / 29, beta = 0.75 alpha + 0.25
    gbce: ((12 + 0.75 * (12 / 29) + 0.25) * Math.log(2)) / 13,
  }
  const cases = Object.entries(chances) as [keyof typeof chances, number][]
  it.each(cases)('learns a cycle of items with the loss %s, from chance on', async (loss, chance) => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const settings = { ...config, loss, dropout: 0.1 }
    const plan = { users: Int32Array.from({ length: 16 }, (_, row) => row), batch: 16, time }
    const step = await TrainingStep.compile(
      runtime,
      (scope) => sasrecObjective(scope, settings, numItems, plan),
      { store, optimizer: adam, dropoutRng: Rng.fromSeed(2), clipNorm: 5 },
    )
    const rng = Rng.fromSeed(3)
    const losses: number[] = []
    for (let round = 0; round < 150; round++) {
      const inputs = nextItemInputs(settings, numItems, cycles(16, rng), plan, rng)
      losses.push((await step.run(inputs))['loss']!)
    }
    await step.release()
    expect(losses[0]!).toBeGreaterThan(0.8 * chance)
    expect(losses[0]!).toBeLessThan(1.2 * chance)
    expect(losses.at(-1)!).toBeLessThan(0.25 * chance)
    const table = store.get('items/weight').data
    expect(table.subarray(0, config.hiddenSize).some(Boolean)).toBe(false)
  })

  it('refuses heads that do not divide the width', () => {
    const { error } = sasrecSchema.safeParse({ hiddenSize: 50, numHeads: 4 })
    expect(error?.issues).toMatchObject([{ path: ['numHeads'], message: 'must divide hiddenSize' }])
  })
})

/** Histories that run through the items in order, from a random one on. */
function cycles(users: number, rng: Rng): Histories {
  const items = Array.from({ length: users }, () => {
    const start = rng.int(numItems)
    return Array.from({ length: time + 1 }, (_, t) => 1 + ((start + t) % numItems))
  })
  return {
    offsets: Int32Array.from({ length: users + 1 }, (_, user) => user * (time + 1)),
    items: Int32Array.from(items.flat()),
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0)
}
