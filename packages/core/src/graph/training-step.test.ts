import { matchers } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { linear } from '../layers/linear.js'
import { Rng } from '../random.js'
import { constant, normal } from './initializers.js'
import { add, log, mul, sub } from './ops/elementwise.js'
import { matmul } from './ops/linear-algebra.js'
import { mean, sum } from './ops/reduction.js'
import { optimizerSchema } from './optimizers/optimizer.js'
import { ParameterStore } from './parameter-store.js'
import type { Scope } from './scope.js'
import { TrainingStep, type Objective, type TrainingStepOptions } from './training-step.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const sgd = optimizerSchema.parse({ kind: 'sgd', learningRate: 1 })
const adam = optimizerSchema.parse({ kind: 'adam', learningRate: 0.1 })

function newStore(): ParameterStore {
  return new ParameterStore(Rng.fromSeed(1))
}

function compile(
  objective: (scope: Scope) => Objective,
  options: Partial<TrainingStepOptions>,
): Promise<TrainingStep> {
  return TrainingStep.compile(runtime, objective, { store: newStore(), optimizer: sgd, ...options })
}

/** `sum(a * x) + sum(b * x)`: both gradients are x. */
function twoParameters(scope: Scope): Objective {
  const a = scope.parameter('a', [2], constant(1))
  const b = scope.parameter('b', [2], constant(1))
  const x = scope.input('x', 'float32', [2])
  return { loss: sum(mul(add(a, b), x)), metrics: { sumOfA: sum(a) } }
}

it('updates in place and reports loss and metrics of before', async () => {
  const store = newStore()
  const step = await compile(twoParameters, { store })
  const { data } = store.get('a')
  expect(await step.run({ x: Float32Array.of(3, 4) })).toEqual({ loss: 14, sumOfA: 2 })
  expect([...data]).toEqual([-2, -3])
  await step.run({ x: Float32Array.of(1, 0) }, 0.5)
  expect([...data]).toEqual([-2.5, -3])
})

it('freezes what is not selected; several steps share one store', async () => {
  const store = newStore()
  const [onlyA, onlyB] = await Promise.all(
    ['a', 'b'].map((selected) => compile(twoParameters, { store, trainable: (name) => name === selected })),
  )
  await onlyA!.run({ x: Float32Array.of(1, 1) })
  expect([[...store.get('a').data], [...store.get('b').data]]).toEqual([
    [0, 0],
    [1, 1],
  ])
  expect((await onlyB!.run({ x: Float32Array.of(1, 1) }))['loss']).toBe(2)
  expect([[...store.get('a').data], [...store.get('b').data]]).toEqual([
    [0, 0],
    [0, 0],
  ])
  await expect(compile(twoParameters, { trainable: () => false })).rejects.toThrowVeilrecError(
    'GRAPH_NOT_DIFFERENTIABLE',
  )
})

/** Rows of a table and a dense parameter, so that clipping has two parts. */
const mixed =
  (update: 'dense' | 'lazy', paddingRow: boolean) =>
  (scope: Scope): Objective => {
    const table = scope.parameter('table', [6, 2], normal(1), { update, paddingRow })
    const dense = scope.parameter('dense', [2, 2], normal(1))
    const rows = scope.lookup(table, scope.input('ids', 'int32', [4]))
    const others = scope.lookup(table, scope.input('others', 'int32', [3]))
    return { loss: add(mean(mul(matmul(rows, dense), rows)), sum(mul(others, others))) }
  }

describe.each([true, false])('a lazy table with padding row: %s', (paddingRow) => {
  const batch = { ids: Int32Array.of(3, 3, 1, 5), others: Int32Array.of(5, 2, 1) }

  it('takes the same first step as a dense one, untouched rows apart, also when clipped', async () => {
    for (const clipNorm of [undefined, 0.5]) {
      const [dense, lazy] = await Promise.all(
        (['dense', 'lazy'] as const).map(async (update) => {
          const store = newStore()
          const step = await compile(mixed(update, paddingRow), {
            store,
            optimizer: sgd,
            ...(clipNorm === undefined ? {} : { clipNorm }),
          })
          const { loss } = await step.run(batch)
          return { loss, values: store.snapshot() }
        }),
      )
      expect([lazy!.loss!]).toBeAllClose([dense!.loss!])
      for (const name of ['table', 'dense']) {
        expect(lazy!.values.get(name)!).toBeAllClose(dense!.values.get(name)!, {
          relative: 1e-5,
          absolute: 1e-6,
        })
      }
    }
  })

  it('moves only the rows of the batch, over several steps', async () => {
    const store = newStore()
    const step = await compile(mixed('lazy', paddingRow), { store, optimizer: adam })
    await step.run(batch)
    const after = store.get('table').data.slice()
    await step.run({ ids: Int32Array.of(4, 4, 4, 4), others: Int32Array.of(4, 4, 4) })
    const { data } = store.get('table')
    const moved = [0, 1, 2, 3, 4, 5].filter((row) => data[row * 2] !== after[row * 2])
    expect(moved).toEqual([4])
  })

  it('keeps the padding row at zero', async () => {
    const store = newStore()
    const step = await compile(mixed('lazy', paddingRow), { store, optimizer: adam })
    await step.run({ ids: Int32Array.of(0, 0, 1, 2), others: Int32Array.of(0, 1, 1) })
    const row = [...store.get('table').data.subarray(0, 2)]
    expect(row.every((value) => value === 0)).toBe(paddingRow)
  })
})

