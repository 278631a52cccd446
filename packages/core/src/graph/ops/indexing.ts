import { normalizeAxis, sameDim, sameShape, shapeError, staticDim, staticShape, type Dim } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { scalar } from './elementwise.js'
import { emit } from './emit.js'
import { broadcastTo, reshape, zeros } from './shaping.js'

/**
 * Rows of `table` (axis 0) by int32 `indices`: `[rows, ...row]` and any shape give `[...indices, ...row]`.
 * The gradient stays a list of rows ({@link IndexedSlices}) until something needs it dense.
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  if (indices.dtype !== 'int32') {
    throw shapeError('gather', `indices must be int32, not ${indices.dtype}`, [table.shape, indices.shape])
  }
  const row = table.shape.slice(1)
  const result = emit('Gather', [table, indices], [...indices.shape, ...row], { attributes: { axis: 0 } })
  table.graph.differentiable([table], [result], ([g]) => [{ values: g as Tensor, indices }])
  return result
}

/**
 * Sums rows by index: `result[r] = sum of values[i] where indices[i] = r`, `[count, ...row]` to
 * `[rows, ...row]`. Uses ScatterElements, which accumulates in order on one thread: ONNX Runtime's
 * CPU ScatterND with a reduction is a data race on repeated indices.
 */
export function scatterSum(values: Tensor, indices: Tensor, rows: number): Tensor {
  const shape = staticShape('scatterSum', values.shape)
  const count = shape[0] ?? 0
  const row = shape.slice(1)
  if (indices.shape.length !== 1 || indices.shape[0] !== count) {
    throw shapeError('scatterSum', 'one index per row is needed', [values.shape, indices.shape])
  }
  const width = row.reduce((size, dim) => size * dim, 1)
  const target = zeros(values.graph, [rows, width])
  const expanded = broadcastTo(reshape(indices, [count, 1]), [count, width])
  const flat = reshape(values, [count, width])
  const result = emit('ScatterElements', [target, expanded, flat], [rows, width], {
    attributes: { axis: 0, reduction: 'add' },
  })
  values.graph.differentiable([flat], [result], ([g]) => [gather(g as Tensor, indices)])
  return reshape(result, [rows, ...row])
}

/**
 * One element per index along the last axis: `x` `[..., classes]` and int32 `indices` `[..., picks]`
 * give `[..., picks]`. Within one row the picks must differ.
 */
export function takeAlongLast(x: Tensor, indices: Tensor): Tensor {
  const leading = x.shape.slice(0, -1)
  if (indices.dtype !== 'int32' || !sameShape(indices.shape.slice(0, -1), leading)) {
    throw shapeError('takeAlongLast', 'int32 indices with the same leading axes are needed', [
      x.shape,
      indices.shape,
    ])
  }
  const result = emit('GatherElements', [x, indices], indices.shape, { attributes: { axis: -1 } })
  x.graph.differentiable([x], [result], ([g]) => [scatterAlongLast(x, indices, g as Tensor)])
  return result
}

function scatterAlongLast(x: Tensor, indices: Tensor, values: Tensor): Tensor {
  const target = zeros(x.graph, staticShape('takeAlongLast', x.shape))
  return emit('ScatterElements', [target, indices, values], x.shape, { attributes: { axis: -1 } })
}

/**
 * `x` `[..., classes]` with the element `indices[...]` of each row replaced by `value`; a negative index
 * leaves its row alone. No gradient flows to what was replaced.
 */
export function replaceAlongLast(x: Tensor, indices: Tensor, value: number): Tensor {
  const leading = x.shape.slice(0, -1)
  if (indices.dtype !== 'int32' || !sameShape(indices.shape, leading)) {
    throw shapeError('replaceAlongLast', 'one int32 index per row is needed', [x.shape, indices.shape])
  }
  const column = [...leading, 1]
  const wanted = reshape(indices, column)
  const present = emit('Less', [x.graph.constant(Int32Array.of(-1), 'int32', []), wanted], column, {
    dtype: 'bool',
  })
  const at = emit('Max', [wanted, x.graph.constant(Int32Array.of(0), 'int32', [])], column)
  const replace = (rows: Tensor, replacement: Tensor): Tensor => {
    const kept = emit('GatherElements', [rows, at], column, { attributes: { axis: -1 } })
    const update = emit('Where', [present, replacement, kept], column, { dtype: 'float32' })
    return emit('ScatterElements', [rows, at, update], rows.shape, { attributes: { axis: -1 } })
  }
  const result = replace(x, scalar(x.graph, value))
  x.graph.differentiable([x], [result], ([g]) => [replace(g as Tensor, scalar(x.graph, 0))])
  return result
}

/** The `count` largest values along the last axis, in falling order; ties go to the lower index. */
export function topKValues(x: Tensor, count: number): Tensor {
  const available = staticDim('topKValues', x.shape, -1)
  if (!(Number.isInteger(count) && count >= 1 && count <= available)) {
    throw shapeError('topKValues', `cannot take ${count}`, [x.shape])
  }
  const shape = x.shape.with(-1, count)
  const k = x.graph.constant(BigInt64Array.of(BigInt(count)), 'int64', [1])
  const [values, indices] = x.graph.node(
    'TopK',
    [x, k],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { axis: x.shape.length - 1, largest: 1, sorted: 1 },
  ) as [Tensor, Tensor]
  x.graph.differentiable([x], [values], ([g]) => [scatterAlongLast(x, indices, g as Tensor)])
  return values
}

/** Index `indices[b]` along axis 1 for every row: `x` `[batch, time, d]`, int32 `[batch]` give `[batch, d]`. */
export function takeTimeStep(x: Tensor, indices: Tensor): Tensor {
  const [batch, , width] = x.shape as readonly [Dim, Dim, Dim]
  if (x.shape.length !== 3 || indices.shape.length !== 1 || !sameDim(indices.shape[0] as Dim, batch)) {
    throw shapeError('takeTimeStep', 'needs [batch, time, d] and [batch]', [x.shape, indices.shape])
  }
  const steps = staticDim('takeTimeStep', x.shape, normalizeAxis('takeTimeStep', x.shape, 1))
  const { graph } = x
  const positions = graph.constant(
    Int32Array.from({ length: steps }, (_, step) => step),
    'int32',
    [1, steps],
  )
  const isStep = emit('Equal', [reshape(indices, [batch, 1]), positions], [batch, steps], { dtype: 'bool' })
  const oneHot = emit('Cast', [isStep], [batch, steps], { dtype: 'float32', attributes: { to: 1 } })
  const picked = emit('MatMul', [reshape(oneHot, [batch, 1, steps]), x], [batch, 1, width])
  graph.differentiable([x], [picked], ([g]) => [
    emit('Mul', [g as Tensor, reshape(oneHot, [batch, steps, 1])], x.shape),
  ])
  return reshape(picked, [batch, width])
}
