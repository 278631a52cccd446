import { createOrtRuntime } from '@veilrec/runtime'
import { checkGraphGradient, integers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import {
  createTrace,
  fillDropoutMask,
  OptimizerState,
  ParameterStore,
  Program,
  Scope,
  TrainingStep,
  type HostTensor,
  type OptimizerConfig,
} from '../graph/index.js'
import { Rng } from '../random.js'
import { bert4recKind, bert4recObjective } from './bert4rec-recommender.js'
import { bert4rec, bert4recSchema, type Bert4recConfig } from './bert4rec.js'

const numItems = 30
const size = { numItems, numUsers: 1 }
const runtime = createOrtRuntime({ threads: 1 })
const settings = { historyLength: 8, hiddenSize: 16, numHeads: 2, feedForwardFactor: 2 }
const cloze = bert4recSchema.parse(settings)
const bpr = bert4recSchema.parse({ ...settings, objective: 'nextItemBpr', norm: 'output' })

/** States `[time, 16]` of one query row, or the user vector. */
async function run(
  config: Bert4recConfig,
  items: readonly number[],
  what: 'states' | 'user' | 'window',
  store = new ParameterStore(Rng.fromSeed(5)),
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const model = bert4rec(config, size)
  const ids = scope.input('items', 'int32', [1, items.length])
  const lengths = what === 'window' ? scope.input('lengths', 'int32', [1]) : undefined
  const output = lengths
    ? model.forward(scope, model.sequence(scope, ids, lengths))
    : what === 'user'
      ? model.userVectors(scope, ids)
      : model.forward(scope, model.query(scope, ids))
  const program = await Program.compile(runtime, trace, [output])
  const inputs = { items: Int32Array.from(items), ...(lengths && { lengths: Int32Array.of(items.length) }) }
  const result = (await program.run(inputs))[output.name]!.data as Float32Array
  await program.release()
  return result.slice()
}

describe('BERT4Rec', () => {
  it('looks both ways: another newest item changes the state of the oldest one', async () => {
    const first = (states: Float32Array): number[] => [...states.subarray(0, 16)]
    expect(first(await run(cloze, [3, 1, 4, 1], 'states'))).not.toEqual(
      first(await run(cloze, [3, 1, 4, 2], 'states')),
    )
    expect(first(await run(bpr, [3, 1, 4, 1], 'states'))).not.toEqual(
      first(await run(bpr, [3, 1, 4, 2], 'states')),
    )
  })

  it.each([
    ['cloze', cloze],
    ['cloze, layer norm after', { ...cloze, norm: 'post' as const }],
    ['nextItemBpr', bpr],
  ])('gives the same vector however much padding follows (%s)', async (_, config) => {
    for (const items of [[3, 1, 4], [7], []]) {
      const alone = await run(
        config,
        [...items, ...Array.from({ length: Math.max(1 - items.length, 0) }, () => 0)],
        'user',
      )
      const padded = await run(
        config,
        [...items, ...Array.from({ length: 8 - items.length }, () => 0)],
        'user',
      )
      expect(distance(padded, alone)).toBeLessThan(1e-5)
    }
  })

  it('asks as it was trained: a query is a window whose newest item is [MASK]', async () => {
    const asked = await run(cloze, [3, 1, 4], 'states')
    const trained = await run(cloze, [3, 1, 4, 0], 'window')
    expect(distance(asked, trained)).toBeLessThan(1e-5)
    const padded = await run(cloze, [3, 1, 4, 0, 0, 0], 'states')
    expect(distance(padded.subarray(6 * 16), trained.subarray(3 * 16))).toBeLessThan(1e-5)
  })

  it('depends on the order of the items and ends in a 1 that meets the bias', async () => {
    const a = await run(cloze, [3, 1, 4], 'user')
    const b = await run(cloze, [1, 3, 4], 'user')
    expect(distance(a, b)).toBeGreaterThan(1e-3)
    expect([a.length, a[16], b[16]]).toEqual([17, 1, 1])
    expect((await run(bpr, [3, 1, 4], 'user')).length).toBe(16)
  })

  it('has no answer to an empty history without [MASK]', async () => {
    expect([...(await run(bpr, [0, 0], 'user'))]).toEqual(Array.from({ length: 16 }, () => 0))
    expect((await run(cloze, [0, 0], 'user')).some((value) => value !== 0 && value !== 1)).toBe(true)
  })
})

describe('the gradient of the objective', () => {
  const tiny = { historyLength: 3, hiddenSize: 4, numHeads: 2, numBlocks: 1, feedForwardFactor: 1 }
  const few = { numItems: 6, numUsers: 1 }

  /** Checks the gradients of all parameters, drawn from N(0, 0.5^2). */
  async function check(options: object, feeds: Record<string, HostTensor>): Promise<void> {
    const config = bert4recSchema.parse({ ...tiny, maskShare: 0.4, dropout: 0.2, ...options })
    const rng = Rng.fromSeed(9)
    const trace = createTrace(new ParameterStore(rng), { training: true })
    const time = config.objective === 'cloze' ? 4 : 3
    const { loss } = bert4recObjective(new Scope(trace), config, few, { batch: 2, time })
    const all = { ...feeds }
    for (const { name, tensor, data } of trace.store.list()) {
      data.set(data.map(() => 0.5 * rng.normal()))
      all[name] = tensor
    }
    for (const { tensor, rate } of trace.dropouts) {
      const dims = tensor.shape as number[]
      const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
      fillDropoutMask(data, rate, rng)
      all[tensor.name] = { dtype: 'float32', dims, data }
    }
    const { gradients } = await checkGraphGradient(trace.graph, [loss], all, {
      runtime,
      wrt: [...trace.parameters.keys()],
    })
    for (const { data } of Object.values(gradients)) expect(data.some((value) => value !== 0)).toBe(true)
  }

  const masked = {
    history: integers([2, 0, 5, 0, 1, 0, 0, 0], [2, 4]),
    lengths: integers([4, 2]),
    targets: integers([3, 6, 4, 0]),
    maskedAt: integers([1, 3, 5, 0]),
  }

  it.each(['pre', 'post'])('is right for the cloze task over the catalogue, norm %s', async (norm) => {
    await check({ norm }, { ...masked, negatives: integers([1, 2, 3, 4, 5, 6]) })
  })

  it('is right for the cloze task with shared negatives', async () => {
    const drawn = { negatives: integers([3, 2, 5]), hits: integers([0, -1, -1, -1]) }
    await check({ numNegatives: 3 }, { ...masked, ...drawn })
  })

  it('is right for the next item by pairs', async () => {
    await check(
      { objective: 'nextItemBpr', norm: 'output' },
      {
        history: integers([2, 5, 1, 3, 0, 0], [2, 3]),
        targets: integers([4, 6]),
        negatives: integers([1, 2]),
      },
    )
  })
})

describe('training', () => {
  const adam: OptimizerConfig = {
    kind: 'adam',
    learningRate: 0.005,
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    weightDecay: 0,
  }
  const cycle = 16
  const windows = 64
  const length = 6
  /** User `u` reads six items round a cycle of sixteen from the place `u` on. */
  const itemAt = (user: number, place: number): number => 1 + ((user + place) % cycle)
  const histories = {
    offsets: Int32Array.from({ length: windows + 1 }, (_, user) => user * length),
    items: Int32Array.from({ length: windows * length }, (_, at) =>
      itemAt(Math.floor(at / length), at % length),
    ),
  }

  it.each([
    ['the cloze task', { lastItemShare: 0.8 }, 100],
    ['pairs', { objective: 'nextItemBpr', norm: 'output' }, 60],
  ])('learns the next item of a cycle by %s', async (_, options, epochs) => {
    const shape = { historyLength: length - 1, hiddenSize: 32, numBlocks: 1, dropout: 0 }
    const config = bert4recSchema.parse({ ...shape, ...options })
    const model = bert4recKind.create(config, { numItems: cycle, numUsers: windows })
    const store = new ParameterStore(Rng.fromSeed(1))
    const [order, drawn] = [Rng.fromSeed(2), Rng.fromSeed(3)]
    const state = new OptimizerState()
    const steps = new Map<string, TrainingStep>()
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const plan of model.planEpoch(histories, windows * length, order)) {
        const key = `${plan.batch}x${plan.time}`
        const objective = (scope: Scope): ReturnType<typeof model.objective> => model.objective(scope, plan)
        const step =
          steps.get(key) ??
          (await TrainingStep.compile(runtime, objective, {
            store,
            optimizer: adam,
            state,
            dropoutRng: drawn,
          }))
        steps.set(key, step)
        await step.run(model.trainingInputs(histories, plan, drawn))
      }
    }
    for (const step of steps.values()) await step.release()

    const trace = createTrace(store, { training: false })
    const scope = new Scope(trace)
    const known = length - 1
    const users = model.userVectors(scope, scope.input('query', 'int32', [cycle, known]))
    const program = await Program.compile(runtime, trace, [users])
    const query = Int32Array.from({ length: cycle * known }, (__, at) =>
      itemAt(Math.floor(at / known), at % known),
    )
    const vectors = (await program.run({ query }))[users.name]!.data as Float32Array
    await program.release()
    const rows = model.scorer.scores(store, vectors)
    for (let user = 0; user < cycle; user++) {
      const own = query.subarray(user * known, (user + 1) * known)
      const scores = Array.from(rows(user), (score, item) => {
        return item === 0 || own.includes(item) ? -Infinity : score
      })
      expect(scores.indexOf(Math.max(...scores))).toBe(itemAt(user, known))
    }
  })
})

function distance(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0)
}