it('a lazy table used as a whole cannot be trained', async () => {
  const objective = (scope: Scope): Objective => {
    const table = scope.parameter('table', [4, 2], normal(1), { update: 'lazy' })
    scope.lookup(table, scope.input('ids', 'int32', [1]))
    return { loss: sum(mul(table, table)) }
  }
  await expect(compile(objective, {})).rejects.toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', 'rows of table')
})

it('clips by one norm over all gradients', async () => {
  const store = newStore()
  const step = await compile(twoParameters, { store, clipNorm: 1 })
  await step.run({ x: Float32Array.of(3, 4) })
  // The norm of (3, 4, 3, 4) is sqrt(50).
  const scale = 1 / Math.sqrt(50)
  expect(store.get('a').data).toBeAllClose([1 - 3 * scale, 1 - 4 * scale], { relative: 1e-6 })
  await step.run({ x: Float32Array.of(0.1, 0.1) })
  expect(store.get('b').data).toBeAllClose([0.9 - 3 * scale, 0.9 - 4 * scale], { relative: 1e-6 })
})

it('stops at a NaN, names step and parameter, and leaves everything as it was', async () => {
  const store = newStore()
  const step = await compile(
    (scope) => {
      const safe = scope.parameter('safe', [1], constant(1))
      const risky = scope.parameter('risky', [1], constant(1))
      return { loss: sum(add(safe, log(mul(risky, scope.input('x', 'float32', [1]))))) }
    },
    { store },
  )
  await step.run({ x: Float32Array.of(1) })
  const before = store.snapshot()
  const failing = step.run({ x: Float32Array.of(-1) })
  await expect(failing).rejects.toThrowVeilrecError('NOT_FINITE', 'step 2')
  expect(store.snapshot()).toEqual(before)
  expect(step.state.step).toBe(1)
})

it('lets a parameter take over values of the graph, which no gradient moves, unless a step is refused', async () => {
  const store = newStore()
  const step = await compile(
    (scope) => {
      const [a, last] = [scope.parameter('a', [1], constant(3)), scope.parameter('last', [1], constant(0))]
      const x = scope.input('x', 'float32', [1])
      return { loss: sum(add(log(mul(a, x)), mul(last, 5))), assigned: { last: mul(a, x) } }
    },
    { store },
  )
  await step.run({ x: Float32Array.of(3) })
  expect(store.get('last').data[0]).toBe(9)
  // Of the value that it had when the step began, and the loss has that, too.
  const a = store.get('a').data[0]!
  const { loss } = await step.run({ x: Float32Array.of(1) })
  expect(loss).toBeCloseTo(Math.log(a) + 45, 4)
  expect(store.get('last').data[0]).toBe(a)
  await expect(step.run({ x: Float32Array.of(-1) })).rejects.toThrowVeilrecError('NOT_FINITE')
  expect(store.get('last').data[0]).toBe(a)
})

it('names wrong inputs', async () => {
  const step = await compile(twoParameters, {})
  const code = 'GRAPH_INVALID'
  await expect(step.run({})).rejects.toThrowVeilrecError(code, '"x"', '[2]')
  await expect(step.run({ x: Float32Array.of(1) })).rejects.toThrowVeilrecError(code, '"x"', '1 values')
  await expect(step.run({ x: Int32Array.of(1, 2) })).rejects.toThrowVeilrecError(code, 'Int32Array')
  await expect(step.run({ x: Float32Array.of(1, 2), z: Float32Array.of(1) })).rejects.toThrowVeilrecError(
    code,
    '"z"',
  )
})

describe('determinism', () => {
  /** Table lookups, dropout and products over 24,000 heavily repeated ids. */
  async function train(
    seed: number,
    threads: number,
    update: 'dense' | 'lazy',
    steps: number,
  ): Promise<Uint8Array[]> {
    const store = newStore()
    const rng = Rng.fromSeed(seed)
    const step = await TrainingStep.compile(
      runtime,
      (scope) => {
        const table = scope.parameter('table', [40, 8], normal(1), { update, paddingRow: true })
        const rows = scope.dropout(scope.lookup(table, scope.input('ids', 'int32', [24_000])), 0.2)
        const predicted = linear(scope.child('head'), rows, 1)
        const error = sub(predicted, scope.input('y', 'float32', [24_000, 1]))
        return { loss: mean(mul(error, error)) }
      },
      { store, optimizer: adam, clipNorm: 1, dropoutRng: rng.split('dropout'), threads },
    )
    const ids = Int32Array.from({ length: 24_000 }, () => Math.floor(rng.uniform() ** 2 * 40))
    const y = Float32Array.from({ length: 24_000 }, () => rng.normal())
    for (let i = 0; i < steps; i++) await step.run({ ids, y })
    await step.release()
    return store.list().map(({ data }) => new Uint8Array(data.buffer))
  }

  it.each(['dense', 'lazy'] as const)(
    'repeats byte for byte on 2 threads, 20 times, with a %s table',
    async (update) => {
      const first = await train(1, 2, update, 2)
      for (let repetition = 1; repetition < 20; repetition++)
        expect(await train(1, 2, update, 2)).toEqual(first)
      expect(await train(2, 2, update, 2)).not.toEqual(first)
    },
  )
})
