import { formatShape, Graph, type Attribute, type DType, type HostTensor } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { booleans, floats, integers } from '../host-values.js'
import { matchers } from '../matchers.js'
import { erf } from './elementwise.js'
import { interpret } from './interpret.js'

expect.extend(matchers)

interface Declared {
  readonly dims: readonly number[]
  readonly dtype?: DType
}

/** Runs one node; the declared results say what shape and type the specification gives. */
function run(
  opType: string,
  inputs: readonly HostTensor[],
  outputs: readonly Declared[],
  attributes: Record<string, Attribute> = {},
  domain = '',
): number[][] {
  const graph = new Graph()
  const tensors = inputs.map(({ dtype, dims }, i) => graph.input(`i${i}`, dtype, dims))
  const declared = outputs.map(({ dims, dtype = 'float32' }) => ({ dtype, shape: dims }))
  const results = graph.node(opType, tensors, declared, attributes, domain)
  const feeds = Object.fromEntries(inputs.map((input, i) => [`i${i}`, input]))
  return interpret(graph, results, feeds).map(({ data }) => [...data])
}

function longs(...values: readonly number[]): HostTensor {
  return { dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) }
}

const square = floats([1, 2, 3, 4], [2, 2])

// Examples of the ONNX specification or by hand; the graphs' own tests never see anything but this interpreter.
describe('operators by hand', () => {
  it('elementwise', () => {
    expect(run('Sub', [square, floats([1, 10])], [{ dims: [2, 2] }])).toEqual([[0, -8, 2, -6]])
    expect(run('Where', [booleans([1, 0]), floats([1, 2]), floats([9], [])], [{ dims: [2] }])).toEqual([
      [1, 9],
    ])
    expect(run('Clip', [floats([-3, 0, 3]), floats([-1], []), floats([2], [])], [{ dims: [3] }])).toEqual([
      [-1, 0, 2],
    ])
    expect(run('Cast', [floats([-1.7, 1.7])], [{ dims: [2], dtype: 'int32' }], { to: 6 })).toEqual([[-1, 1]])
    expect(run('Cast', [floats([-0.5, 0])], [{ dims: [2], dtype: 'bool' }], { to: 9 })).toEqual([[1, 0]])
    expect(run('LeakyRelu', [floats([-2, 2])], [{ dims: [2] }], { alpha: { float: 0.25 } })).toEqual([
      [-0.5, 2],
    ])
  })

  it('the error function against tables', () => {
    const table = [0, 0.1, 0.5, 1, 2, 3, -1, 7]
    const expected = [0, 0.1124629160182849, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527]
    expect(table.map(erf)).toBeAllClose([...expected, 0.9999779095030014, -0.8427007929497149, 1], {
      relative: 1e-14,
    })
  })

  it('reductions', () => {
    expect(run('ReduceSum', [square, longs(0)], [{ dims: [1, 2] }])).toEqual([[4, 6]])
    expect(run('ReduceMax', [square, longs(-1)], [{ dims: [2] }], { keepdims: 0 })).toEqual([[2, 4]])
    expect(run('ReduceMean', [square], [{ dims: [] }], { keepdims: 0 })).toEqual([[2.5]])
  })

  it('shapes', () => {
    expect(run('Reshape', [square, longs(-1)], [{ dims: [4] }])).toEqual([[1, 2, 3, 4]])
    expect(run('Transpose', [square], [{ dims: [2, 2] }], { perm: [1, 0] })).toEqual([[1, 3, 2, 4]])
    expect(run('Expand', [floats([1, 2], [2, 1]), longs(2, 2)], [{ dims: [2, 2] }])).toEqual([[1, 1, 2, 2]])
    expect(run('Concat', [square, square], [{ dims: [2, 4] }], { axis: 1 })).toEqual([
      [1, 2, 1, 2, 3, 4, 3, 4],
    ])
    expect(run('Split', [square, longs(1, 1)], [{ dims: [2, 1] }, { dims: [2, 1] }], { axis: 1 })).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(run('Slice', [square, longs(1), longs(2), longs(0)], [{ dims: [1, 2] }])).toEqual([[3, 4]])
    expect(run('Pad', [floats([1, 2]), longs(1, 2)], [{ dims: [5] }])).toEqual([[0, 1, 2, 0, 0]])
    expect(run('Unsqueeze', [floats([1]), longs(0)], [{ dims: [1, 1] }])).toEqual([[1]])
    expect(run('Squeeze', [floats([1], [1, 1]), longs(0)], [{ dims: [1] }])).toEqual([[1]])
  })

  it('matrix products', () => {
    expect(run('MatMul', [square, square], [{ dims: [2, 2] }])).toEqual([[7, 10, 15, 22]])
    const attributes = { transA: 1, alpha: { float: 0.5 } }
    expect(run('FusedMatMul', [square, square], [{ dims: [2, 2] }], attributes, 'com.microsoft')).toEqual([
      [5, 7, 7, 10],
    ])
    expect(run('Gemm', [square, square, floats([1, 0])], [{ dims: [2, 2] }], { beta: { float: 2 } })).toEqual(
      [[9, 10, 17, 22]],
    )
  })

  it('indexing', () => {
    expect(run('Gather', [square, integers([1, -2, 1])], [{ dims: [3, 2] }], { axis: 0 })).toEqual([
      [3, 4, 1, 2, 3, 4],
    ])
    // The specification's own examples of GatherElements, ScatterElements and TopK.
    expect(
      run('GatherElements', [square, integers([0, 0, 1, 0], [2, 2])], [{ dims: [2, 2] }], { axis: 1 }),
    ).toEqual([[1, 1, 4, 3]])
    const row = floats([1, 2, 3, 4, 5], [1, 5])
    const updates = floats([1.5, 2.5], [1, 2])
    expect(
      run('ScatterElements', [row, integers([1, 3], [1, 2]), updates], [{ dims: [1, 5] }], { axis: 1 }),
    ).toEqual([[1, 1.5, 3, 2.5, 5]])
    const adding = { axis: 1, reduction: 'add' }
    expect(
      run('ScatterElements', [row, integers([1, 1], [1, 2]), updates], [{ dims: [1, 5] }], adding),
    ).toEqual([[1, 6, 3, 4, 5]])
    expect(() =>
      run('ScatterElements', [row, integers([1, 1], [1, 2]), updates], [{ dims: [1, 5] }], { axis: 1 }),
    ).toThrow('repeated')
    const top = [{ dims: [1, 3] }, { dims: [1, 3], dtype: 'int64' }] as const
    expect(run('TopK', [floats([3, 9, 9, 1], [1, 4]), longs(3)], top)).toEqual([
      [9, 9, 3],
      [1, 2, 0],
    ])
  })

  it('normalisation', () => {
    expect(run('Softmax', [floats([0, 0])], [{ dims: [2] }])[0]).toBeAllClose([0.5, 0.5])
    expect(run('LogSoftmax', [floats([1000, 0])], [{ dims: [2] }])[0]).toBeAllClose([0, -1000])
    const outputs = [{ dims: [1, 2] }, { dims: [1, 1] }, { dims: [1, 1] }]
    const rows = [floats([1, 5], [1, 2]), floats([1, 1]), floats([0, 1])]
    const [y, mean, inverse] = run('LayerNormalization', rows, outputs, { axis: -1, epsilon: { float: 0 } })
    expect([y, mean, inverse]).toEqual([[-1, 2], [3], [0.5]])
  })

  it('windows', () => {
    const x = floats([1, 2, 3], [1, 1, 3])
    const kernel = floats([1, 10], [1, 1, 2])
    expect(run('Conv', [x, kernel], [{ dims: [1, 1, 2] }])).toEqual([[21, 32]])
    expect(run('Conv', [x, kernel], [{ dims: [1, 1, 2] }], { pads: [1, 0], strides: [2] })).toEqual([
      [10, 32],
    ])
    expect(run('ConvTranspose', [x, kernel], [{ dims: [1, 1, 4] }])).toEqual([[1, 12, 23, 30]])
    const outputs = [{ dims: [1, 1, 2] }, { dims: [1, 1, 2], dtype: 'int64' }] as const
    expect(run('MaxPool', [floats([4, 4, 1], [1, 1, 3])], outputs, { kernel_shape: [2] })).toEqual([
      [4, 4],
      [0, 1],
    ])
  })
})

