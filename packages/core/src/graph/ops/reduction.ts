import type { Graph } from '../graph.js'
import {
  normalizeAxis,
  sameDim,
  sameShape,
  shapeError,
  staticDim,
  staticShape,
  type Dim,
  type Shape,
} from '../shape.js'
import type { Tensor } from '../tensor.js'
import { cast, div, equal, maximum, mul, sqrt, where } from './elementwise.js'
import { emit } from './emit.js'
import { broadcastTo, reshape } from './shaping.js'
import { matmul } from './linear-algebra.js'

/** Which axes to reduce (all when left out, none when empty) and whether they stay as length 1. */
export interface ReductionOptions {
  readonly axes?: readonly number[]
  readonly keepDims?: boolean
}

interface Resolved {
  readonly axes: readonly number[]
  readonly kept: Dim[]
  readonly shape: Dim[]
}

function resolve(operation: string, x: Tensor, options: ReductionOptions): Resolved {
  const axes = (options.axes ?? x.shape.map((_, axis) => axis))
    .map((axis) => normalizeAxis(operation, x.shape, axis))
    .sort((a, b) => a - b)
  if (new Set(axes).size !== axes.length)
    throw shapeError(operation, `axes ${axes.join(', ')} repeat`, [x.shape])
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
  const shape = options.keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis))
  return { axes, kept, shape }
}

function reduce(opType: string, x: Tensor, { axes, shape }: Resolved, keepDims: boolean): Tensor {
  const axesTensor = x.graph.constant(BigInt64Array.from(axes, BigInt), 'int64', [axes.length])
  return emit(opType, [x, axesTensor], shape, { attributes: { keepdims: keepDims ? 1 : 0 } })
}

/** Sum over axes. */
export function sum(x: Tensor, options: ReductionOptions = {}): Tensor {
  const resolved = resolve('sum', x, options)
  if (resolved.axes.length === 0) return x
  const result = reduce('ReduceSum', x, resolved, options.keepDims ?? false)
  x.graph.differentiable([x], [result], ([g]) => [broadcastTo(reshape(g as Tensor, resolved.kept), x.shape)])
  return result
}

/** Mean over axes; every reduced axis is static. */
export function mean(x: Tensor, options: ReductionOptions = {}): Tensor {
  const resolved = resolve('mean', x, options)
  if (resolved.axes.length === 0) return x
  const count = resolved.axes.reduce((product, axis) => product * staticDim('mean', x.shape, axis), 1)
  const result = reduce('ReduceMean', x, resolved, options.keepDims ?? false)
  x.graph.differentiable([x], [result], ([g]) => [
    broadcastTo(reshape(mul(g as Tensor, 1 / count), resolved.kept), x.shape),
  ])
  return result
}

/** Maximum over axes; where several share it, each gets an equal part of the gradient (PyTorch's `amax`). */
export function max(x: Tensor, options: ReductionOptions = {}): Tensor {
  const resolved = resolve('max', x, options)
  if (resolved.axes.length === 0) return x
  const kept = reduce('ReduceMax', x, { ...resolved, shape: resolved.kept }, true)
  const result = options.keepDims ? kept : emit('Identity', [reshape(kept, resolved.shape)], resolved.shape)
  x.graph.differentiable([x], [result], ([g]) => {
    const isMax = cast(equal(x, kept), 'float32')
    const count = sum(isMax, { axes: resolved.axes, keepDims: true })
    return [mul(isMax, div(reshape(g as Tensor, resolved.kept), count))]
  })
  return result
}

/**
 * `log(sum(e^x))` over the last axis, which is dropped; computed without overflow as
 * `max(x) - log(max(softmax(x)))`, because the softmax is the gradient anyway.
 */
export function logSumExp(x: Tensor): Tensor {
  const resolved = resolve('logSumExp', x, { axes: [-1] })
  const probabilities = emit('Softmax', [x], x.shape, { attributes: { axis: -1 } })
  const largest = reduce('ReduceMax', x, resolved, false)
  const share = emit('Log', [reduce('ReduceMax', probabilities, resolved, false)], resolved.shape)
  const result = emit('Sub', [largest, share], resolved.shape)
  x.graph.differentiable([x], [result], ([g]) => [mul(probabilities, reshape(g as Tensor, resolved.kept))])
  return result
}

/** Euclidean length over the last axis (kept as length 1); its gradient at the zero vector is 0. */
export function norm(x: Tensor): Tensor {
  const squared = sum(mul(x, x), { axes: [-1], keepDims: true })
  const isZero = equal(squared, 0)
  return where(isZero, 0, sqrt(where(isZero, 1, squared)))
}

/** Mean of `values` weighted by `weights` (0 for padding), divided by the true count, at least 1. */
export function weightedMean(values: Tensor, weights: Tensor): Tensor {
  return div(sum(mul(values, weights)), maximum(sum(weights), 1))
}

/**
 * Undoes broadcasting: sums `x` down to `shape`. Leading axes are summed as a product with a row of
 * ones, which ONNX Runtime does faster than ReduceSum.
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const added = x.shape.length - shape.length
  const axes = x.shape.flatMap((dim, axis) => {
    const target = axis < added ? 1 : (shape[axis - added] as Dim)
    return sameDim(target, 1) && !sameDim(dim, 1) ? [axis] : []
  })
  if (axes.length === 0) return reshape(x, shape)
  const leading =
    axes.every((axis, index) => axis === index) && x.shape.every((dim) => typeof dim === 'number')
  if (!leading) return reshape(sum(x, { axes, keepDims: true }), shape)
  const rows = axes.reduce((product, axis) => product * staticDim('sumTo', x.shape, axis), 1)
  const columns = x.shape.slice(axes.length).reduce<number>((product, dim) => product * (dim as number), 1)
  if (columns === 1) return reshape(sum(x, { axes, keepDims: true }), shape)
  return reshape(rowProduct(ones(x.graph, [1, rows]), reshape(x, [rows, columns])), shape)
}

/**
 * The product of one row `[1, rows]` with `[rows, columns]`, `[1, columns]`. A long one is taken in eight
 * parts and added up: ONNX Runtime runs a product with a single row on one thread.
 */
export function rowProduct(row: Tensor, x: Tensor): Tensor {
  const [rows = 0, columns = 0] = staticShape('rowProduct', x.shape)
  const parts = 8
  if (rows < 1024 || rows % parts !== 0) return matmul(row, x)
  const length = rows / parts
  const partial = matmul(reshape(row, [parts, 1, length]), reshape(x, [parts, length, columns]))
  return sum(partial, { axes: [0] })
}

/** A float32 constant of ones. */
export function ones(graph: Graph, shape: readonly number[]): Tensor {
  return graph.sharedConstant(`ones${shape.join('x')}`, () => {
    const size = shape.reduce((product, dim) => product * dim, 1)
    return graph.constant(new Float32Array(size).fill(1), 'float32', shape)
  })
}
