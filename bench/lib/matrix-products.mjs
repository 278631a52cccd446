// The graph that holds only a step's own matrix products, forward and backward, at their own shapes.
import { Graph, ops, toOnnx } from '@veilrec/core'

const productTypes = new Set(['MatMul', 'Gemm', 'FusedMatMul'])

/**
 * Copies the matrix products out of a traced step and leaves everything between them out: an operand is
 * the nearest product upstream that has as many elements, so that data flows, and lies in the caches, as in
 * the step; where there is none it is an input. Products with a vector (row sums and means, which the engine
 * uses instead of reductions) are the engine's own choice and do not count.
 */
export function matrixProductModel(graph, outputs, prune) {
  const { nodes } = prune(graph, outputs)
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])))
  const products = new Graph()
  const copies = new Map()
  const inputs = new Map()
  const upstream = (name, size, seen = new Set()) => {
    if (copies.has(name)) return sizeOf(copies.get(name).shape) === size ? copies.get(name) : undefined
    if (seen.has(name) || !producers.has(name)) return undefined
    seen.add(name)
    for (const input of producers.get(name).inputs) {
      const found = input === '' ? undefined : upstream(input, size, seen)
      if (found) return found
    }
    return undefined
  }
  const operand = ({ name, shape }) => {
    const found = upstream(name, sizeOf(shape))
    if (found) return ops.reshape(found, shape)
    if (!inputs.has(name)) inputs.set(name, products.input(`input ${name}`, 'float32', shape))
    return inputs.get(name)
  }
  let flop = 0
  for (const node of nodes) {
    if (!productTypes.has(node.opType)) continue
    const operands = node.inputs.map((name) => graph.tensor(name))
    const output = graph.tensor(node.outputs[0])
    const [a, b] = operands
    const isProduct = [a, b, output].every(({ shape }) => shape.slice(-2).every((dim) => dim > 1))
    if (!isProduct) continue
    flop += 2 * a.shape.at(node.attributes.transA ? -2 : -1) * sizeOf(output.shape)
    const result = [{ dtype: 'float32', shape: output.shape }]
    const [copy] = products.node(node.opType, operands.map(operand), result, node.attributes, node.domain)
    copies.set(output.name, copy)
  }
  // One element of each result leaves the graph, so that all of them have to be computed.
  const kept = [...copies.values()].map((result) => firstElement(products, result))
  return { model: toOnnx(products, kept), graph: products, outputs: kept, count: copies.size, flop }
}

function sizeOf(shape) {
  return shape.reduce((size, dim) => size * dim, 1)
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
