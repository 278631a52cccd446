import { floats, interpret, matchers, runGraph } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { gradients } from './differentiate.js'
import { Graph } from './graph.js'
import { prune, toOnnx } from './onnx.js'
import { add, exp, mul } from './ops/elementwise.js'
import { matmul } from './ops/linear-algebra.js'
import { sum } from './ops/reduction.js'
import { reshape } from './ops/shaping.js'
import { batchDim } from './shape.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

it('leaves out what no output needs', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const y = graph.input('y', 'float32', [2])
  const wanted = mul(x, 2)
  exp(add(wanted, y))
  expect(prune(graph, [wanted]).nodes.map(({ opType }) => opType)).toEqual(['Mul'])
  expect(toOnnx(graph, [wanted]).inputNames).toEqual(['x'])
})

it('refuses duplicate, foreign and unnamed outputs', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const y = mul(x, 2)
  const stranger = mul(new Graph().input('x', 'float32', [2]), 2)
  expect(stranger.name).toBe(y.name)
  const code = 'GRAPH_INVALID'
  expect(() => toOnnx(graph, [y, y])).toThrowVeilrecError(code, y.name)
  expect(() => toOnnx(graph, [y, x], { outputNames: ['a', 'a'] })).toThrowVeilrecError(code, 'a, a')
  expect(() => toOnnx(graph, [stranger])).toThrowVeilrecError(code, stranger.name, '[2]')
  expect(() => toOnnx(graph, [x])).toThrowVeilrecError(code, '"x"')
  expect(() => toOnnx(graph, [y], { outputNames: ['x'] })).toThrowVeilrecError(code, '"x"')
})

it('runs with baked parameters, named outputs and a symbolic batch', async () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [batchDim, 2])
  const w = graph.input('w', 'float32', [2, 3])
  const output = reshape(matmul(x, w), [batchDim, 3, 1])
  const model = toOnnx(graph, [output], {
    initializers: new Map([['w', Float32Array.of(1, 2, 3, 4, 5, 6)]]),
    outputNames: ['scores'],
    metadata: { made: 'here' },
  })
  expect(model.inputNames).toEqual(['x'])
  const session = await runtime.load(model.bytes)
  for (const batch of [1, 4]) {
    const scores = { dtype: 'float32', dims: [batch, 3, 1], data: new Float32Array(batch * 3) } as const
    await session.run({ x: floats(new Float32Array(batch * 2).fill(1), [batch, 2]) }, { scores })
    expect([...scores.data.subarray(-3)]).toEqual([5, 7, 9])
  }
  await session.release()
})

it('an output may be a constant, such as the gradient of a sum', async () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [])
  const y = graph.input('y', 'float32', [])
  const loss = add(x, y)
  const outputs = [loss, ...gradients(loss, [x])]
  const feeds = { x: floats([2], []), y: floats([3], []) }
  expect(interpret(graph, outputs, feeds).map(({ data }) => data[0])).toEqual([5, 1])
  const results = await runGraph(runtime, graph, outputs, feeds)
  expect(results.map(({ data }) => data[0])).toEqual([5, 1])
})

it('a graph the runtime cannot read is RUNTIME_FAILED', async () => {
  const graph = new Graph()
  const [wrong] = graph.node(
    'NoSuchOperator',
    [graph.input('x', 'float32', [1])],
    [{ dtype: 'float32', shape: [1] }],
  )
  await expect(runGraph(runtime, graph, [sum(wrong!)], { x: floats([1]) })).rejects.toThrowVeilrecError(
    'RUNTIME_FAILED',
  )
})
