import protobuf from 'protobufjs/minimal.js'

import { VeilrecError } from '../errors/veilrec-error.js'
import type { Attribute, Graph, GraphNode } from './graph.js'
import type { HostArray } from './host-tensor.js'
import type { Shape } from './shape.js'
import type { DType, Tensor } from './tensor.js'

const irVersion = 10
/** Version of the standard operator set that graphs are written for. */
export const opsetVersion = 20
const dataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
}

/** An encoded graph and the inputs that are left after pruning. */
export interface OnnxModel {
  readonly bytes: Uint8Array
  /** Names that must be fed, in graph order. */
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
}

/** What to write besides the graph. */
export interface OnnxOptions {
  /** Inputs to bake in as initializers, such as trained parameters. */
  readonly initializers?: ReadonlyMap<string, HostArray>
  /** Names for the outputs, in order; default is the tensors' own. */
  readonly outputNames?: readonly string[]
  /** Key-value metadata of the model file. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Encodes what `outputs` need of a graph as an ONNX model (IR 10, opset 20, plus `com.microsoft`);
 * nodes that reach no output are left out. Throws `GRAPH_INVALID` for a duplicate output.
 */
export function toOnnx(graph: Graph, outputs: readonly Tensor[], options: OnnxOptions = {}): OnnxModel {
  const outputNames = options.outputNames ?? outputs.map((output) => output.name)
  if (new Set(outputNames).size !== outputNames.length) {
    throw new VeilrecError('GRAPH_INVALID', `an output is named twice: ${outputNames.join(', ')}`, {
      outputNames,
    })
  }
  const taken = outputs.find(({ name }, index) => outputNames[index] === name && graph.inputs.has(name))
  if (taken) {
    throw new VeilrecError('GRAPH_INVALID', `the output "${taken.name}" is an input; give it another name`, {
      name: taken.name,
    })
  }
  const identities: GraphNode[] = outputs.flatMap(({ name }, index) => {
    const asked = outputNames[index] as string
    if (asked === name) return []
    return [{ opType: 'Identity', domain: '', inputs: [name], outputs: [asked], attributes: {} }]
  })
  const { nodes, used } = prune(graph, outputs)
  const clash = identities.flatMap((node) => node.outputs).find((name) => used.has(name))
  if (clash !== undefined) {
    throw new VeilrecError('GRAPH_INVALID', `the output name "${clash}" is taken by another tensor`, {
      name: clash,
    })
  }
  const inputs = [...graph.inputs.values()].filter(({ name }) => used.has(name))
  const baked = inputs.filter(({ name }) => options.initializers?.has(name))
  const fed = inputs.filter(({ name }) => !options.initializers?.has(name))

  const body = protobuf.Writer.create()
  for (const node of [...nodes, ...identities]) message(body, 1, (writer) => writeNode(writer, node))
  body.uint32(tag(2, 2)).string('veilrec')
  for (const { tensor, data } of graph.constants.values()) {
    if (used.has(tensor.name)) message(body, 5, (writer) => writeTensor(writer, tensor, data))
  }
  for (const tensor of baked) {
    const data = options.initializers?.get(tensor.name) as HostArray
    message(body, 5, (writer) => writeTensor(writer, tensor, data))
  }
  for (const input of fed) message(body, 11, (writer) => writeValueInfo(writer, input.name, input))
  outputs.forEach((output, index) => {
    message(body, 12, (writer) => writeValueInfo(writer, outputNames[index] as string, output))
  })

  const model = protobuf.Writer.create()
  model.uint32(tag(1, 0)).int64(irVersion)
  model.uint32(tag(2, 2)).string('veilrec')
  model.uint32(tag(7, 2)).bytes(body.finish())
  for (const [domain, version] of [
    ['', opsetVersion],
    ['com.microsoft', 1],
  ] as const) {
    message(model, 8, (writer) => writer.uint32(tag(1, 2)).string(domain).uint32(tag(2, 0)).int64(version))
  }
  for (const [key, value] of Object.entries(options.metadata ?? {})) {
    message(model, 14, (writer) => writer.uint32(tag(1, 2)).string(key).uint32(tag(2, 2)).string(value))
  }
  return { bytes: model.finish(), inputNames: fed.map(({ name }) => name), outputNames }
}

/** The nodes that the outputs depend on, in graph order, and every tensor name they mention. */
export function prune(
  graph: Graph,
  outputs: readonly Tensor[],
): { readonly nodes: readonly GraphNode[]; readonly used: ReadonlySet<string> } {
  const used = new Set(outputs.map((output) => graph.own(output).name))
  const nodes: GraphNode[] = []
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index] as GraphNode
    if (!node.outputs.some((output) => used.has(output))) continue
    nodes.push(node)
    for (const input of node.inputs) if (input !== '') used.add(input)
  }
  return { nodes: nodes.reverse(), used }
}

function writeNode(writer: protobuf.Writer, node: GraphNode): void {
  for (const input of node.inputs) writer.uint32(tag(1, 2)).string(input)
  for (const output of node.outputs) writer.uint32(tag(2, 2)).string(output)
  writer.uint32(tag(3, 2)).string(node.outputs[0] ?? node.opType)
  writer.uint32(tag(4, 2)).string(node.opType)
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, (attribute) => writeAttribute(attribute, name, value))
  }
  if (node.domain !== '') writer.uint32(tag(7, 2)).string(node.domain)
}

function writeAttribute(writer: protobuf.Writer, name: string, value: Attribute): void {
  writer.uint32(tag(1, 2)).string(name)
  if (typeof value === 'number') {
    writer.uint32(tag(3, 0)).int64(value).uint32(tag(20, 0)).int32(2)
  } else if (typeof value === 'string') {
    writer.uint32(tag(4, 2)).string(value).uint32(tag(20, 0)).int32(3)
  } else if ('float' in value) {
    writer.uint32(tag(2, 5)).float(value.float).uint32(tag(20, 0)).int32(1)
  } else {
    for (const item of value) writer.uint32(tag(8, 0)).int64(item)
    writer.uint32(tag(20, 0)).int32(7)
  }
}

function writeTensor(writer: protobuf.Writer, tensor: Tensor, data: HostArray): void {
  for (const dim of tensor.shape) writer.uint32(tag(1, 0)).int64(dim as number)
  writer.uint32(tag(2, 0)).int32(dataTypes[tensor.dtype])
  writer.uint32(tag(8, 2)).string(tensor.name)
  writer.uint32(tag(9, 2)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function writeValueInfo(writer: protobuf.Writer, name: string, { dtype, shape }: Tensor): void {
  writer.uint32(tag(1, 2)).string(name)
  message(writer, 2, (type) => {
    message(type, 1, (tensorType) => {
      tensorType.uint32(tag(1, 0)).int32(dataTypes[dtype])
      message(tensorType, 2, (shapeProto) => writeShape(shapeProto, shape))
    })
  })
}

function writeShape(writer: protobuf.Writer, shape: Shape): void {
  for (const dim of shape) {
    message(writer, 1, (proto) => {
      if (typeof dim === 'number') proto.uint32(tag(1, 0)).int64(dim)
      else proto.uint32(tag(2, 2)).string(dim.times === 1 ? dim.symbol : `${dim.times}*${dim.symbol}`)
    })
  }
}

function message(writer: protobuf.Writer, field: number, write: (nested: protobuf.Writer) => unknown): void {
  writer.uint32(tag(field, 2)).fork()
  write(writer)
  writer.ldelim()
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType
}
