import { VeilrecError } from '../errors/veilrec-error.js'

/** A dimension that is not known until the graph runs: `times` copies of `symbol`, such as 50 x batch. */
export interface SymbolicDim {
  readonly symbol: string
  readonly times: number
}

/** A static length, or a multiple of a symbolic one. */
export type Dim = number | SymbolicDim

/** Dimensions from the outermost to the innermost; `[]` is a scalar. */
export type Shape = readonly Dim[]

/** The symbolic batch dimension of exported graphs. */
export const batchDim: SymbolicDim = { symbol: 'batch', times: 1 }

/** A shape as people read it: `[50*batch, 64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.map(formatDim).join(', ')}]`
}

function formatDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim)
  return dim.times === 1 ? dim.symbol : `${dim.times}*${dim.symbol}`
}

export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a.symbol === b.symbol && a.times === b.times
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis] as Dim))
}

/** Number of elements; the product may hold one symbolic factor. */
export function sizeOf(shape: Shape): Dim {
  let size: Dim = 1
  for (const dim of shape) size = multiplyDims(size, dim)
  return size
}

function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') {
    return typeof b === 'number' ? a * b : { symbol: b.symbol, times: a * b.times }
  }
  if (typeof b === 'number') return { symbol: a.symbol, times: a.times * b }
  throw shapeError('size', 'a shape may hold one symbolic dimension', [[a, b]])
}

/** The dimension as a number; throws `GRAPH_SHAPE_MISMATCH` where the operation cannot be symbolic. */
export function staticDim(operation: string, shape: Shape, axis: number): number {
  const dim = shape[axis < 0 ? axis + shape.length : axis]
  if (typeof dim === 'number') return dim
  throw shapeError(operation, `needs a static dimension at axis ${axis}`, [shape])
}

/** The whole shape as numbers; throws `GRAPH_SHAPE_MISMATCH` where the operation cannot be symbolic. */
export function staticShape(operation: string, shape: Shape): number[] {
  return shape.map((_, axis) => staticDim(operation, shape, axis))
}

/** Counts from the end when negative; throws `GRAPH_SHAPE_MISMATCH` outside the rank. */
export function normalizeAxis(operation: string, shape: Shape, axis: number): number {
  const normalized = axis < 0 ? axis + shape.length : axis
  if (Number.isInteger(axis) && normalized >= 0 && normalized < shape.length) return normalized
  throw shapeError(operation, `axis ${axis} does not exist`, [shape])
}

/** The shape of an elementwise result under ONNX (= NumPy) broadcasting. */
export function broadcastShapes(operation: string, ...shapes: readonly Shape[]): Dim[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length))
  const result: Dim[] = Array.from({ length: rank }, () => 1)
  for (const shape of shapes) {
    shape.forEach((dim, position) => {
      const axis = rank - shape.length + position
      const present = result[axis] as Dim
      if (sameDim(present, 1)) result[axis] = dim
      else if (!sameDim(dim, 1) && !sameDim(dim, present)) {
        throw shapeError(operation, 'shapes do not broadcast', shapes)
      }
    })
  }
  return result
}

/** The error for shapes that do not fit, with every shape in the message. */
export function shapeError(operation: string, problem: string, shapes: readonly Shape[]): VeilrecError {
  const listed = shapes.map(formatShape)
  return new VeilrecError('GRAPH_SHAPE_MISMATCH', `${operation}: ${problem}: ${listed.join(' and ')}`, {
    operation,
    shapes: listed,
  })
}
