import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { add } from '../../graph/ops/elementwise.js'
import { concat, slice } from '../../graph/ops/shaping.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { multiHeadAttention } from '../../layers/attention.js'
import { feedForward } from '../../layers/feed-forward.js'
import { layerNorm } from '../../layers/norm.js'
import { bert4recKind } from '../../models/bert4rec-recommender.js'
import { bert4recSchema } from '../../models/bert4rec.js'
import type { Recommender } from '../../models/recommender.js'
import { sasrec, sasrecKind, sasrecSchema } from '../../models/sasrec.js'
import { Rng } from '../../random.js'
import { eliminatorStore, servingParameters } from './eliminator-store.js'
import { eliminator, eliminatorNames, promptInitializer, type Eliminator } from './eliminator.js'
import { pfrecSchema, type PfrecConfig } from './pfrec-settings.js'
import { prompt } from './prompt.js'

const numItems = 20
const width = 8
const runtime = createOrtRuntime({ threads: 1 })
const history = Int32Array.of(3, 1, 4, 1, 5, 0, 9, 2, 6, 0, 0, 0, 7, 0, 0, 0, 0, 0)
const shape = [3, 6]
const attributes = [
  { name: 'age', numClasses: 3 },
  { name: 'gender', numClasses: 2 },
]

const sasrecConfig = sasrecSchema.parse({ historyLength: 6, hiddenSize: width, numHeads: 2, numBlocks: 2 })
const bert = { historyLength: 6, hiddenSize: width, numHeads: 2, numBlocks: 2 }
const size = { numUsers: 3, numItems }
const recommenders: Record<string, Recommender> = {
  sasrec: sasrecKind.create(sasrecConfig, size),
  'bert4rec pre': bert4recKind.create(bert4recSchema.parse(bert), size),
  'bert4rec post': bert4recKind.create(bert4recSchema.parse({ ...bert, norm: 'post' }), size),
  'bert4rec of AFRL': bert4recKind.create(
    bert4recSchema.parse({ ...bert, norm: 'output', objective: 'nextItemBpr' }),
    size,
  ),
}

/** A store with all parameters of a recommender, pushed off their initial zeros and ones. */
function trainedStore(recommender: Recommender): ParameterStore {
  const store = new ParameterStore(Rng.fromSeed(1))
  recommender.objective(new Scope(createTrace(store, { training: true })), { batch: 1, time: 6 })
  const rng = Rng.fromSeed(2)
  for (const { data, paddingRow } of store.list()) {
    for (let i = paddingRow ? width : 0; i < data.length; i++) data[i] = data[i]! + 0.3 * rng.normal()
  }
  return store
}

async function evaluate(
  store: ParameterStore,
  output: (scope: Scope, query: Tensor, codes: Tensor[]) => Tensor,
  codes: readonly number[][] = [],
): Promise<Float32Array> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const inputs = codes.map((_, index) => scope.input(`codes${index}`, 'int32', [3]))
  const result = output(scope, scope.input('history', 'int32', shape), inputs)
  const program = await Program.compile(runtime, trace, [result])
  const feeds = Object.fromEntries(codes.map((values, index) => [`codes${index}`, Int32Array.from(values)]))
  const { data } = (await program.run({ history, ...feeds }))[result.name]!
  await program.release()
  return (data as Float32Array).slice()
}

function made(
  recommender: Recommender,
  trained: ParameterStore,
  config: Partial<PfrecConfig>,
  requirement = ['gender'],
): { one: Eliminator; store: ParameterStore; config: PfrecConfig } {
  const parsed = pfrecSchema.parse({ erasure: false, taskPrompts: 2, ...config })
  const { promptable } = recommender
  const initializer = promptInitializer(trained)
  const task = { promptable: promptable!, requirement, attributes, initializer }
  return {
    one: eliminator(parsed, task),
    store: eliminatorStore(Rng.fromSeed(3), trained, parsed),
    config: parsed,
  }
}

