// The graph that holds only a step's own matrix products, forward and backward, at their own shapes.
import { Graph, toOnnx } from '@veilrec/core'

const productTypes = new Set(['MatMul', 'Gemm', 'FusedMatMul'])

/**
 * Copies the matrix products out of a traced step. Products with a vector (row sums and means, which the
 * engine uses instead of reductions) are the engine's own choice and are left out. Operands of equal shape
 * share one input, which can only make this graph faster.
 */
export function matrixProductModel(graph, outputs, prune) {
  const products = new Graph()
  const inputs = new Map()
  const input = (shape) => {
    const key = shape.join('x')
    if (!inputs.has(key)) inputs.set(key, products.input(`input${key}`, 'float32', shape))
    return inputs.get(key)
  }
  const results = []
  let flop = 0
  for (const node of prune(graph, outputs).nodes) {
    if (!productTypes.has(node.opType)) continue
    const operands = node.inputs.map((name) => graph.tensor(name))
    const [output] = node.outputs.map((name) => graph.tensor(name))
    const [a, b] = operands
    const matrices = [a.shape, b.shape, output.shape].every((shape) =>
      shape.slice(-2).every((dim) => dim > 1),
    )
    if (!matrices) continue
    const inner = a.shape.at(node.attributes.transA ? -2 : -1)
    flop += 2 * inner * output.shape.reduce((size, dim) => size * dim, 1)
    const [copy] = products.node(
      node.opType,
      operands.map(({ shape }) => input(shape)),
      [{ dtype: 'float32', shape: output.shape }],
      node.attributes,
      node.domain,
    )
    results.push(copy)
  }
  // Products of equal shape write one after the other into memory that the runtime reuses; only one
  // element of each result leaves the graph, so that all of them have to be computed.
  const kept = results.map((result) => firstElement(products, result))
  return { model: toOnnx(products, kept), graph: products, outputs: kept, count: results.length, flop }
}

function firstElement(graph, tensor) {
  const rank = tensor.shape.length
  const int64 = (value) =>
    graph.constant(
      BigInt64Array.from({ length: rank }, () => value),
      'int64',
      [rank],
    )
  const axes = graph.constant(
    BigInt64Array.from({ length: rank }, (_, axis) => BigInt(axis)),
    'int64',
    [rank],
  )
  return graph.node(
    'Slice',
    [tensor, int64(0n), int64(1n), axes],
    [{ dtype: 'float32', shape: Array.from({ length: rank }, () => 1) }],
  )[0]
}
