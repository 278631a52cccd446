import {
  broadcastShapes,
  normalizeAxis,
  sameDim,
  sameShape,
  shapeError,
  sizeOf,
  staticDim,
  staticShape,
  type Dim,
  type Shape,
} from '../shape.js'
import type { Graph } from '../graph.js'
import type { Tensor } from '../tensor.js'
import { emit } from './emit.js'
import { sumTo } from './reduction.js'

function int64(graph: Graph, values: readonly number[]): Tensor {
  return graph.constant(BigInt64Array.from(values, BigInt), 'int64', [values.length])
}

/** The same elements in another shape; at most one dimension is symbolic. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  if (!sameDim(sizeOf(x.shape), sizeOf(shape))) throw shapeError('reshape', 'sizes differ', [x.shape, shape])
  const target = int64(
    x.graph,
    shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
  )
  const result = emit('Reshape', [x, target], shape, { attributes: { allowzero: 1 } })
  x.graph.differentiable([x], [result], ([g]) => [reshape(g as Tensor, x.shape)])
  return result
}

/** Permutes axes: axis `i` of the result is axis `order[i]` of `x`. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if (
    [...order].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
    order.length !== x.shape.length
  ) {
    throw shapeError('transpose', `[${order.join(', ')}] is no order of the axes`, [x.shape])
  }
  const result = emit(
    'Transpose',
    [x],
    order.map((axis) => x.shape[axis] as Dim),
    { attributes: { perm: order } },
  )
  const inverse = order.map((_, axis) => order.indexOf(axis))
  x.graph.differentiable([x], [result], ([g]) => [transpose(g as Tensor, inverse)])
  return result
}

/** Repeats length-1 axes until the shape is `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw shapeError('broadcastTo', 'shapes do not fit', [x.shape, shape])
  }
  const target = int64(x.graph, staticShape('broadcastTo', shape))
  const result = emit('Expand', [x, target], shape)
  x.graph.differentiable([x], [result], ([g]) => [sumTo(g as Tensor, x.shape)])
  return result
}

/** Joins tensors along an axis; every other dimension is equal. */
export function concat(parts: readonly [Tensor, ...Tensor[]], axis: number): Tensor {
  const first = parts[0]
  const at = normalizeAxis('concat', first.shape, axis)
  for (const part of parts) {
    const fits = part.shape.length === first.shape.length
    if (!fits || !part.shape.every((dim, index) => index === at || sameDim(dim, first.shape[index] as Dim))) {
      throw shapeError(
        'concat',
        `parts differ outside axis ${at}`,
        parts.map((tensor) => tensor.shape),
      )
    }
  }
  if (parts.length === 1) return first
  const lengths = parts.map((part) => staticDim('concat', part.shape, at))
  const shape = first.shape.with(
    at,
    lengths.reduce((total, length) => total + length, 0),
  )
  const result = emit('Concat', parts as [Tensor, ...Tensor[]], shape, { attributes: { axis: at } })
  first.graph.differentiable(parts, [result], ([g]) => split(g as Tensor, lengths, at))
  return result
}

/** Cuts an axis into consecutive parts of the given lengths. */
export function split(x: Tensor, lengths: readonly number[], axis: number): Tensor[] {
  const at = normalizeAxis('split', x.shape, axis)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (total !== staticDim('split', x.shape, at)) {
    throw shapeError('split', `parts of ${lengths.join(' + ')} do not fill axis ${at}`, [x.shape])
  }
  if (lengths.length === 1) return [x]
  const shapes = lengths.map((length) => x.shape.with(at, length))
  const parts = x.graph.node(
    'Split',
    [x, int64(x.graph, lengths)],
    shapes.map((shape) => ({ dtype: x.dtype, shape })),
    { axis: at },
  )
  x.graph.differentiable([x], parts, (gradients) => [
    concat(
      gradients.map(
        (gradient, index) => gradient ?? zeros(x.graph, staticShape('split', shapes[index] as Shape)),
      ) as [Tensor, ...Tensor[]],
      at,
    ),
  ])
  return parts
}

/** The elements `from <= index < to` of an axis. */
export function slice(x: Tensor, axis: number, from: number, to: number): Tensor {
  const at = normalizeAxis('slice', x.shape, axis)
  const length = staticDim('slice', x.shape, at)
  if (!(from >= 0 && from < to && to <= length)) {
    throw shapeError('slice', `${from}..${to} is outside axis ${at}`, [x.shape])
  }
  if (from === 0 && to === length) return x
  const { graph } = x
  const shape = x.shape.with(at, to - from)
  const result = emit('Slice', [x, int64(graph, [from]), int64(graph, [to]), int64(graph, [at])], shape)
  graph.differentiable([x], [result], ([g]) => {
    const before = x.shape.map((_, index) => (index === at ? from : 0))
    const after = x.shape.map((_, index) => (index === at ? length - to : 0))
    return [emit('Pad', [g as Tensor, int64(graph, [...before, ...after])], x.shape)]
  })
  return result
}

/** A float32 constant of zeros. */
export function zeros(graph: Graph, shape: readonly number[]): Tensor {
  return graph.sharedConstant(`zeros${shape.join('x')}`, () => {
    const size = shape.reduce((product, dim) => product * dim, 1)
    return graph.constant(new Float32Array(size), 'float32', shape)
  })
}