describe.each(Object.entries(recommenders))('an eliminator on %s', (_, recommender) => {
  const trained = trainedStore(recommender)
  const checksum = JSON.stringify(trained.list().map(({ data }) => [...data]))
  const base = (): Promise<Float32Array> => evaluate(trained, recommender.userVectors.bind(recommender))

  it('is the recommender, bit for bit, where nothing is inserted', async () => {
    const bare = evaluate(trained, (scope, query) => recommender.promptable!.userVectors(scope, query, {}))
    expect(await bare).toEqual(await base())
    const { one, store } = made(recommender, trained, { tune: 'all' })
    expect(await evaluate(store, (scope, query) => one.userVectors(scope, query))).toEqual(await base())
  })

  it('is the recommender where adapters and their biases are zero', async () => {
    for (const adapterForm of ['code', 'paper'] as const) {
      const { one, store } = made(recommender, trained, { withoutPrompt: true, adapterForm })
      expect(await evaluate(store, (scope, query) => one.userVectors(scope, query))).not.toEqual(await base())
      for (const { name: parameter, data } of store.list()) if (parameter.includes('/up/')) data.fill(0)
      expect(await evaluate(store, (scope, query) => one.userVectors(scope, query))).toEqual(await base())
    }
  })

  it('sees its prompts: task rows of each block, and the values of attributes that are in the user prompt', async () => {
    const { one, store } = made(recommender, trained, { withoutAdapter: true })
    const served = await evaluate(store, (scope, query) => one.userVectors(scope, query))
    expect(served).not.toEqual(await base())
    const known = (codes: number[][]): Promise<Float32Array> => {
      return evaluate(store, (scope, query, inputs) => one.userVectors(scope, query, inputs), codes)
    }
    // Served is what everybody's value unknown gives; a known value moves its own row only.
    expect(
      await known([
        [0, 0, 0],
        [0, 0, 0],
      ]),
    ).toEqual(served)
    const moved = await known([
      [0, 2, 0],
      [0, 0, 1],
    ])
    expect(moved.slice(0, recommender.dimension)).toEqual(served.slice(0, recommender.dimension))
    for (const row of [1, 2]) {
      const at = [row * recommender.dimension, (row + 1) * recommender.dimension] as const
      expect(moved.slice(...at)).not.toEqual(served.slice(...at))
    }
    for (const block of [0, 1]) {
      const task = store.get(`pfrec/eliminator/task/${block}`)
      task.data[0]! += 1
      expect(await evaluate(store, (scope, query) => one.userVectors(scope, query))).not.toEqual(served)
      task.data[0]! -= 1
    }
  })

  it('does not depend on padding, and a query without items keeps its answer finite', async () => {
    const { one, store } = made(recommender, trained, {})
    const all = await evaluate(store, (scope, query) => one.userVectors(scope, query))
    expect(all.every(Number.isFinite)).toBe(true)
    const trace = createTrace(store, { training: false })
    const scope = new Scope(trace)
    const output = one.userVectors(scope, scope.input('history', 'int32', [1, 3]))
    const program = await Program.compile(runtime, trace, [output])
    const alone = (await program.run({ history: Int32Array.of(9, 2, 6) }))[output.name]!.data as Float32Array
    alone.forEach((value, i) => expect(value).toBeCloseTo(all[recommender.dimension + i]!, 4))
    await program.release()
  })

  it('is traced without dropout for training, too', () => {
    const { one, store } = made(recommender, trained, {})
    const trace = createTrace(store, { training: true })
    const scope = new Scope(trace)
    one.userVectors(scope, scope.input('history', 'int32', shape))
    expect(trace.dropouts).toEqual([])
  })

  it('has copies of what it tunes of the recommender, and of nothing else', () => {
    const own = (config: Partial<PfrecConfig>): string[] => {
      const { one, store } = made(recommender, trained, config)
      return servingParameters(store, one)
    }
    const isOwn = (parameter: string): boolean => parameter.startsWith('pfrec/eliminator/')
    expect(own({}).every(isOwn)).toBe(true)
    const norms = own({ trainLayerNorm: true }).filter((parameter) => !isOwn(parameter))
    expect(norms.length).toBeGreaterThan(0)
    expect(norms.every((parameter) => /norm\/(scale|bias)$/i.test(parameter))).toBe(true)
    const all = own({ tune: 'all' })
    expect(all.some((parameter) => isOwn(parameter) || parameter.startsWith('item'))).toBe(false)
    expect(all).toContain('block0/attention/query/weight')
  })

  it('left the parameters of the recommender as they were', () => {
    expect(JSON.stringify(trained.list().map(({ data }) => [...data]))).toBe(checksum)
  })

  it('ends with the affine map of erasure', async () => {
    const { one, store } = made(recommender, trained, { withoutPrompt: true, erasure: true })
    servingParameters(store, one)
    for (const { name: parameter, data } of store.list()) if (parameter.includes('/up/')) data.fill(0)
    const { dimension } = recommender
    // out_0 = 2 in_1 + 3, everything else 0
    store
      .get(`${eliminatorNames.erasure}/weight`)
      .data.fill(0)
      .fill(2, dimension, dimension + 1)
    store.get(`${eliminatorNames.erasure}/bias`).data.fill(3, 0, 1)
    const vectors = await base()
    const erased = await evaluate(store, (scope, query) => one.userVectors(scope, query))
    for (let row = 0; row < 3; row++) {
      expect(erased[row * dimension]).toBeCloseTo(2 * vectors[row * dimension + 1]! + 3, 4)
      expect(erased[row * dimension + 1]).toBe(0)
    }
  })
})

