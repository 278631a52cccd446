import {
  checkGradient,
  floats,
  integers,
  interpret,
  matchers,
  normals,
  randomIntegers,
  runGraph,
} from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { differentiate, gradients } from '../differentiate.js'
import { Graph } from '../graph.js'
import { add, mul } from './elementwise.js'
import { gather, replaceAlongLast, scatterSum, takeAlongLast, takeTimeStep, topKValues } from './indexing.js'
import { sum } from './reduction.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

describe('gather', () => {
  it('of rows that repeat, indices of any shape', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = Rng.fromSeed(seed)
      const rows = 1 + rng.int(4)
      const row = Array.from({ length: rng.int(3) }, () => 1 + rng.int(3))
      const shape = Array.from({ length: rng.int(3) }, () => 1 + rng.int(4))
      const feeds = { table: normals(rng, [rows, ...row]), ids: randomIntegers(rng, shape, rows) }
      await checkGradient((t) => gather(t.table, t.ids), feeds, { runtime, seed })
    }
  })

  it('twice from one table that is also used as a whole', async () => {
    const rng = Rng.fromSeed(1)
    const feeds = { table: normals(rng, [4, 2]), a: integers([0, 3, 3]), b: integers([1, 3, 0]) }
    await checkGradient(
      (t) => [mul(gather(t.table, t.a), gather(t.table, t.b)), mul(t.table, t.table)],
      feeds,
      { runtime },
    )
  })

  it('of an intermediate tensor', async () => {
    const rng = Rng.fromSeed(1)
    const feeds = { x: normals(rng, [4, 2]), ids: integers([2, 2, 0]) }
    await checkGradient((t) => gather(mul(t.x, t.x), t.ids), feeds, { runtime })
  })

  it('leaves its gradient as rows', () => {
    const graph = new Graph()
    const table = graph.input('table', 'float32', [1000, 2])
    const ids = graph.input('ids', 'int32', [3, 2])
    const loss = sum(add(gather(table, ids), gather(table, ids)))
    const [gradient] = differentiate(loss, [table])
    expect(gradient!.dense).toBeUndefined()
    expect(gradient!.slices.map(({ values, indices }) => [values.shape, indices.shape])).toEqual([
      [
        [3, 2, 2],
        [3, 2],
      ],
      [
        [3, 2, 2],
        [3, 2],
      ],
    ])
    expect(gradient!.slices.every(({ indices }) => indices === ids)).toBe(true)
  })
})

describe('scatterSum', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const count = 1 + rng.int(6)
      const row = Array.from({ length: rng.int(3) }, () => 1 + rng.int(3))
      const feeds = { values: normals(rng, [count, ...row]), ids: randomIntegers(rng, [count], 3) }
      await checkGradient((t) => scatterSum(t.values, t.ids, 4), feeds, { runtime, seed })
    }
  })
})

/** Many indices, few rows: the case in which a race between threads loses updates. */
function repeatedRows(rng: Rng, count: number, rows: number, width: number) {
  // Squared, so that low rows repeat most.
  const indices = Int32Array.from({ length: count }, () => Math.floor(rng.uniform() ** 2 * rows))
  const values = Float32Array.from({ length: count * width }, () => rng.normal())
  const expected = new Float64Array(rows * width)
  const magnitude = new Float64Array(rows * width)
  values.forEach((value, i) => {
    const target = indices[Math.floor(i / width)]! * width + (i % width)
    expected[target] = expected[target]! + value
    magnitude[target] = magnitude[target]! + Math.abs(value)
  })
  return { indices, values, expected, magnitude }
}

describe('20,000 and more repeated indices on 2 threads, 20 times', () => {
  const [count, rows, width] = [24_000, 50, 16]
  const { indices, values, expected, magnitude } = repeatedRows(Rng.fromSeed(5), count, rows, width)
  // Rounding of a sum in float32, against the sum of magnitudes: cancellation must not hide behind it.
  const close = (received: ArrayLike<number>): boolean =>
    expected.every((value, i) => Math.abs(received[i]! - value) <= 1e-5 * magnitude[i]!)

  it('scatterSum equals the float64 sum and repeats byte for byte', async () => {
    const graph = new Graph()
    const v = graph.input('v', 'float32', [count, width])
    const ids = graph.input('ids', 'int32', [count])
    const output = scatterSum(v, ids, rows)
    await expectRepeatable(graph, output, { v: floats(values, [count, width]), ids: integers(indices) })
  })

  it('the dense gradient of gather does too', async () => {
    const graph = new Graph()
    const table = graph.input('table', 'float32', [rows, width])
    const ids = graph.input('ids', 'int32', [count])
    const v = graph.input('v', 'float32', [count, width])
    const [gradient] = gradients(sum(mul(gather(table, ids), v)), [table])
    const feeds = {
      table: normals(Rng.fromSeed(1), [rows, width]),
      v: floats(values, [count, width]),
      ids: integers(indices),
    }
    await expectRepeatable(graph, gradient!, feeds)
  })

  async function expectRepeatable(...[graph, output, feeds]: Parameters<typeof firstRun>): Promise<void> {
    const first = await firstRun(graph, output, feeds)
    expect(close(first)).toBe(true)
    for (let repetition = 1; repetition < 20; repetition++) {
      const [again] = await runGraph(runtime, graph, [output], feeds, { threads: 2 })
      expect(Buffer.from(again!.data.buffer).equals(Buffer.from(first.buffer))).toBe(true)
    }
  }

  async function firstRun(
    graph: Graph,
    output: ReturnType<typeof sum>,
    feeds: Parameters<typeof runGraph>[3],
  ): Promise<Float32Array> {
    const [result] = await runGraph(runtime, graph, [output], feeds, { threads: 2 })
    return result!.data as Float32Array
  }
})

