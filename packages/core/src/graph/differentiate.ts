import { VeilrecError } from '../errors/veilrec-error.js'
import type { Graph, IndexedSlices } from './graph.js'
import { add, scalar } from './ops/elementwise.js'
import { scatterSum } from './ops/indexing.js'
import { reshape } from './ops/shaping.js'
import { formatShape, sameShape, shapeError, staticDim, staticShape } from './shape.js'
import type { Tensor } from './tensor.js'

/**
 * The gradient of a loss for one tensor: a dense part, and parts for single rows left as they are,
 * so that a table of a million rows never meets a dense gradient. Their sum is the gradient.
 */
export interface Gradient {
  readonly dense: Tensor | undefined
  readonly slices: readonly IndexedSlices[]
}

interface Accumulator {
  dense: Tensor | undefined
  readonly slices: IndexedSlices[]
}

/**
 * Appends the backward pass of a scalar `loss` to its graph (reverse mode, one walk over the tape)
 * and returns the gradient for each tensor of `targets`: parameters, inputs or any intermediate.
 * A target the loss does not depend on has neither part.
 *
 * @throws `GRAPH_SHAPE_MISMATCH` when the loss is not a scalar, `GRAPH_INVALID` for a target of another graph.
 */
export function differentiate(loss: Tensor, targets: readonly Tensor[]): Gradient[] {
  if (loss.shape.length !== 0) throw shapeError('differentiate', 'the loss must be a scalar', [loss.shape])
  const graph = loss.graph
  for (const target of targets) graph.own(target)
  const entries = [...graph.tape]
  const wanted = reachable(graph, entries.length, targets)
  const gradients = new Map<string, Accumulator>()
  gradients.set(loss.name, { dense: scalar(graph, 1), slices: [] })

  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index] as (typeof entries)[number]
    if (!entry.inputs.some((input) => wanted.has(input.name))) continue
    if (!entry.outputs.some((output) => gradients.has(output.name))) continue
    const outputGradients = entry.outputs.map((output) => toDense(output, gradients.get(output.name)))
    const inputGradients = entry.vjp(outputGradients)
    entry.inputs.forEach((input, position) => {
      const gradient = inputGradients[position]
      if (gradient !== undefined && wanted.has(input.name)) accumulate(gradients, input, gradient)
    })
  }
  return targets.map((target) => gradients.get(target.name) ?? { dense: undefined, slices: [] })
}

/**
 * Like {@link differentiate}, with every gradient as one tensor of its target's shape.
 *
 * @throws `GRAPH_NOT_DIFFERENTIABLE` when the loss does not depend on a target.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  return differentiate(loss, targets).map((gradient, index) => {
    const target = targets[index] as Tensor
    const dense = toDense(target, gradient)
    if (dense) return dense
    throw new VeilrecError('GRAPH_NOT_DIFFERENTIABLE', `the loss does not depend on "${target.name}"`, {
      name: target.name,
    })
  })
}

/** Names of all tensors that depend on a target: only these need a gradient. */
function reachable(graph: Graph, length: number, targets: readonly Tensor[]): ReadonlySet<string> {
  const names = new Set(targets.map((target) => target.name))
  for (let index = 0; index < length; index++) {
    const entry = graph.tape[index] as (typeof graph.tape)[number]
    if (entry.inputs.some((input) => names.has(input.name))) {
      for (const output of entry.outputs) names.add(output.name)
    }
  }
  return names
}

function accumulate(
  gradients: Map<string, Accumulator>,
  input: Tensor,
  gradient: Tensor | IndexedSlices,
): void {
  let accumulator = gradients.get(input.name)
  if (!accumulator) {
    accumulator = { dense: undefined, slices: [] }
    gradients.set(input.name, accumulator)
  }
  if ('indices' in gradient) {
    accumulator.slices.push(gradient)
    return
  }
  if (!sameShape(gradient.shape, input.shape)) {
    throw new VeilrecError(
      'INTERNAL',
      `the gradient of "${input.name}" has shape ${formatShape(gradient.shape)}, not ${formatShape(input.shape)}`,
    )
  }
  accumulator.dense = accumulator.dense ? add(accumulator.dense, gradient) : gradient
}

function toDense(tensor: Tensor, gradient: Gradient | undefined): Tensor | undefined {
  if (!gradient) return undefined
  let dense = gradient.dense
  for (const { values, indices } of gradient.slices) {
    const rows = staticDim('gather gradient', tensor.shape, 0)
    const count = staticShape('gather gradient', indices.shape).reduce((size, dim) => size * dim, 1)
    const flat = reshape(values, [count, ...tensor.shape.slice(1)])
    const summed = scatterSum(flat, reshape(indices, [count]), rows)
    dense = dense ? add(dense, summed) : summed
  }
  return dense
}
