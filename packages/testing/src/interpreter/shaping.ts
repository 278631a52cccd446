import { required, type Operator } from './operator.js'
import { at, broadcastAt, broadcastDims, elementCount, fill, resolveAxis, type Value } from './value.js'

const reshape: Operator = (inputs, attributes) => {
  attributes.expectOnly('allowzero')
  const x = required(inputs, 0)
  const copyZeros = attributes.integer('allowzero', 0) === 0
  const wanted = [...required(inputs, 1).data].map((dim, axis) =>
    dim === 0 && copyZeros ? (x.dims[axis] ?? 0) : dim,
  )
  const known = elementCount(wanted.filter((dim) => dim !== -1))
  const dims = wanted.map((dim) => (dim === -1 ? x.data.length / known : dim))
  if (elementCount(dims) !== x.data.length) throw new RangeError(`[${x.dims.join()}] is not [${dims.join()}]`)
  return [{ ...x, dims }]
}

const transpose: Operator = (inputs, attributes) => {
  attributes.expectOnly('perm')
  const x = required(inputs, 0)
  const order = attributes.integers('perm') ?? x.dims.map((_, axis) => axis).reverse()
  const dims = order.map((axis) => x.dims[axis] as number)
  const inverse = order.map((_, axis) => order.indexOf(axis))
  return [
    fill(x.dtype, dims, (index) =>
      at(
        x,
        inverse.map((axis) => index[axis] as number),
      ),
    ),
  ]
}

const expand: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const x = required(inputs, 0)
  const dims = broadcastDims(x.dims, [...required(inputs, 1).data])
  return [fill(x.dtype, dims, (index) => broadcastAt(x, index))]
}

const concat: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis')
  const parts = inputs.map((_, index) => required(inputs, index))
  const first = required(inputs, 0)
  const axis = resolveAxis(attributes.integer('axis', 0), first.dims.length)
  const length = parts.reduce((total, part) => total + (part.dims[axis] as number), 0)
  return [
    fill(first.dtype, first.dims.with(axis, length), (index) => {
      let offset = index[axis] as number
      const part = parts.find((candidate) => {
        if (offset < (candidate.dims[axis] as number)) return true
        offset -= candidate.dims[axis] as number
        return false
      }) as Value
      return at(part, index.with(axis, offset))
    }),
  ]
}

const split: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis')
  const x = required(inputs, 0)
  const axis = resolveAxis(attributes.integer('axis', 0), x.dims.length)
  const lengths = [...required(inputs, 1).data]
  if (lengths.reduce((total, length) => total + length, 0) !== x.dims[axis])
    throw new RangeError('parts do not fill the axis')
  return lengths.map((length, part) => {
    const offset = lengths.slice(0, part).reduce((total, before) => total + before, 0)
    return fill(x.dtype, x.dims.with(axis, length), (index) =>
      at(x, index.with(axis, (index[axis] as number) + offset)),
    )
  })
}

/** Steps other than 1 and negative bounds are not part of what the graphs use. */
const slice: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const x = required(inputs, 0)
  const [starts, ends] = [required(inputs, 1).data, required(inputs, 2).data]
  const axes = [...(inputs[3]?.data ?? starts.map((_, axis) => axis))].map((axis) =>
    resolveAxis(axis, x.dims.length),
  )
  if (inputs[4]?.data.some((step) => step !== 1)) throw new RangeError('Slice: only steps of 1 are known')
  if ([...starts, ...ends].some((bound) => bound < 0))
    throw new RangeError('Slice: negative bounds are not known')
  const offsets = x.dims.map(() => 0)
  const dims = [...x.dims]
  axes.forEach((axis, position) => {
    const end = Math.min(ends[position] as number, x.dims[axis] as number)
    offsets[axis] = starts[position] as number
    dims[axis] = Math.max(0, end - (starts[position] as number))
  })
  return [
    fill(x.dtype, dims, (index) =>
      at(
        x,
        index.map((coordinate, axis) => coordinate + (offsets[axis] as number)),
      ),
    ),
  ]
}

const pad: Operator = (inputs, attributes) => {
  attributes.expectOnly('mode')
  if (attributes.word('mode', 'constant') !== 'constant')
    throw new TypeError('Pad: only mode constant is known')
  const x = required(inputs, 0)
  const pads = [...required(inputs, 1).data]
  const value = inputs[2]?.data[0] ?? 0
  const rank = x.dims.length
  const dims = x.dims.map((dim, axis) => dim + (pads[axis] as number) + (pads[axis + rank] as number))
  return [
    fill(x.dtype, dims, (index) => {
      const source = index.map((coordinate, axis) => coordinate - (pads[axis] as number))
      const inside = source.every(
        (coordinate, axis) => coordinate >= 0 && coordinate < (x.dims[axis] as number),
      )
      return inside ? at(x, source) : value
    }),
  ]
}

const unsqueeze: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const x = required(inputs, 0)
  const given = [...required(inputs, 1).data]
  const axes = given.map((axis) => resolveAxis(axis, x.dims.length + given.length))
  const dims = [...x.dims]
  for (const axis of axes.toSorted((a, b) => a - b)) dims.splice(axis, 0, 1)
  return [{ ...x, dims }]
}

const squeeze: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const x = required(inputs, 0)
  const axes = inputs[1] && [...inputs[1].data].map((axis) => resolveAxis(axis, x.dims.length))
  return [{ ...x, dims: x.dims.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)) }]
}

/** Operators that move elements and compute nothing. */
export const shapingOperators: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Expand: expand,
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
