import { createOrtRuntime } from '@veilrec/runtime'
import { checkGraphGradient } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../dataset.js'
import { frozenScorer } from '../fairness/learning/frozen-scorer.js'
import { recommendationLoss, recommendationTargets } from '../fairness/learning/recommendation-loss.js'
import type { HostTensor } from '../graph/host-tensor.js'
import {
  createTrace,
  ops,
  optimizerSchema,
  ParameterStore,
  Program,
  Scope,
  TrainingStep,
} from '../graph/index.js'
import { rocAuc } from '../metrics/roc-auc.js'
import { Rng } from '../random.js'
import { deepmodel, deepmodelSchema } from './deepmodel.js'
import { Encoder } from './encoder.js'

const runtime = createOrtRuntime({ threads: 1 })
const size = { numUsers: 2, numItems: 3 }

/** A model whose parameters all have random values that matter; `dropout` 0 unless given. */
function random(settings: object, seed = 1): { model: ReturnType<typeof deepmodel>; store: ParameterStore } {
  const model = deepmodel(
    deepmodelSchema.parse({ hiddenSize: 3, layers: [5, 4], dropout: 0, ...settings }),
    size,
  )
  const store = new ParameterStore(Rng.fromSeed(seed))
  model.objective(new Scope(createTrace(store, { training: true })), { batch: 1, time: 1 })
  const rng = Rng.fromSeed(seed)
  for (const { data, paddingRow } of store.list()) {
    for (let i = paddingRow ? 3 : 0; i < data.length; i++) data[i] = rng.normal()
  }
  return { model, store }
}