describe('takeAlongLast', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const leading = Array.from({ length: rng.int(3) }, () => 1 + rng.int(3))
      const classes = 2 + rng.int(4)
      const picks = 1 + rng.int(classes)
      const rowCount = leading.reduce((a, b) => a * b, 1)
      const ids = Array.from({ length: rowCount }, () =>
        rng.shuffle(Array.from({ length: classes }, (_, i) => i)).slice(0, picks),
      ).flat()
      const feeds = { x: normals(rng, [...leading, classes]), ids: integers(ids, [...leading, picks]) }
      await checkGradient((t) => takeAlongLast(t.x, t.ids), feeds, { runtime, seed })
    }
  })
})

it('replaceAlongLast replaces one element per row and lets the rest through', async () => {
  const feeds = { x: floats([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]), at: integers([2, -1, 0]) }
  const { outputs, gradients: g } = await checkGradient((t) => replaceAlongLast(t.x, t.at, -50), feeds, {
    runtime,
  })
  expect([...outputs[0]!.data]).toEqual([1, 2, -50, 4, 5, 6, -50, 8, 9])
  expect([g.x.data[2], g.x.data[6]]).toEqual([0, 0])
})

describe('topKValues', () => {
  it('over random shapes', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = Rng.fromSeed(seed)
      const dims = Array.from({ length: 1 + rng.int(3) }, () => 1 + rng.int(4)).with(-1, 2 + rng.int(5))
      const count = 1 + rng.int(dims.at(-1)!)
      await checkGradient((t) => topKValues(t.x, count), { x: normals(rng, dims) }, { runtime, seed })
    }
  })

  it('gives a tie to the lower index', async () => {
    const x = floats([1, 7, 7, 0, 7])
    const check = await checkGradient((t) => topKValues(t.x, 2), { x }, { runtime, differences: false })
    const [a, b] = check.weights[0]!
    expect([...check.outputs[0]!.data]).toEqual([7, 7])
    expect([...check.gradients.x.data]).toEqual([0, a, b, 0, 0])
  })
})

it('takeTimeStep picks one step per row', async () => {
  for (let seed = 0; seed < 4; seed++) {
    const rng = Rng.fromSeed(seed)
    const [batch, time, width] = [1 + rng.int(4), 1 + rng.int(5), 1 + rng.int(4)] as const
    const feeds = { x: normals(rng, [batch, time, width]), at: randomIntegers(rng, [batch], time) }
    const { outputs } = await checkGradient((t) => takeTimeStep(t.x, t.at), feeds, { runtime, seed })
    const row = (feeds.at.data[0] as number) * width
    expect([...outputs[0]!.data.subarray(0, width)]).toEqual([...feeds.x.data.subarray(row, row + width)])
  }
})

it('says which shapes and types do not fit', () => {
  const graph = new Graph()
  const table = graph.input('table', 'float32', [5, 2])
  const real = graph.input('real', 'float32', [3])
  const ids = graph.input('ids', 'int32', [3])
  const x = graph.input('x', 'float32', [4, 3, 2])
  const code = 'GRAPH_SHAPE_MISMATCH'
  expect(() => gather(table, real)).toThrowVeilrecError(code, 'float32', '[5, 2]', '[3]')
  expect(() => scatterSum(table, ids, 9)).toThrowVeilrecError(code, '[5, 2]', '[3]')
  expect(() => takeAlongLast(table, ids)).toThrowVeilrecError(code, '[5, 2]', '[3]')
  expect(() => replaceAlongLast(table, ids, 0)).toThrowVeilrecError(code, '[5, 2]', '[3]')
  expect(() => topKValues(table, 3)).toThrowVeilrecError(code, '3', '[5, 2]')
  expect(() => takeTimeStep(x, ids)).toThrowVeilrecError(code, '[4, 3, 2]', '[3]')
  expect(() => takeTimeStep(table, ids)).toThrowVeilrecError(code, '[5, 2]')
})

it('an index outside the table is an error of the runtime and of the interpreter', async () => {
  const graph = new Graph()
  const output = gather(graph.input('table', 'float32', [2, 1]), graph.input('ids', 'int32', [1]))
  const feeds = { table: floats([1, 2], [2, 1]), ids: integers([2]) }
  expect(() => interpret(graph, [output], feeds)).toThrowVeilrecError('RUNTIME_FAILED', 'index 2')
  await expect(runGraph(runtime, graph, [output], feeds)).rejects.toThrowVeilrecError('RUNTIME_FAILED')
})
