import { checkGraphGradient } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../dataset.js'
import { createTrace, optimizerSchema, ParameterStore, Scope, TrainingStep } from '../graph/index.js'
import type { HostTensor } from '../graph/host-tensor.js'
import { lazyTableValues } from '../layers/embedding.js'
import { rocAuc } from '../metrics/roc-auc.js'
import { Rng } from '../random.js'
import { Encoder } from './encoder.js'
import { KnownItems, planInteractions } from './interaction-batches.js'
import { pmf, pmfSchema } from './pmf.js'
import type { CatalogueSize, Recommender } from './recommender.js'

const runtime = createOrtRuntime({ threads: 1 })

function histories(...users: readonly (readonly number[])[]): Histories {
  const offsets = new Int32Array(users.length + 1)
  users.forEach((items, user) => (offsets[user + 1] = offsets[user]! + items.length))
  return { offsets, items: Int32Array.from(users.flat()) }
}

const someHistories = fc
  .array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 }), { minLength: 1, maxLength: 8 })
  .map((users) => histories(...users))

describe('planInteractions', () => {
  it('has every interaction exactly once', () => {
    fc.assert(
      fc.property(someHistories, fc.integer({ min: 1, max: 20 }), fc.integer(), (data, rows, seed) => {
        const plans = planInteractions(data, rows, Rng.fromSeed(seed))
        const places = plans.flatMap(({ users, positions, batch, time }) => {
          expect([batch, time]).toEqual([Math.min(rows, data.items.length), 1])
          expect(users.length).toBeLessThanOrEqual(rows)
          expect(users.length).toBe(positions!.length)
          return [...users].map((user, row) => {
            const place = data.offsets[user]! + positions![row]!
            expect(place).toBeLessThan(data.offsets[user + 1]!)
            return place
          })
        })
        expect(places.sort((a, b) => a - b)).toEqual([...data.items.keys()])
      }),
    )
  })

  it('comes in an order that depends on the stream alone', () => {
    const data = histories([1, 2, 3, 4, 5, 6], [1, 2, 3, 4])
    const plan = (seed: number): unknown => planInteractions(data, 4, Rng.fromSeed(seed))
    expect(plan(1)).toEqual(plan(1))
    expect(plan(1)).not.toEqual(plan(2))
  })
})

describe('KnownItems', () => {
  it('draws every item outside the history and no other, 0 when there is none', () => {
    fc.assert(
      fc.property(someHistories, fc.integer({ min: 9, max: 11 }), (data, numItems) => {
        const known = new KnownItems(data, numItems)
        for (let user = 0; user + 1 < data.offsets.length; user++) {
          const own = new Set(data.items.subarray(data.offsets[user], data.offsets[user + 1]))
          const others = Array.from({ length: numItems }, (_, i) => i + 1).filter((item) => !own.has(item))
          const drawn = new Set<number>()
          const rng = Rng.fromSeed(user)
          // An item of eleven is missed by 300 uniform draws with probability 4e-13.
          for (let draw = 0; draw < 300; draw++) drawn.add(known.drawOther(user, rng))
          expect([...drawn].sort((a, b) => a - b)).toEqual(others.length > 0 ? others : [0])
        }
      }),
    )
  })

  it('draws every other item equally often', () => {
    const known = new KnownItems(histories([9, 2, 2, 1, 5]), 10)
    const counts = new Float64Array(11)
    const rng = Rng.fromSeed(4)
    for (let draw = 0; draw < 6000; draw++) counts[known.drawOther(0, rng)]!++
    // 1000 expected each; five standard deviations of a binomial are about 144.
    for (const item of [3, 4, 6, 7, 8, 10]) expect(Math.abs(counts[item]! - 1000)).toBeLessThan(144)
  })
})

