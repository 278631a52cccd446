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
import type { HostTensor } from '../graph/host-tensor.js'
import { Rng } from '../random.js'
import { sharedNegatives } from '../training/negative-sampling.js'
import { SasrecEncoder } from './sasrec-encoder.js'
import { sasrec, sasrecObjective, sasrecSchema } from './sasrec.js'

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
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const model = sasrec(config, numItems)
  const items = scope.input('history', 'int32', [history.length / time, time])
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

  it('depends on the order of the items', async () => {
    const width = config.hiddenSize
    const a = await states(Int32Array.of(3, 1, 4, 0, 0, 0, 0, 0))
    const b = await states(Int32Array.of(1, 3, 4, 0, 0, 0, 0, 0))
    expect([...a.subarray(2 * width, 3 * width)]).not.toEqual([...b.subarray(2 * width, 3 * width)])
  })

  it('encodes a user the same alone, among others and padded to another length', async () => {
    const store = new ParameterStore(Rng.fromSeed(5))
    const encoder = new SasrecEncoder(runtime, store, config, numItems)
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
    const last = scope.input('lastPositions', 'int32', [batchDim])
    const vectors = sasrec(config, numItems).userVectors(scope, history, last)
    const model = toOnnx(trace.graph, [vectors], {
      outputNames: ['userVectors'],
      initializers: new Map(store.list().map(({ name, data }) => [name, data])),
    })
    expect(model.inputNames).toEqual(['history', 'lastPositions'])
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
          lastPositions: { dtype: 'int32', dims: [batch], data: new Int32Array(batch).fill(time - 1) },
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

  it.each(['bce', 'sampledSoftmax'] as const)('learns a cycle of items with the loss %s', async (loss) => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const settings = { ...config, loss, dropout: 0.1 }
    const step = await TrainingStep.compile(
      runtime,
      (scope) => sasrecObjective(scope, settings, numItems, { batch: 16, time }),
      { store, optimizer: adam, dropoutRng: Rng.fromSeed(2), clipNorm: 5 },
    )
    const rng = Rng.fromSeed(3)
    const history = new Int32Array(16 * time)
    const targets = new Int32Array(16 * time)
    const losses: number[] = []
    for (let round = 0; round < 150; round++) {
      for (let row = 0; row < 16; row++) {
        const start = rng.int(numItems)
        for (let t = 0; t < time; t++) {
          history[row * time + t] = 1 + ((start + t) % numItems)
          targets[row * time + t] = 1 + ((start + t + 1) % numItems)
        }
      }
      const negatives =
        loss === 'bce'
          ? { negatives: targets.map((target) => 1 + ((target + rng.int(numItems - 1)) % numItems)) }
          : sharedNegatives(12, numItems, targets, rng)
      losses.push((await step.run({ history, targets, ...negatives }))['loss']!)
    }
    await step.release()
    const chance = loss === 'bce' ? 2 * Math.log(2) : Math.log(13)
    expect(losses[0]!).toBeGreaterThan(0.8 * chance)
    expect(losses[0]!).toBeLessThan(1.2 * chance)
    expect(losses.at(-1)!).toBeLessThan(0.2 * chance)
    const table = store.get('items/weight').data
    expect([...table.subarray(0, config.hiddenSize)]).toEqual(
      Array.from({ length: config.hiddenSize }, () => 0),
    )
  })
})

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0)
}
