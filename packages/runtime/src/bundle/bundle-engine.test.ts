import { createTrace, ops, ParameterStore, Rng, Scope, toOnnx, type Tensor } from '@veilrec/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createOrtRuntime } from '../ort-runtime.js'
import { BundleEngine, type RankRow } from './bundle-engine.js'
import { bundleFormatVersion, sealManifest } from './bundle-manifest.js'
import type { BundleModel } from './read-bundle.js'

const time = 2
const rows = 2
const numItems = 6
/** Item i points in a direction of its own on the circle. */
const items = Float32Array.from({ length: 2 * (numItems + 1) }, (_, i) => {
  const item = i >> 1
  return item === 0 ? 0 : i % 2 === 0 ? Math.cos(item) : Math.sin(item)
})

/** The sum of the items of a history, changed. */
function graph(change: (vectors: Tensor) => Tensor): Uint8Array {
  const store = new ParameterStore(Rng.fromSeed(0))
  const trace = createTrace(store, { training: false, lazyTables: false })
  const scope = new Scope(trace)
  const history = scope.input('history', 'int32', [rows, time])
  const table = scope.parameter('items', [numItems + 1, 2], (values) => values.set(items))
  const vectors = change(ops.sum(ops.gather(table, history), { axes: [1] }))
  return toOnnx(trace.graph, [vectors], { outputNames: ['vectors'] }).bytes
}

/** A recommender whose veil sits inside it and turns vectors around. */
const model: BundleModel = {
  manifest: sealManifest({
    formatVersion: bundleFormatVersion,
    veilrecVersion: '0',
    model: {
      id: 'toy',
      kind: 'toy',
      version: '0',
      historyLength: time,
      dimension: 2,
      itemVectors: 'items',
      graphs: [{ file: 'history-2.onnx', time, rows, parameters: ['items'] }],
      parameters: 'parameters.safetensors',
    },
    catalogue: { dataset: 'toy', file: 'items.parquet', items: numItems, hasTitles: false, properties: [] },
    veil: {
      method: 'inside',
      attributes: ['a'],
      requirements: [{ hide: ['a'], audit: null }],
      audit: null,
      serving: {
        form: 'history',
        graphs: [
          { file: 'veil-1-2.onnx', time, rows, parameters: ['items'], hide: ['a'], prefix: 'veil/a/' },
        ],
      },
    },
    histories: null,
    files: {},
  }),
  graphs: new Map([
    ['history-2.onnx', graph((vectors) => vectors)],
    ['veil-1-2.onnx', graph((vectors) => ops.mul(vectors, -1))],
  ]),
  parameters: new Map([['items', { shape: [numItems + 1, 2], data: items }]]),
  maps: new Map(),
  catalogue: { popularity: Float64Array.of(0, 1, 5, 5, 2, 9, 0), properties: [] },
}

let engine: BundleEngine
beforeAll(async () => {
  engine = await BundleEngine.load(createOrtRuntime({ threads: 1 }), model)
})
afterAll(() => engine.release())

const choice = { candidates: null, properties: [] }
function person(hide: readonly string[], base?: Float32Array): RankRow {
  const history = Int32Array.of(1, 2)
  return { person: { history, excluded: [], hide, ...(base && { base }) }, k: numItems, choice, seed: null }
}

/** Items by their score, best first, worked out by hand. */
function ordered(vector: readonly number[]): number[] {
  const score = (item: number): number => vector[0]! * items[2 * item]! + vector[1]! * items[2 * item + 1]!
  return Array.from({ length: numItems }, (_, i) => i + 1).sort((a, b) => score(b) - score(a))
}
const sum = [items[2]! + items[4]!, items[3]! + items[5]!]

describe('BundleEngine', () => {
  it('ranks each row under its own requirement', async () => {
    const [bare, veiled, everybody] = await engine.rank([
      person([]),
      person(['a']),
      { person: null, k: numItems, choice, seed: null },
    ])
    expect([...bare!.items]).toEqual(ordered(sum))
    expect([...veiled!.items]).toEqual(ordered(sum.map((value) => -value)))
    expect([...everybody!.items]).toEqual([5, 2, 3, 4, 1, 6])
    expect([bare!.isProfiled, veiled!.isProfiled, everybody!.isProfiled]).toEqual([true, true, false])
    expect([bare!.base, veiled!.base, everybody!.base]).toEqual([
      Float32Array.from(sum),
      undefined,
      undefined,
    ])
  })

  it('never takes a vector that was remembered without a veil for one behind a veil inside the recommender', async () => {
    const base = Float32Array.from(sum)
    const [bare, veiled] = await engine.rank([person([], base), person(['a'], base)])
    expect([...bare!.items]).toEqual(ordered(sum))
    expect([...veiled!.items]).toEqual(ordered(sum.map((value) => -value)))
  })

  it('takes a vector that was remembered instead of the history', async () => {
    const base = Float32Array.of(0, -1)
    const [remembered] = await engine.rank([person([], base)])
    expect([...remembered!.items]).toEqual(ordered([0, -1]))
  })

  it('gives the list for everybody, with what the person had, where a vector is not finite', async () => {
    const row = person([], Float32Array.of(Infinity, 0))
    const [failed] = await engine.rank([{ ...row, person: { ...row.person!, excluded: [5] } }])
    expect(failed!.isProfiled).toBe(false)
    expect([...failed!.items]).toEqual([5, 2, 3, 4, 1, 6])
  })

  it('refuses a requirement that is not served', async () => {
    await expect(engine.rank([person(['b'])])).rejects.toMatchObject({ code: 'VEIL_NOT_FOUND' })
  })
})