describe('PMF', () => {
  it('feeds a user who knows everything, and rows beyond the batch, with weight 0', () => {
    const data = histories([1, 2, 3], [2])
    const model = pmf(pmfSchema.parse({ numNegatives: 2 }), { numUsers: 2, numItems: 3 })
    const plan = { users: Int32Array.of(1, 0), positions: Int32Array.of(0, 1), batch: 3, time: 1 }
    const inputs = model.trainingInputs(data, plan, Rng.fromSeed(1))
    expect([...inputs['users']!]).toEqual([2, 1, 0])
    expect([...inputs['positives']!]).toEqual([2, 0, 0])
    expect([...inputs['negatives']!.subarray(2)]).toEqual([0, 0, 0, 0])
    for (const item of inputs['negatives']!.subarray(0, 2)) expect([1, 3]).toContain(item)
  })

  it('has the loss of a case worked by hand and the gradient of differences', async () => {
    const model = pmf(pmfSchema.parse({ hiddenSize: 2, numNegatives: 2 }), { numUsers: 2, numItems: 3 })
    const trace = createTrace(new ParameterStore(Rng.fromSeed(1)), { training: true })
    const { loss } = model.objective(new Scope(trace), { batch: 2, time: 1 })
    const values = { users: [0, 0, 1, 2, 0.5, -1], items: [0, 0, 1, 1, 0, 2, -1, 0.5] }
    const feeds: Record<string, HostTensor> = {
      users: { dtype: 'int32', dims: [2], data: Int32Array.of(1, 0) },
      positives: { dtype: 'int32', dims: [2], data: Int32Array.of(1, 0) },
      negatives: { dtype: 'int32', dims: [2, 2], data: Int32Array.of(2, 3, 0, 0) },
    }
    for (const [name, numbers] of Object.entries(values)) {
      const { tensor } = trace.store.get(`${name}/weight`)
      feeds[`${name}/weight`] = { ...tensor, data: Float32Array.from(numbers) }
    }
    const wrt = ['users/weight', 'items/weight']
    const check = await checkGraphGradient(trace.graph, [loss], feeds, { runtime, wrt })
    // The scores are 3 against 4 and 0; the second row is padding.
    const expected = (Math.log(1 + Math.exp(4 - 3)) + Math.log(1 + Math.exp(0 - 3))) / 2
    expect(check.outputs[0]!.data[0]).toBeCloseTo(expected, 6)
  })

  it('recovers a planted preference of low rank', async () => {
    const size = { numUsers: 80, numItems: 60 }
    const { likes, data } = planted(size, Rng.fromSeed(3))
    const { store, encoder } = await trained(data, size, { hiddenSize: 4, epochs: 30 })
    const users = await encoder.encode(data)
    await encoder.release()
    const items = store.get('items/weight').data
    const scores: number[] = []
    const labels: number[] = []
    for (let user = 0; user < size.numUsers; user++) {
      const seen = new Set(data.items.subarray(data.offsets[user], data.offsets[user + 1]))
      for (let item = 1; item <= size.numItems; item++) {
        if (seen.has(item)) continue
        scores.push([0, 1, 2, 3].reduce((sum, k) => sum + users[user * 4 + k]! * items[item * 4 + k]!, 0))
        labels.push(likes(user, item) ? 1 : 0)
      }
    }
    expect(rocAuc(Float64Array.from(scores), Uint8Array.from(labels)).value).toBeGreaterThan(0.85)
  })

  it('updates a big table by the rows of a batch', async () => {
    const size = { numUsers: 2, numItems: Math.ceil(lazyTableValues / 4) }
    const data = histories([7, size.numItems], [9])
    const { store, model, encoder } = await trained(data, size, { hiddenSize: 4, epochs: 1 })
    await encoder.release()
    const untrained = new ParameterStore(Rng.fromSeed(1))
    model.objective(new Scope(createTrace(untrained, { training: true })), { batch: 1, time: 1 })
    const [after, before] = [store, untrained].map((each) => each.get('items/weight').data)
    const changed = new Set<number>()
    after!.forEach((value, index) => {
      if (value !== before![index]) changed.add(Math.floor(index / 4))
    })
    expect(store.get('items/weight').update).toBe('lazy')
    // Three interactions and as many negatives.
    for (const item of [7, 9, size.numItems]) expect(changed).toContain(item)
    expect(changed.size).toBeLessThanOrEqual(6)
    expect(changed).not.toContain(0)
  })
})

/** Each user likes the half of the items that lies on the user's side in a plane; half of these are known. */
function planted(
  { numUsers, numItems }: CatalogueSize,
  rng: Rng,
): { readonly likes: (user: number, item: number) => boolean; readonly data: Histories } {
  const angles = (count: number): number[] => Array.from({ length: count }, () => 2 * Math.PI * rng.uniform())
  const [ofUsers, ofItems] = [angles(numUsers), angles(numItems + 1)]
  const likes = (user: number, item: number): boolean => Math.cos(ofUsers[user]! - ofItems[item]!) > 0
  const known = ofUsers.map((_, user) => {
    const items = Array.from({ length: numItems }, (__, index) => index + 1)
    return items.filter((item) => likes(user, item) && rng.uniform() < 0.5)
  })
  return { likes, data: histories(...known) }
}

async function trained(
  data: Histories,
  size: CatalogueSize,
  { hiddenSize, epochs }: { readonly hiddenSize: number; readonly epochs: number },
): Promise<{ readonly store: ParameterStore; readonly model: Recommender; readonly encoder: Encoder }> {
  const model = pmf(pmfSchema.parse({ hiddenSize }), size)
  const store = new ParameterStore(Rng.fromSeed(1))
  const batch = Math.min(128, data.items.length)
  const step = await TrainingStep.compile(runtime, (scope) => model.objective(scope, { batch, time: 1 }), {
    store,
    optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.02 }),
  })
  const rng = Rng.fromSeed(2)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const plan of model.planEpoch(data, batch, rng)) {
      await step.run(model.trainingInputs(data, plan, rng))
    }
  }
  await step.release()
  return { store, model, encoder: new Encoder(runtime, model, store) }
}
