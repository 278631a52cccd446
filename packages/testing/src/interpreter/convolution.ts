import { required, type Attributes, type Operator } from './operator.js'
import { at, coordinatesOf, elementCount, fill, positionOf, type Value } from './value.js'

interface Window {
  readonly strides: readonly number[]
  /** Padding before each spatial axis, then after each. */
  readonly pads: readonly number[]
}

function window(attributes: Attributes, spaceRank: number, ...known: readonly string[]): Window {
  attributes.expectOnly('strides', 'pads', ...known)
  const repeat = (value: number, count: number): number[] => Array.from({ length: count }, () => value)
  return {
    strides: attributes.integers('strides') ?? repeat(1, spaceRank),
    pads: attributes.integers('pads') ?? repeat(0, 2 * spaceRank),
  }
}

/** Calls `visit` with every coordinate of a shape. */
function forEachCoordinate(dims: readonly number[], visit: (coordinates: readonly number[]) => void): void {
  for (let position = 0; position < elementCount(dims); position++) visit(coordinatesOf(position, dims))
}

function outputSpace(x: Value, kernel: readonly number[], { strides, pads }: Window): number[] {
  const space = x.dims.slice(2)
  return space.map((length, axis) => {
    const padded = length + (pads[axis] as number) + (pads[axis + space.length] as number)
    return Math.floor((padded - (kernel[axis] as number)) / (strides[axis] as number)) + 1
  })
}

/** Where tap `tap` of the window at `place` reads; `undefined` inside the padding. */
function source(
  place: readonly number[],
  tap: readonly number[],
  { strides, pads }: Window,
  space: readonly number[],
): number[] | undefined {
  const read = place.map(
    (p, axis) => p * (strides[axis] as number) + (tap[axis] as number) - (pads[axis] as number),
  )
  return read.every((coordinate, axis) => coordinate >= 0 && coordinate < (space[axis] as number))
    ? read
    : undefined
}

const conv: Operator = (inputs, attributes) => {
  const [x, kernel, bias] = [required(inputs, 0), required(inputs, 1), inputs[2]]
  const taps = kernel.dims.slice(2)
  const settings = window(attributes, taps.length)
  const channels = x.dims[1] as number
  if (kernel.dims[1] !== channels) throw new RangeError('the kernel has other channels')
  const dims = [x.dims[0] as number, kernel.dims[0] as number, ...outputSpace(x, taps, settings)]
  return [
    fill(x.dtype, dims, ([batch = 0, filter = 0, ...place]) => {
      let total = bias?.data[filter] ?? 0
      forEachCoordinate(taps, (tap) => {
        const read = source(place, tap, settings, x.dims.slice(2))
        if (!read) return
        for (let channel = 0; channel < channels; channel++) {
          total += at(x, [batch, channel, ...read]) * at(kernel, [filter, channel, ...tap])
        }
      })
      return total
    }),
  ]
}

/** Adds every input element times the kernel `[channels, filters, ...window]` onto the output. */
const convTranspose: Operator = (inputs, attributes) => {
  const [x, kernel] = [required(inputs, 0), required(inputs, 1)]
  if (inputs[2]) throw new TypeError('ConvTranspose: a bias is not known')
  const taps = kernel.dims.slice(2)
  const settings = window(attributes, taps.length)
  const { strides, pads } = settings
  const space = x.dims.slice(2).map((length, axis) => {
    const full = (length - 1) * (strides[axis] as number) + (taps[axis] as number)
    return full - (pads[axis] as number) - (pads[axis + taps.length] as number)
  })
  const dims = [x.dims[0] as number, kernel.dims[1] as number, ...space]
  const data = new Float64Array(elementCount(dims))
  forEachCoordinate(x.dims, (coordinates) => {
    const [batch = 0, channel = 0, ...place] = coordinates
    forEachCoordinate(kernel.dims.slice(1), ([filter = 0, ...tap]) => {
      const written = source(place, tap, settings, space)
      if (!written) return
      const target = positionOf([batch, filter, ...written], dims)
      data[target] = (data[target] as number) + at(x, coordinates) * at(kernel, [channel, filter, ...tap])
    })
  })
  return [{ dtype: x.dtype, dims, data }]
}

/** The largest element of each window and its position in the whole input; a tie goes to the first. */
const maxPool: Operator = (inputs, attributes) => {
  const x = required(inputs, 0)
  const taps = attributes.integers('kernel_shape') ?? []
  const settings = window(attributes, taps.length, 'kernel_shape')
  const dims = [...x.dims.slice(0, 2), ...outputSpace(x, taps, settings)]
  const indices = fill('int64', dims, ([batch = 0, channel = 0, ...place]) => {
    let best = -1
    forEachCoordinate(taps, (tap) => {
      const read = source(place, tap, settings, x.dims.slice(2))
      if (!read) return
      const position = positionOf([batch, channel, ...read], x.dims)
      if (best < 0 || (x.data[position] as number) > (x.data[best] as number)) best = position
    })
    return best
  })
  return [{ dtype: x.dtype, dims, data: indices.data.map((position) => x.data[position] as number) }, indices]
}

/** Operators on sliding windows over `[batch, channels, ...space]`. */
export const convolutionOperators: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
}
