import { required, type Operator } from './operator.js'
import { at, coordinatesOf, fill, positionOf, resolveAxis, type Value } from './value.js'

/** An index into an axis of the given length; negative ones count from the end. */
function resolveIndex(index: number, length: number): number {
  const resolved = index < 0 ? index + length : index
  if (Number.isInteger(resolved) && resolved >= 0 && resolved < length) return resolved
  throw new RangeError(`index ${index} is outside an axis of length ${length}`)
}

function requireIndices(indices: Value): void {
  if (indices.dtype !== 'int32' && indices.dtype !== 'int64')
    throw new TypeError(`indices are ${indices.dtype}`)
}

const gather: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis')
  const [x, indices] = [required(inputs, 0), required(inputs, 1)]
  requireIndices(indices)
  const axis = resolveAxis(attributes.integer('axis', 0), x.dims.length)
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]
  return [
    fill(x.dtype, dims, (index) => {
      const picked = at(indices, index.slice(axis, axis + indices.dims.length))
      const source = resolveIndex(picked, x.dims[axis] as number)
      return at(x, [...index.slice(0, axis), source, ...index.slice(axis + indices.dims.length)])
    }),
  ]
}

const gatherElements: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis')
  const [x, indices] = [required(inputs, 0), required(inputs, 1)]
  requireIndices(indices)
  const axis = resolveAxis(attributes.integer('axis', 0), x.dims.length)
  return [
    fill(x.dtype, indices.dims, (index, position) => {
      return at(x, index.with(axis, resolveIndex(indices.data[position] as number, x.dims[axis] as number)))
    }),
  ]
}

const scatterElements: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis', 'reduction')
  const [x, indices, updates] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)]
  requireIndices(indices)
  if (indices.dims.join() !== updates.dims.join()) throw new RangeError('one update per index is needed')
  const axis = resolveAxis(attributes.integer('axis', 0), x.dims.length)
  const reduction = attributes.word('reduction', 'none')
  if (reduction !== 'none' && reduction !== 'add') throw new TypeError(`unknown reduction ${reduction}`)
  const data = x.data.slice()
  const written = new Set<number>()
  indices.data.forEach((index, position) => {
    const row = resolveIndex(index, x.dims[axis] as number)
    const target = positionOf(coordinatesOf(position, indices.dims).with(axis, row), x.dims)
    const update = updates.data[position] as number
    if (reduction === 'none' && written.has(target)) {
      throw new RangeError('without a reduction, repeated indices have no defined result')
    }
    written.add(target)
    data[target] = reduction === 'add' ? (data[target] as number) + update : update
  })
  return [{ ...x, data }]
}

/** Equal values keep the order of their indices: the specification puts the lower index first. */
const topK: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis', 'largest', 'sorted')
  const x = required(inputs, 0)
  const count = required(inputs, 1).data[0] as number
  const axis = resolveAxis(attributes.integer('axis', -1), x.dims.length)
  const sign = attributes.integer('largest', 1) === 1 ? 1 : -1
  const length = x.dims[axis] as number
  const dims = x.dims.with(axis, count)
  const indices = fill('int64', dims, (index) => {
    const element = (position: number): number => at(x, index.with(axis, position))
    const order = Array.from({ length }, (_, position) => position)
    order.sort((a, b) => sign * (element(b) - element(a)) || a - b)
    return order[index[axis] as number] as number
  })
  const values = fill(x.dtype, dims, (index, position) =>
    at(x, index.with(axis, indices.data[position] as number)),
  )
  return [values, indices]
}

/** Operators that address elements by indices. */
export const indexingOperators: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  TopK: topK,
}
