import type { Attribute } from '../graph.js'
import type { Shape } from '../shape.js'
import type { DType, Tensor } from '../tensor.js'

/** Appends a node with one result, in the graph of its first input. */
export function emit(
  opType: string,
  inputs: readonly [Tensor, ...(Tensor | undefined)[]],
  shape: Shape,
  options: {
    readonly dtype?: DType
    readonly attributes?: Readonly<Record<string, Attribute>>
    readonly domain?: string
  } = {},
): Tensor {
  const { dtype = inputs[0].dtype, attributes = {}, domain = '' } = options
  return inputs[0].graph.node(opType, inputs, [{ dtype, shape }], attributes, domain)[0] as Tensor
}
