import { required, type Operator } from './operator.js'
import { at, broadcastAt, broadcastDims, fill, type Value } from './value.js'

/** The value with its last two axes exchanged. */
function transposeLastTwo(x: Value): Value {
  const dims = [...x.dims.slice(0, -2), x.dims.at(-1) as number, x.dims.at(-2) as number]
  return fill(x.dtype, dims, (index) =>
    at(x, [...index.slice(0, -2), index.at(-1) as number, index.at(-2) as number]),
  )
}

function product(a: Value, b: Value, scale: number): Value {
  const [rows, inner] = a.dims.slice(-2) as [number, number]
  const [innerB, columns] = b.dims.slice(-2) as [number, number]
  if (inner !== innerB) throw new RangeError(`inner dimensions differ: [${a.dims.join()}] [${b.dims.join()}]`)
  const dims = [...broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2)), rows, columns]
  return fill(a.dtype, dims, (index) => {
    const row = [...index.slice(0, -1), 0]
    const column = [...index.slice(0, -2), 0, index.at(-1) as number]
    let total = 0
    for (let k = 0; k < inner; k++) {
      row[row.length - 1] = k
      column[column.length - 2] = k
      // Broadcasting must not touch the axis that is summed over, also where it has length 1.
      total += broadcastAt(a, row) * broadcastAt(b, column)
    }
    return scale * total
  })
}

const matMul: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const [a, b] = [required(inputs, 0), required(inputs, 1)]
  if (a.dims.length < 2 || b.dims.length < 2) throw new RangeError('MatMul: vectors are not known')
  return [product(a, b, 1)]
}

/** `com.microsoft.FusedMatMul`: a product with optional transposes of the last two axes and a factor. */
const fusedMatMul: Operator = (inputs, attributes) => {
  attributes.expectOnly('transA', 'transB', 'alpha')
  const [a, b] = [required(inputs, 0), required(inputs, 1)]
  return [
    product(
      attributes.integer('transA', 0) ? transposeLastTwo(a) : a,
      attributes.integer('transB', 0) ? transposeLastTwo(b) : b,
      attributes.float('alpha', 1),
    ),
  ]
}

const gemm: Operator = (inputs, attributes) => {
  attributes.expectOnly('transA', 'transB', 'alpha', 'beta')
  const [a, b, c] = [required(inputs, 0), required(inputs, 1), inputs[2]]
  const ab = product(
    attributes.integer('transA', 0) ? transposeLastTwo(a) : a,
    attributes.integer('transB', 0) ? transposeLastTwo(b) : b,
    attributes.float('alpha', 1),
  )
  if (!c) return [ab]
  const beta = attributes.float('beta', 1)
  return [
    fill(
      ab.dtype,
      ab.dims,
      (index, position) => (ab.data[position] as number) + beta * broadcastAt(c, index),
    ),
  ]
}

/** Matrix products. */
export const linearAlgebraOperators: Readonly<Record<string, Operator>> = {
  'com.microsoft.FusedMatMul': fusedMatMul,
  Gemm: gemm,
  MatMul: matMul,
}
