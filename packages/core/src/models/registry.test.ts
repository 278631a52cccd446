import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import {
  batchDim,
  createTrace,
  ParameterStore,
  Program,
  Scope,
  ops,
  toOnnx,
  TrainingStep,
  type HostTensor,
  type Tensor,
} from '../graph/index.js'
import { Rng } from '../random.js'
import { Encoder, queryName } from './encoder.js'
import type { Recommender, RecommenderKind } from './recommender.js'
import { recommenderKind, recommenderKinds } from './registry.js'

const runtime = createOrtRuntime({ threads: 1 })
const lengths = [3, 0, 9, 1, 5, 6, 20]
const numItems = 15
const size = { numUsers: lengths.length, numItems }
const histories = {
  offsets: Int32Array.from([0, ...lengths.map((_, user) => sum(lengths.slice(0, user + 1)))]),
  items: Int32Array.from({ length: sum(lengths) }, (_, index) => 1 + ((index * 4) % numItems)),
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** A small model of a kind: of these settings the ones that it has. */
function small(kind: RecommenderKind): Recommender {
  const { schema } = kind
  const wanted = { historyLength: 6, hiddenSize: 8, stateSize: 8, numHeads: 2, numNegatives: 5 }
  const known = Object.keys(z.toJSONSchema(schema, { io: 'input' }).properties ?? {})
  const settings = Object.fromEntries(Object.entries(wanted).filter(([key]) => known.includes(key)))
  return kind.create(schema.parse(settings), size)
}

function declared(model: Recommender, seed = 3): ParameterStore {
  const store = new ParameterStore(Rng.fromSeed(seed))
  const scope = new Scope(createTrace(store, { training: true }))
  model.objective(scope, { batch: 1, time: Math.max(1, model.historyLength) })
  return store
}

it('finds a kind by its name and says which there are', () => {
  expect(recommenderKind('sasrec').name).toBe('sasrec')
  expect(() => recommenderKind('sasrek')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('sasrec') as string }),
  )
  expect(new Set(recommenderKinds.map(({ name }) => name)).size).toBe(recommenderKinds.length)
})

