import { checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { Graph } from '../graph.js'
import { mul } from './elementwise.js'
import { affine, dot, matmul } from './linear-algebra.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

it('matmul with transposes, scale and broadcast leading axes', async () => {
  for (let seed = 0; seed < 32; seed++) {
    const rng = Rng.fromSeed(seed)
    const [rows, inner, columns] = [1 + rng.int(4), 1 + rng.int(4), 1 + rng.int(4)] as const
    const leading = Array.from({ length: rng.int(3) }, () => 1 + rng.int(3))
    const thin = (): number[] =>
      leading.slice(rng.int(leading.length + 1)).map((dim) => (rng.int(2) === 0 ? 1 : dim))
    const [leftBatch, rightBatch] = rng.int(2) === 0 ? [leading, thin()] : [thin(), leading]
    const options = {
      transposeA: Math.floor(seed / 2) % 2 === 1,
      transposeB: seed % 2 === 1,
      ...(rng.int(2) === 0 ? {} : { scale: 0.5 }),
    }
    const feeds = {
      a: normals(rng, [...leftBatch, ...(options.transposeA ? [inner, rows] : [rows, inner])]),
      b: normals(rng, [...rightBatch, ...(options.transposeB ? [columns, inner] : [inner, columns])]),
    }
    await checkGradient((t) => matmul(t.a, t.b, options), feeds, { runtime, seed })
  }
})

it('affine with and without bias', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const rng = Rng.fromSeed(seed)
    const [inputs, outputs] = [1 + rng.int(4), 1 + rng.int(4)] as const
    const leading = Array.from({ length: rng.int(4) }, () => 1 + rng.int(3))
    const feeds = {
      x: normals(rng, [...leading, inputs]),
      w: normals(rng, [inputs, outputs]),
      b: normals(rng, [outputs]),
    }
    await checkGradient((t) => affine(t.x, t.w, t.b), feeds, { runtime, seed })
    await checkGradient((t) => affine(t.x, t.w), feeds, { runtime, seed, wrt: ['x', 'w'] })
  }
})

it('dot over the last axis, also of a tensor with itself', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const rng = Rng.fromSeed(seed)
    const dims = Array.from({ length: 1 + rng.int(3) }, () => 1 + rng.int(4))
    await checkGradient(
      (t) => dot(t.a, t.b),
      { a: normals(rng, dims), b: normals(rng, dims) },
      { runtime, seed },
    )
    await checkGradient((t) => dot(t.a, t.a), { a: normals(rng, dims) }, { runtime, seed })
  }
})

it('uses one weight in several products', async () => {
  const rng = Rng.fromSeed(3)
  const feeds = { x: normals(rng, [3, 2]), w: normals(rng, [2, 2]) }
  await checkGradient((t) => matmul(matmul(t.x, t.w), mul(t.w, t.w), { transposeB: true }), feeds, {
    runtime,
  })
})

it('computes a hand-checked case', async () => {
  const feeds = { a: floats([1, 2, 3, 4], [2, 2]), b: floats([5, 6, 7, 8], [2, 2]), c: floats([1, -1]) }
  const { outputs } = await checkGradient(
    (t) => [
      matmul(t.a, t.b),
      matmul(t.a, t.b, { transposeB: true, scale: 0.5 }),
      affine(t.a, t.b, t.c),
      dot(t.a, t.b),
    ],
    feeds,
    { runtime },
  )
  expect(outputs.map(({ data }) => [...data])).toEqual([
    [19, 22, 43, 50],
    [8.5, 11.5, 19.5, 26.5],
    [20, 21, 44, 49],
    [17, 53],
  ])
})

it('says which shapes do not fit', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2, 3])
  const w = graph.input('w', 'float32', [2, 4])
  const stack = graph.input('stack', 'float32', [2, 3, 4])
  const stacks = graph.input('stacks', 'float32', [3, 4, 5])
  const bias = graph.input('bias', 'float32', [3])
  const code = 'GRAPH_SHAPE_MISMATCH'
  expect(() => matmul(x, w)).toThrowVeilrecError(code, '[2, 3]', '[2, 4]')
  expect(() => matmul(x, bias)).toThrowVeilrecError(code, '[2, 3]', '[3]')
  expect(() => matmul(stack, stacks)).toThrowVeilrecError(code, '[2]', '[3]')
  expect(() => affine(x, w)).toThrowVeilrecError(code, '[2, 3]', '[2, 4]')
  expect(() => affine(w, stack)).toThrowVeilrecError(code, '[2, 4]', '[2, 3, 4]')
  expect(() =>
    affine(matmul(x, w, { transposeA: true }), graph.input('v', 'float32', [4, 2]), bias),
  ).toThrowVeilrecError(code, '[4, 2]', '[3]')
  expect(() => dot(x, w)).toThrowVeilrecError(code, '[2, 3]', '[2, 4]')
})
