import { required, type Operator } from './operator.js'
import { coordinatesOf, elementCount, positionOf, resolveAxis, type Value } from './value.js'

/** Reduces over the axes of the second input; no or empty axes mean all of them. */
function reduction(
  start: number,
  combine: (total: number, element: number) => number,
  isMean = false,
): Operator {
  return (inputs, attributes) => {
    attributes.expectOnly('keepdims', 'noop_with_empty_axes')
    const x = required(inputs, 0)
    const given = [...(inputs[1]?.data ?? [])].map((axis) => resolveAxis(axis, x.dims.length))
    if (given.length === 0 && attributes.integer('noop_with_empty_axes', 0) === 1) return [x]
    if (new Set(given).size !== given.length) throw new RangeError(`axes ${given.join(', ')} repeat`)
    const axes = given.length === 0 ? x.dims.map((_, axis) => axis) : given
    const kept = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    const data = new Float64Array(elementCount(kept)).fill(start)
    x.data.forEach((element, position) => {
      const target = positionOf(
        coordinatesOf(position, x.dims).map((coordinate, axis) => (axes.includes(axis) ? 0 : coordinate)),
        kept,
      )
      data[target] = combine(data[target] as number, element)
    })
    const count = elementCount(axes.map((axis) => x.dims[axis] as number))
    const keep = attributes.integer('keepdims', 1) === 1
    const result: Value = {
      dtype: x.dtype,
      dims: keep ? kept : x.dims.filter((_, axis) => !axes.includes(axis)),
      data: isMean ? data.map((total) => total / count) : data,
    }
    return [result]
  }
}

/** Operators that combine the elements of axes. */
export const reductionOperators: Readonly<Record<string, Operator>> = {
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMean: reduction(0, (total, element) => total + element, true),
  ReduceMin: reduction(Infinity, Math.min),
  ReduceSum: reduction(0, (total, element) => total + element),
}
