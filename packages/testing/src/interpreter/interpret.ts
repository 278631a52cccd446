import {
  formatShape,
  prune,
  VeilrecError,
  type Graph,
  type GraphNode,
  type HostTensor,
  type Tensor,
} from '@veilrec/core'

import { Attributes } from './operator.js'
import { operators } from './registry.js'
import { fromHost, type Value } from './value.js'

/**
 * Computes `outputs` of a graph in float64: the nodes that would be sent to the inference runtime,
 * one after the other, each by the ONNX specification (opset 20). The reference for tests.
 *
 * Feeds and constants are taken as they are, attributes of type float rounded to 32 bits, as the
 * file stores them; nothing in between is rounded. Shape and element type of every intermediate
 * result are compared with what the graph says; one symbolic dimension takes the length that the feeds give it.
 *
 * @param feeds the graph's inputs by name; those that no output needs may be missing
 * @returns one value per output, in order
 * @throws `RUNTIME_FAILED` for an unknown operator, a missing feed, or a result that contradicts the graph
 */
export function interpret(
  graph: Graph,
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, HostTensor>>,
): Value[] {
  const { nodes, used } = prune(graph, outputs)
  const values = new Map<string, Value>()
  const symbols = new Map<string, number>()
  for (const input of graph.inputs.values()) {
    if (!used.has(input.name)) continue
    const feed = feeds[input.name]
    if (!feed) throw failure(`no feed for "${input.name}"`)
    const value = fromHost(feed)
    expectShape(input, value, symbols)
    values.set(input.name, value)
  }
  for (const { tensor, data } of graph.constants.values()) {
    if (used.has(tensor.name))
      values.set(tensor.name, fromHost({ dtype: tensor.dtype, dims: tensor.shape as number[], data }))
  }
  for (const node of nodes) {
    const results = apply(node, values)
    node.outputs.forEach((name, index) => {
      const result = results[index]
      if (!result) throw failure(`${node.opType} gave no output ${index}`)
      expectShape(graph.tensor(name), result, symbols)
      values.set(name, result)
    })
  }
  return outputs.map((output) => values.get(output.name) as Value)
}

function apply(node: GraphNode, values: ReadonlyMap<string, Value>): readonly Value[] {
  const name = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`
  const operator = operators.get(name)
  if (!operator) throw failure(`the interpreter has no operator ${name}`)
  const inputs = node.inputs.map((input) => {
    if (input === '') return undefined
    const value = values.get(input)
    if (!value) throw failure(`${name} reads "${input}" before it is computed`)
    return value
  })
  try {
    return operator(inputs, new Attributes(node.attributes))
  } catch (cause) {
    const shapes = inputs.map((input) => (input ? `[${input.dims.join(', ')}]` : 'none')).join(' and ')
    throw failure(`${name} of ${shapes}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** Fails unless the value has the shape and type that the graph declares for the tensor. */
function expectShape(tensor: Tensor, value: Value, symbols: Map<string, number>): void {
  const fits =
    tensor.dtype === value.dtype &&
    tensor.shape.length === value.dims.length &&
    tensor.shape.every((dim, axis) => {
      const length = value.dims[axis] as number
      if (typeof dim === 'number') return dim === length
      if (!symbols.has(dim.symbol)) symbols.set(dim.symbol, length / dim.times)
      return length === dim.times * (symbols.get(dim.symbol) as number)
    })
  if (fits) return
  const declared = `${tensor.dtype} ${formatShape(tensor.shape)}`
  throw failure(`"${tensor.name}" is declared ${declared} but is ${value.dtype} [${value.dims.join(', ')}]`)
}

function failure(message: string): VeilrecError {
  return new VeilrecError('RUNTIME_FAILED', `interpreter: ${message}`)
}