describe('prompts in SASRec', () => {
  const recommender = recommenders['sasrec']!
  const trained = trainedStore(recommender)

  /** The whole sequence with prompt rows in it, overwritten at every block, as the released code has it. */
  function reference(scope: Scope, query: Tensor, prompts: readonly Tensor[]): Tensor {
    const rows = prompts[0]!.shape[1] as number
    let x = sasrec({ ...sasrecConfig, dropout: 0 }, numItems).embed(scope, query)
    for (const [index, rowsOfBlock] of prompts.entries()) {
      const block = scope.child(`block${index}`)
      const whole = concat([rowsOfBlock, x], 1)
      const normal = layerNorm(block.child('attentionNorm'), whole)
      const attended = add(
        whole,
        multiHeadAttention(block.child('attention'), normal, normal, { heads: 2, causal: true }),
      )
      const after = layerNorm(block.child('feedForwardNorm'), attended)
      x = slice(add(attended, feedForward(block.child('feedForward'), after)), 1, rows, rows + 6)
    }
    return layerNorm(scope.child('finalNorm'), x)
  }

  it('are rows before the items, overwritten at every block, items never; the task prompt first', async () => {
    const { one, store, config } = made(recommender, trained, { withoutAdapter: true })
    const codes = [
      [1, 0, 3],
      [2, 1, 0],
    ]
    const vectors = evaluate(store, (scope, query, inputs) => one.prefixVectors!(scope, query, inputs), codes)
    const expected = evaluate(
      store,
      (scope, query, inputs) => {
        const place = scope.child('pfrec').child('eliminator')
        const initializer = promptInitializer(trained)
        const asked = { taskPrompts: config.taskPrompts, attributes, width, initializer }
        return reference(
          scope,
          query,
          [0, 1].map((block) => prompt(place, asked, block, inputs)),
        )
      },
      codes,
    )
    const [found, wanted] = [await vectors, await expected]
    found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4))
  })

  it('give at the newest item what the last vector of the beginnings is', async () => {
    const { one, store } = made(recommender, trained, {})
    const all = await evaluate(store, (scope, query) => one.prefixVectors!(scope, query))
    const newest = await evaluate(store, (scope, query) => one.userVectors(scope, query))
    for (const [row, last] of [4, 2, 0].entries()) {
      for (let i = 0; i < width; i++) {
        expect(newest[row * width + i]).toBeCloseTo(all[(row * 6 + last) * width + i]!, 4)
      }
    }
  })
})

describe('prompt', () => {
  it('has the task rows of its block, then a row of each attribute by its value, row 0 for unknown', async () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    let next = 0
    const counting = (values: Float32Array): void => values.forEach((_, i) => (values[i] = next++))
    const asked = { taskPrompts: 2, attributes, width: 1, initializer: counting }
    const rows = (scope: Scope, codes?: Tensor[]): Tensor => prompt(scope, asked, 0, codes)
    // task/0: 0 1; user/age: 2 3 4 5; user/gender: 6 7 8
    const known = await evaluate(store, (scope, _, codes) => rows(scope, codes), [
      [0, 1, 3],
      [2, 0, 1],
    ])
    expect([...known]).toEqual([0, 1, 2, 8, 0, 1, 3, 6, 0, 1, 5, 7])
    expect([...(await evaluate(store, (scope) => rows(scope)))]).toEqual([0, 1, 2, 6])
    const bare = { ...asked, attributes: [] }
    expect([...(await evaluate(store, (scope) => prompt(scope, bare, 0)))]).toEqual([0, 1])
  })

  it.each([
    ['all', ['gender'], ['age', 'gender']],
    ['nonSensitive', ['gender'], ['age']],
    ['nonSensitive', ['age', 'gender'], []],
    ['none', ['gender'], []],
  ] as const)('with userPrompt %s and %j hidden is about %j', (userPrompt, requirement, expected) => {
    const recommender = recommenders['sasrec']!
    const { one } = made(recommender, trainedStore(recommender), { userPrompt }, [...requirement])
    expect(one.prompted.map(({ name }) => name)).toEqual(expected)
  })

  it('starts with the mean and the deviation of the item table', () => {
    const store = new ParameterStore(Rng.fromSeed(1))
    const row = (values: Float32Array): void => values.set([100, 100, 1, 3, 5, 7])
    store.declare('items/weight', [3, 2], row)
    const values = new Float32Array(20_000)
    promptInitializer(store)(values, [20_000], Rng.fromSeed(2))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean).toBeCloseTo(4, 1)
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    expect(squares / values.length).toBeCloseTo(5, 0)
  })
})

it('has settings that refuse to train nothing', () => {
  const nothing = { withoutPrompt: true, withoutAdapter: true }
  expect(pfrecSchema.safeParse(nothing).success).toBe(false)
  expect(pfrecSchema.safeParse({ ...nothing, tune: 'all' }).success).toBe(true)
  expect(pfrecSchema.safeParse({ ...nothing, trainLayerNorm: true }).success).toBe(true)
})
