import { required, type Attributes, type Operator } from './operator.js'
import { elementCount, resolveAxis, type Value } from './value.js'

/** Applies `f` to every row of the last axis. */
function perRow(x: Value, attributes: Attributes, f: (row: Float64Array) => Float64Array): Value {
  attributes.expectOnly('axis')
  if (resolveAxis(attributes.integer('axis', -1), x.dims.length) !== x.dims.length - 1) {
    throw new RangeError('only the last axis is known')
  }
  const width = x.dims.at(-1) as number
  const data = new Float64Array(x.data.length)
  for (let start = 0; start < data.length; start += width)
    data.set(f(x.data.subarray(start, start + width)), start)
  return { ...x, data }
}

function logSumExp(row: Float64Array): number {
  const largest = Math.max(...row)
  return largest + Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0))
}

const softmax: Operator = (inputs, attributes) => [
  perRow(required(inputs, 0), attributes, (row) => {
    const total = logSumExp(row)
    return row.map((x) => Math.exp(x - total))
  }),
]

const logSoftmax: Operator = (inputs, attributes) => [
  perRow(required(inputs, 0), attributes, (row) => {
    const total = logSumExp(row)
    return row.map((x) => x - total)
  }),
]

/** Gives the result, the mean and the inverse standard deviation of every row. */
const layerNormalization: Operator = (inputs, attributes) => {
  attributes.expectOnly('axis', 'epsilon')
  const [x, scale, bias] = [required(inputs, 0), required(inputs, 1), inputs[2]]
  const axis = resolveAxis(attributes.integer('axis', -1), x.dims.length)
  const epsilon = attributes.float('epsilon', 1e-5)
  const width = elementCount(x.dims.slice(axis))
  if (scale.data.length !== width) throw new RangeError('the scale does not fit the normalised axes')
  const dims = x.dims.map((dim, index) => (index < axis ? dim : 1))
  const result = { ...x, data: new Float64Array(x.data.length) }
  const mean = { ...x, dims, data: new Float64Array(elementCount(dims)) }
  const inverseStd = { ...x, dims, data: new Float64Array(elementCount(dims)) }
  for (let row = 0; row < mean.data.length; row++) {
    const values = x.data.subarray(row * width, (row + 1) * width)
    const average = values.reduce((total, value) => total + value, 0) / width
    const variance = values.reduce((total, value) => total + (value - average) ** 2, 0) / width
    const inverse = 1 / Math.sqrt(variance + epsilon)
    mean.data[row] = average
    inverseStd.data[row] = inverse
    values.forEach((value, column) => {
      const normalized = (value - average) * inverse
      result.data[row * width + column] =
        normalized * (scale.data[column] as number) + (bias?.data[column] ?? 0)
    })
  }
  return [result, mean, inverseStd]
}

/** Operators that look at whole rows. */
export const normalizationOperators: Readonly<Record<string, Operator>> = {
  LayerNormalization: layerNormalization,
  LogSoftmax: logSoftmax,
  Softmax: softmax,
}
