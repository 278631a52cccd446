import { checkGradient, floats, interpret, matchers, normals } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { Rng } from '../random.js'
import { differentiate, gradients } from './differentiate.js'
import { Graph } from './graph.js'
import { add, cast, exp, mul, reverseGradient, sigmoid, stopGradient, tanh } from './ops/elementwise.js'
import { matmul } from './ops/linear-algebra.js'
import { sum } from './ops/reduction.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

it('adds up the uses of one tensor', async () => {
  const feeds = { x: normals(Rng.fromSeed(1), [3, 3]) }
  await checkGradient(
    (t) => [add(mul(t.x, t.x), exp(t.x)), matmul(t.x, t.x, { transposeB: true }), t.x],
    feeds,
    { runtime },
  )
})

it('follows random chains of operations', async () => {
  const steps = [
    (x: Parameters<typeof exp>[0]) => tanh(x),
    (x: Parameters<typeof exp>[0]) => mul(x, sigmoid(x)),
    (x: Parameters<typeof exp>[0]) => add(x, 0.5),
    (x: Parameters<typeof exp>[0]) => matmul(x, x, { transposeA: true, scale: 0.3 }),
  ]
  for (let seed = 0; seed < 10; seed++) {
    const rng = Rng.fromSeed(seed)
    const chain = Array.from({ length: 5 }, () => steps[rng.int(steps.length)]!)
    const feeds = { x: normals(rng, [3, 3], 0.5) }
    await checkGradient((t) => chain.reduce((x, step) => step(x), t.x), feeds, { runtime, seed })
  }
})

it('gives gradients for intermediate tensors and for the loss itself', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const middle = mul(x, 3)
  const loss = sum(mul(middle, middle))
  const [forMiddle, forX, forLoss] = interpret(graph, gradients(loss, [middle, x, loss]), {
    x: floats([1, -2]),
  })
  expect([...forMiddle!.data]).toEqual([6, -12])
  expect([...forX!.data]).toEqual([18, -36])
  expect([...forLoss!.data]).toEqual([1])
})

it('can be asked twice, for different losses over one graph', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const [first] = gradients(sum(mul(x, x)), [x])
  const [second] = gradients(sum(reverseGradient(x, 2)), [x])
  const [a, b] = interpret(graph, [first!, second!], { x: floats([1, 5]) })
  expect([...a!.data, ...b!.data]).toEqual([2, 10, -2, -2])
})

it('does not differentiate what is not asked for', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const frozen = graph.input('frozen', 'float32', [2])
  const loss = sum(mul(x, exp(frozen)))
  const before = graph.nodes.filter(({ opType }) => opType === 'Exp').length
  const [gradient] = differentiate(loss, [x])
  expect(gradient!.dense!.shape).toEqual([2])
  expect(graph.nodes.filter(({ opType }) => opType === 'Exp').length).toBe(before)
})

it('says which target the loss does not depend on', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const other = graph.input('other', 'float32', [2])
  const loss = sum(mul(x, stopGradient(other)))
  const code = 'GRAPH_NOT_DIFFERENTIABLE'
  expect(() => gradients(loss, [x, other])).toThrowVeilrecError(code, '"other"')
  expect(() => gradients(sum(cast(cast(x, 'int32'), 'float32')), [x])).toThrowVeilrecError(code, '"x"')
  expect(differentiate(loss, [other])).toEqual([{ dense: undefined, slices: [] }])
})

it('needs a scalar loss and targets of the same graph', () => {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [2])
  const stranger = new Graph().input('x', 'float32', [2])
  expect(() => gradients(x, [x])).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[2]')
  expect(() => gradients(sum(x), [stranger])).toThrowVeilrecError('GRAPH_INVALID', '"x"', '[2]')
})
