import type { DType, HostTensor } from '@veilrec/core'

/**
 * A value while a graph is interpreted: row-major doubles whatever the element type. Integers are
 * exact up to 2^53, bool is 0 or 1.
 */
export interface Value {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: Float64Array
}

/** A value from data outside the graph, without rounding. */
export function fromHost({ dtype, dims, data }: HostTensor): Value {
  return { dtype, dims, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) }
}

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((size, dim) => size * dim, 1)
}

/** Row-major strides. */
function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => elementCount(dims.slice(axis + 1)))
}

/** Coordinates of the element at a flat position. */
export function coordinatesOf(position: number, dims: readonly number[]): number[] {
  return stridesOf(dims).map((stride, axis) => Math.floor(position / stride) % (dims[axis] as number))
}

/** The flat position of coordinates. */
export function positionOf(coordinates: readonly number[], dims: readonly number[]): number {
  return coordinates.reduce((position, coordinate, axis) => position * (dims[axis] as number) + coordinate, 0)
}

/** Builds a value of the given shape from a function of each element's coordinates. */
export function fill(
  dtype: DType,
  dims: readonly number[],
  element: (coordinates: readonly number[], position: number) => number,
): Value {
  const data = new Float64Array(elementCount(dims))
  const coordinates = dims.map(() => 0)
  for (let position = 0; position < data.length; position++) {
    data[position] = element(coordinates, position)
    advance(coordinates, dims)
  }
  return { dtype, dims, data }
}

/** Steps coordinates to the next element in row-major order; after the last comes the first. */
function advance(coordinates: number[], dims: readonly number[]): void {
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    coordinates[axis] = (coordinates[axis] as number) + 1
    if ((coordinates[axis] as number) < (dims[axis] as number)) return
    coordinates[axis] = 0
  }
}

/** The element at coordinates; out of range is an error, never a silent `undefined`. */
export function at(value: Value, coordinates: readonly number[]): number {
  const position = positionOf(coordinates, value.dims)
  const element = value.data[position]
  const inside = coordinates.every(
    (coordinate, axis) => coordinate >= 0 && coordinate < (value.dims[axis] as number),
  )
  if (element === undefined || !inside) {
    throw new RangeError(`[${coordinates.join(', ')}] is outside [${value.dims.join(', ')}]`)
  }
  return element
}

/** The shape that NumPy broadcasting gives. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((dims) => dims.length))
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes
      .map((dims) => dims[axis - rank + dims.length] ?? 1)
      .filter((length) => length !== 1)
    if (new Set(lengths).size > 1)
      throw new RangeError(`no broadcast: ${shapes.map((dims) => `[${dims.join()}]`).join(' ')}`)
    return lengths[0] ?? 1
  })
}

/** The element that broadcasting puts at the coordinates of a larger shape. */
export function broadcastAt(value: Value, coordinates: readonly number[]): number {
  const skipped = coordinates.length - value.dims.length
  let position = 0
  value.dims.forEach((dim, axis) => {
    position = position * dim + (dim === 1 ? 0 : (coordinates[axis + skipped] as number))
  })
  return value.data[position] as number
}

/** Counts from the end when negative. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis
  if (resolved >= 0 && resolved < rank) return resolved
  throw new RangeError(`axis ${axis} does not exist at rank ${rank}`)
}