// What every recommender promises (see its interface), whatever it is inside.
describe.each(recommenderKinds)('$name', (kind) => {
  it('describes every setting, refuses unknown ones, and has presets that fit', () => {
    const { properties = {} } = z.toJSONSchema(kind.schema, { io: 'input' })
    const undescribed = Object.entries(properties).filter(
      ([, setting]) => typeof setting !== 'object' || setting.description === undefined,
    )
    expect(undescribed).toEqual([])
    expect(kind.schema.safeParse({ hidenSize: 8 }).success).toBe(false)
    for (const { model } of Object.values(kind.presets)) {
      expect(kind.schema.safeParse(model ?? {}).error).toBeUndefined()
    }
  })

  it('plans and prepares the same batches from the same stream', () => {
    const prepare = (seed: number): unknown => {
      const model = small(kind)
      const rng = Rng.fromSeed(seed)
      const plans = model.planEpoch(histories, 18, rng.split('order'))
      return plans.map((plan) => [plan, model.trainingInputs(histories, plan, rng)])
    }
    expect(prepare(1)).toEqual(prepare(1))
    expect(prepare(1)).not.toEqual(prepare(2))
  })

  it('meets every parameter when it is traced at its longest, and trains them all', async () => {
    const model = small(kind)
    const store = declared(model)
    const names = store.list().map(({ name }) => name)
    const before = store.snapshot()
    const optimizer = { kind: 'sgd', learningRate: 0.5, weightDecay: 0 } as const
    const rng = Rng.fromSeed(7)
    for (const plan of model.planEpoch(histories, 18, rng)) {
      const step = await TrainingStep.compile(runtime, (scope) => model.objective(scope, plan), {
        store,
        optimizer,
        dropoutRng: rng,
      })
      const { loss } = await step.run(model.trainingInputs(histories, plan, rng))
      await step.release()
      expect(loss).toBeGreaterThan(0)
    }
    expect(store.list().map(({ name }) => name)).toEqual(names)
    const untouched = store
      .list()
      .filter(({ name, data }) => data.every((value, i) => value === before.get(name)![i]))
    expect(untouched.map(({ name }) => name)).toEqual([])
  })

  it('lets what stands between vectors and scores see every vector that it scores, and change it', async () => {
    const model = small(kind)
    const rng = Rng.fromSeed(7)
    const [plan] = model.planEpoch(histories, 18, rng)
    const inputs = model.trainingInputs(histories, plan!, rng)
    const lossBy = async (passage?: (vectors: Tensor, counts: Tensor) => Tensor): Promise<number> => {
      const step = await TrainingStep.compile(runtime, (scope) => model.objective(scope, plan!, passage), {
        store: declared(model),
        optimizer: { kind: 'sgd', learningRate: 0, weightDecay: 0 },
        dropoutRng: Rng.fromSeed(8),
      })
      const { loss } = await step.run(inputs)
      await step.release()
      return loss!
    }
    const met: Tensor['shape'][] = []
    const same = await lossBy((vectors, counts) => {
      expect([...counts.shape, model.dimension]).toEqual(vectors.shape)
      expect((counts.shape as number[]).reduce((product, dim) => product * dim, 1) % plan!.batch).toBe(0)
      met.push(vectors.shape)
      return vectors
    })
    expect(met).toHaveLength(1)
    expect(same).toBe(await lossBy())
    // One that leaves out what does not count changes nothing; one that moves what does, the loss.
    const masked = (vectors: Tensor, counts: Tensor): Tensor =>
      ops.mul(vectors, ops.reshape(counts, [...counts.shape, 1]))
    expect(await lossBy(masked)).toBeCloseTo(same, 6)
    expect(await lossBy((vectors) => ops.mul(vectors, 30))).not.toBeCloseTo(same, 3)
  })

  it('gives a user the same vector alone, among others, and with any amount of padding', async () => {
    const model = small(kind)
    const store = declared(model)
    const encoder = new Encoder(runtime, model, store)
    const { dimension } = model
    const all = await encoder.encode(histories)
    expect(all).toHaveLength(lengths.length * dimension)
    for (let user = 0; user < lengths.length; user++) {
      const alone = await encoder.encode(histories, Int32Array.of(user))
      expectClose(alone, all.subarray(user * dimension, (user + 1) * dimension))
    }
    await encoder.release()
    if (model.historyLength === 0) return
    expect([...all.subarray(dimension, 2 * dimension)]).toEqual(Array.from({ length: dimension }, () => 0))
    const exported = await exportedVectors(model, store, [histories.items.subarray(0, 3)])
    expectClose(exported, all.subarray(0, dimension))
  })

  it('scores alike in a graph and outside, one item or all, by the present parameters', async () => {
    const model = small(kind)
    const store = declared(model)
    const rng = Rng.fromSeed(5)
    // As initialised, tables are so small and biases 0 that a wrong score would hardly show.
    for (const { data, paddingRow, shape } of store.list()) {
      const padding = paddingRow ? shape[1]! : 0
      for (let i = padding; i < data.length; i++) data[i] = rng.normal() / 2
    }
    const batch = 4
    const vectors = Float32Array.from({ length: batch * model.dimension }, () => rng.normal())
    const items = Int32Array.of(numItems, 3, 1, 9)
    const compile = async (
      lazyTables: boolean,
      score: (scope: Scope, x: Tensor) => Tensor,
    ): Promise<Float32Array> => {
      const trace = createTrace(store, { training: true, lazyTables })
      const scope = new Scope(trace)
      const scores = score(scope, scope.input('vectors', 'float32', [batch, model.dimension]))
      const program = await Program.compile(runtime, trace, [scores])
      const fed = trace.inputs.has('items') ? { vectors, items } : { vectors }
      const result = (await program.run(fed))[scores.name]!.data as Float32Array
      await program.release()
      return result
    }
    const { scorer } = model
    const rows = scorer.scores(store, vectors)
    const expected = Array.from({ length: batch }, (_, user) => Float32Array.from(rows(user)))
    const ids = (scope: Scope): Tensor => scope.input('items', 'int32', [items.length])
    const one = await compile(true, (scope, x) => scorer.one(scope, x, ids(scope)))
    const shared = await compile(true, (scope, x) => scorer.shared(scope, x, ids(scope)))
    const catalogue = await compile(false, (scope, x) => scorer.catalogue(scope, x))
    expectClose(
      one,
      Float32Array.from(items, (item, user) => expected[user]![item]!),
    )
    expectClose(shared, Float32Array.from(expected.flatMap((row) => Array.from(items, (item) => row[item]!))))
    expectClose(catalogue, Float32Array.from(expected.flatMap((row) => [...row])))
    expect(new Set(expected.flatMap((row) => [...row.subarray(1)])).size).toBe(batch * numItems)

    store.restore(declared(model, 4).snapshot())
    expect([...scorer.scores(store, vectors)(0)]).not.toEqual([...expected[0]!])
  })
})

/** User vectors by an exported graph with a symbolic batch, padded to the full length. */
async function exportedVectors(
  model: Recommender,
  store: ParameterStore,
  rows: readonly Int32Array[],
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false, lazyTables: false })
  const scope = new Scope(trace)
  const query = scope.input(queryName(model), 'int32', [batchDim, model.historyLength])
  const { bytes } = toOnnx(trace.graph, [model.userVectors(scope, query)], {
    outputNames: ['vectors'],
    initializers: store.snapshot(),
  })
  const session = await runtime.load(bytes)
  const items = new Int32Array(rows.length * model.historyLength)
  rows.forEach((row, index) => items.set(row, index * model.historyLength))
  const vectors: HostTensor = {
    dtype: 'float32',
    dims: [rows.length, model.dimension],
    data: new Float32Array(rows.length * model.dimension),
  }
  const dims = [rows.length, model.historyLength]
  await session.run({ [queryName(model)]: { dtype: 'int32', dims, data: items } }, { vectors })
  await session.release()
  return vectors.data as Float32Array
}

function expectClose(a: Float32Array, b: Float32Array): void {
  expect(a).toHaveLength(b.length)
  expect(Math.max(...a.map((value, index) => Math.abs(value - b[index]!)))).toBeLessThan(1e-5)
}
