import { VeilrecError } from '../errors/veilrec-error.js'
import type { HostArray } from './host-tensor.js'
import { formatShape, type Shape } from './shape.js'
import type { DType, Tensor } from './tensor.js'

/** An ONNX attribute: plain numbers and lists are integers, floats are marked as such. */
export type Attribute = number | readonly number[] | string | { readonly float: number }

/** One ONNX operator application; `inputs` may hold `''` for an optional input left out. */
export interface GraphNode {
  readonly opType: string
  /** `''` for standard ONNX, `com.microsoft` for ONNX Runtime's own operators. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A gradient for some rows of a tensor: `values[i]` belongs to row `indices[i]`; rows may repeat. */
export interface IndexedSlices {
  /** `[...indices, ...row]` */
  readonly values: Tensor
  /** int32 of any shape */
  readonly indices: Tensor
}

/** What a vector-Jacobian product gives for one input; `undefined` where there is no gradient. */
export type InputGradient = Tensor | IndexedSlices | undefined

/**
 * The backward rule of an operation: gradients of the outputs (undefined where nothing downstream
 * uses that output) to gradients of the inputs, in the inputs' order.
 */
export type VectorJacobianProduct = (
  outputGradients: readonly (Tensor | undefined)[],
) => readonly InputGradient[]

/** One differentiable operation, however many ONNX nodes it emitted. */
export interface TapeEntry {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly vjp: VectorJacobianProduct
}

/** A value baked into the graph. */
export interface GraphConstant {
  readonly tensor: Tensor
  readonly data: HostArray
}

/**
 * A computation under construction: ONNX nodes in topological order, and the tape that
 * differentiation walks backwards. Names are unique; a mistake fails here, when the graph is built.
 */
export class Graph {
  readonly inputs = new Map<string, Tensor>()
  readonly constants = new Map<string, GraphConstant>()
  readonly nodes: GraphNode[] = []
  readonly tape: TapeEntry[] = []
  readonly #tensors = new Map<string, Tensor>()
  readonly #constantsByContent = new Map<string, Tensor>()
  #counter = 0

  /** Declares a value that is fed at run time. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    const tensor = this.#define(name, dtype, shape)
    this.inputs.set(name, tensor)
    return tensor
  }

  /** A constant; equal constants share one tensor. */
  constant(data: HostArray, dtype: DType, shape: readonly number[]): Tensor {
    const content = data.length <= 64 ? `${dtype}${formatShape(shape)}:${data.join(',')}` : undefined
    const known = content === undefined ? undefined : this.#constantsByContent.get(content)
    if (known) return known
    const expected = shape.reduce((size, dim) => size * dim, 1)
    if (data.length !== expected) {
      throw new VeilrecError(
        'GRAPH_SHAPE_MISMATCH',
        `constant: ${data.length} values do not fill the shape ${formatShape(shape)}`,
        { values: data.length, shape },
      )
    }
    const tensor = this.#define(this.freshName('const'), dtype, shape)
    this.constants.set(tensor.name, { tensor, data })
    if (content !== undefined) this.#constantsByContent.set(content, tensor)
    return tensor
  }

  /** A constant that is costly to make; made once per graph under `key`. */
  sharedConstant(key: string, make: () => Tensor): Tensor {
    const known = this.#constantsByContent.get(key)
    if (known) return known
    const made = make()
    this.#constantsByContent.set(key, made)
    return made
  }

  /** Appends a node with `outputs.length` results and returns their tensors. */
  node(
    opType: string,
    inputs: readonly (Tensor | undefined)[],
    outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Tensor[] {
    for (const input of inputs) {
      if (input !== undefined && this.#tensors.get(input.name) !== input) {
        throw new VeilrecError('GRAPH_INVALID', `${opType}: ${input.name} is not a tensor of this graph`, {
          opType,
          name: input.name,
        })
      }
    }
    const prefix = opType.toLowerCase()
    const tensors = outputs.map(({ dtype, shape }) => this.#define(this.freshName(prefix), dtype, shape))
    this.nodes.push({
      opType,
      domain,
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: tensors.map((tensor) => tensor.name),
      attributes,
    })
    return tensors
  }

  /** Records how to differentiate through an operation; returns its outputs. */
  differentiable<Outputs extends readonly Tensor[]>(
    inputs: readonly Tensor[],
    outputs: Outputs,
    vjp: VectorJacobianProduct,
  ): Outputs {
    this.tape.push({ inputs, outputs, vjp })
    return outputs
  }

  /** The tensor of that name; throws `GRAPH_INVALID` for an unknown one. */
  tensor(name: string): Tensor {
    const tensor = this.#tensors.get(name)
    if (tensor) return tensor
    throw new VeilrecError('GRAPH_INVALID', `no tensor named "${name}" in the graph`, { name })
  }

  /** The tensor itself; throws `GRAPH_INVALID` when it belongs to another graph. */
  own(tensor: Tensor): Tensor {
    if (this.#tensors.get(tensor.name) === tensor) return tensor
    throw new VeilrecError(
      'GRAPH_INVALID',
      `"${tensor.name}" ${formatShape(tensor.shape)} is not a tensor of this graph`,
      {
        name: tensor.name,
      },
    )
  }

  /** A name nothing in the graph has yet. */
  freshName(prefix: string): string {
    return `${prefix}_${this.#counter++}`
  }

  #define(name: string, dtype: DType, shape: Shape): Tensor {
    if (this.#tensors.has(name)) {
      throw new VeilrecError('GRAPH_INVALID', `the graph already has a tensor named "${name}"`, { name })
    }
    for (const dim of shape) {
      const length = typeof dim === 'number' ? dim : dim.times
      if (!Number.isInteger(length) || length < 0) {
        throw new VeilrecError(
          'GRAPH_SHAPE_MISMATCH',
          `"${name}" has the impossible shape ${formatShape(shape)}`,
          {
            name,
          },
        )
      }
    }
    const tensor: Tensor = { graph: this, name, dtype, shape: [...shape] }
    this.#tensors.set(name, tensor)
    return tensor
  }
}