describe('refuses', () => {
  const code = 'RUNTIME_FAILED'

  it('an unknown operator, attribute or missing feed', () => {
    expect(() => run('Hardmax', [square], [{ dims: [2, 2] }])).toThrowVeilrecError(code, 'Hardmax')
    expect(() => run('Relu', [square], [{ dims: [2, 2] }], { slope: 1 })).toThrowVeilrecError(code, 'slope')
    const graph = new Graph()
    const x = graph.input('x', 'float32', [1])
    expect(() => interpret(graph, [x], {})).toThrowVeilrecError(code, '"x"')
  })

  it('a result that contradicts the shape or type in the graph', () => {
    expect(() => run('Relu', [square], [{ dims: [4] }])).toThrowVeilrecError(code, '[4]', '[2, 2]')
    expect(() => run('Greater', [square, square], [{ dims: [2, 2] }])).toThrowVeilrecError(
      code,
      'bool',
      'float32',
    )
    expect(() => run('Add', [square, integers([1])], [{ dims: [2, 2] }])).toThrowVeilrecError(code, 'int32')
  })

  it('feeds of another shape, and two lengths of one symbolic dimension', () => {
    const graph = new Graph()
    const batch = { symbol: 'batch', times: 1 }
    const [a, b] = [graph.input('a', 'float32', [batch]), graph.input('b', 'float32', [batch])]
    const [added] = graph.node('Add', [a, b], [{ dtype: 'float32', shape: [batch] }])
    expect(interpret(graph, [added!], { a: floats([1, 2]), b: floats([3, 4]) })[0]!.dims).toEqual([2])
    const feeds = { a: floats([1, 2]), b: floats([3]) }
    expect(() => interpret(graph, [added!], feeds)).toThrowVeilrecError(code, formatShape([batch]), '[1]')
  })
})