describe('DeepModel', () => {
  it('has the parameters of the paper: two tables and 128, 64, 32, 16, 1', () => {
    const model = deepmodel(deepmodelSchema.parse({}), size)
    const store = new ParameterStore(Rng.fromSeed(1))
    model.objective(new Scope(createTrace(store, { training: true })), { batch: 1, time: 1 })
    expect(Object.fromEntries(store.list().map(({ name, shape }) => [name, shape]))).toEqual({
      'items/weight': [4, 64],
      'users/weight': [3, 64],
      'network/0/weight': [128, 64],
      'network/0/bias': [64],
      'network/1/weight': [64, 32],
      'network/1/bias': [32],
      'network/2/weight': [32, 16],
      'network/2/bias': [16],
      'network/3/weight': [16, 1],
    })
  })

  it('has the loss and the score of a case worked by hand', async () => {
    const config = deepmodelSchema.parse({ hiddenSize: 1, layers: [2], dropout: 0 })
    const model = deepmodel(config, size)
    const store = new ParameterStore(Rng.fromSeed(1))
    const trace = createTrace(store, { training: true })
    const { loss } = model.objective(new Scope(trace), { batch: 2, time: 1 })
    const values = {
      'users/weight': [0, 2, -1],
      'items/weight': [0, 1, 3, -2],
      'network/0/weight': [1, -1, 2, 1],
      'network/0/bias': [1, 0],
      'network/1/weight': [0.5, -1],
    }
    store.restore(
      new Map(Object.entries(values).map(([name, numbers]) => [name, Float32Array.from(numbers)])),
    )
    // Units u + 2 i + 1 and -u + i: for user 2 and item 1 (5, -1) -> 2.5, for user -1 (index 1) and item 2 (6, 4) -> -1.
    const rows = model.scorer.scores(store, Float32Array.of(2, -1))
    expect([...rows(0)]).toEqual([1.5, 2.5, 3.5, 0])
    expect([...rows(1)]).toEqual([-1, -1, -1, 0])
    const program = await Program.compile(runtime, trace, [loss])
    const inputs = {
      users: Int32Array.of(1, 2),
      positives: Int32Array.of(2, 1),
      negatives: Int32Array.of(1, 3),
    }
    const result = await program.run(inputs)
    await program.release()
    const expected = (Math.log(1 + Math.exp(2.5 - 3.5)) + Math.log(1 + Math.exp(0 + 1))) / 2
    expect(result[loss.name]!.data[0]).toBeCloseTo(expected, 6)
  })

  it('has the gradient of differences', async () => {
    const { model, store } = random({ numNegatives: 2 })
    const trace = createTrace(store, { training: true })
    const { loss } = model.objective(new Scope(trace), { batch: 3, time: 1 })
    const feeds: Record<string, HostTensor> = {
      users: { dtype: 'int32', dims: [3], data: Int32Array.of(1, 2, 0) },
      positives: { dtype: 'int32', dims: [3], data: Int32Array.of(2, 1, 0) },
      negatives: { dtype: 'int32', dims: [3, 2], data: Int32Array.of(1, 3, 3, 2, 0, 0) },
    }
    const wrt = store.list().map(({ name }) => name)
    for (const { name, tensor } of store.list()) feeds[name] = tensor
    await checkGraphGradient(trace.graph, [loss], feeds, { runtime, wrt })
  })

  it('scores by the split first layer what the whole network gives for the pair', async () => {
    const { model, store } = random({})
    const vectors = Float32Array.of(0.5, -1, 2, 1, 1, -0.25)
    const trace = createTrace(store, { training: false })
    const scope = new Scope(trace)
    // [6, 6]: each user's vector beside each item's
    const items = store.get('items/weight').data
    const pairs = Float32Array.from(
      [0, 1].flatMap((user) =>
        [1, 2, 3].flatMap((item) => [
          ...vectors.subarray(user * 3, user * 3 + 3),
          ...items.subarray(item * 3, item * 3 + 3),
        ]),
      ),
    )
    let x = trace.graph.constant(pairs, 'float32', [6, 6])
    for (const [layer, [inputs, outputs]] of [
      [6, 5],
      [5, 4],
      [4, 1],
    ].entries()) {
      const part = scope.child('network').child(String(layer))
      const zeros = (): void => undefined
      const bias = layer < 2 ? part.parameter('bias', [outputs!], zeros) : undefined
      x = ops.affine(x, part.parameter('weight', [inputs!, outputs!], zeros), bias)
      if (layer < 2) x = ops.relu(x)
    }
    const program = await Program.compile(runtime, trace, [x])
    const whole = (await program.run({}))[x.name]!.data as Float32Array
    await program.release()
    const rows = model.scorer.scores(store, vectors)
    const split = [0, 1].flatMap((user) => [...rows(user).subarray(1)])
    split.forEach((score, i) => expect(score).toBeCloseTo(whole[i]!, 5))
    expect(new Set(split).size).toBe(6)
  })

  it('serves a veil as it scores: without dropout, and no parameter of it moves', async () => {
    const { model, store } = random({ dropout: 0.5 })
    const scorer = frozenScorer(model, store, size.numItems)
    const own = new ParameterStore(Rng.fromSeed(2), store)
    const settings = { loss: 'sampledSoftmax', numNegatives: 2 } as const
    const before = store.snapshot()
    const step = await TrainingStep.compile(
      runtime,
      (scope) => {
        const vectors = scope.child('veil').parameter('vectors', [2, 3], (data) => data.fill(0.3))
        const targets = recommendationTargets(scope, 2, settings, size.numItems)
        return { loss: recommendationLoss(scope, vectors, targets, scorer, settings) }
      },
      { store: own, optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.05 }) },
    )
    const inputs = {
      targets: Int32Array.of(1, 2),
      negatives: Int32Array.of(2, 3),
      hits: Int32Array.of(-1, 0),
    }
    const losses: number[] = []
    for (let i = 0; i < 60; i++) losses.push((await step.run(inputs))['loss']!)
    await step.release()
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!)
    expect(store.snapshot()).toEqual(before)
    expect(own.list().map(({ name }) => name)).toEqual(['veil/vectors'])
  })

  it('recovers a planted preference', async () => {
    const planted = { numUsers: 80, numItems: 60 }
    const { likes, data } = preferences(planted, Rng.fromSeed(3))
    const model = deepmodel(deepmodelSchema.parse({ hiddenSize: 8, layers: [16, 8], dropout: 0.1 }), planted)
    const store = new ParameterStore(Rng.fromSeed(1))
    const rng = Rng.fromSeed(2)
    const step = await TrainingStep.compile(
      runtime,
      (scope) => model.objective(scope, { batch: 128, time: 1 }),
      {
        store,
        optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.01 }),
        dropoutRng: rng.split('dropout'),
      },
    )
    for (let epoch = 0; epoch < 60; epoch++) {
      for (const plan of model.planEpoch(data, 128, rng))
        await step.run(model.trainingInputs(data, plan, rng))
    }
    await step.release()
    const encoder = new Encoder(runtime, model, store)
    const rows = model.scorer.scores(store, await encoder.encode(data))
    await encoder.release()
    const scores: number[] = []
    const labels: number[] = []
    for (let user = 0; user < planted.numUsers; user++) {
      const seen = new Set(data.items.subarray(data.offsets[user], data.offsets[user + 1]))
      const row = rows(user)
      for (let item = 1; item <= planted.numItems; item++) {
        if (seen.has(item)) continue
        scores.push(row[item]!)
        labels.push(likes(user, item) ? 1 : 0)
      }
    }
    expect(rocAuc(Float64Array.from(scores), Uint8Array.from(labels)).value).toBeGreaterThan(0.85)
  })
})

/** Each user likes the half of the items that lies on the user's side in a plane; half of these are known. */
function preferences(
  { numUsers, numItems }: typeof size,
  rng: Rng,
): { readonly likes: (user: number, item: number) => boolean; readonly data: Histories } {
  const angles = (count: number): number[] => Array.from({ length: count }, () => 2 * Math.PI * rng.uniform())
  const [ofUsers, ofItems] = [angles(numUsers), angles(numItems + 1)]
  const likes = (user: number, item: number): boolean => Math.cos(ofUsers[user]! - ofItems[item]!) > 0
  const offsets = new Int32Array(numUsers + 1)
  const known = ofUsers.flatMap((_, user) => {
    const items = Array.from({ length: numItems }, (__, index) => index + 1)
    const own = items.filter((item) => likes(user, item) && rng.uniform() < 0.5)
    offsets[user + 1] = offsets[user]! + own.length
    return own
  })
  return { likes, data: { offsets, items: Int32Array.from(known) } }
}
