import type { DType } from '@veilrec/core'

import { required, type Operator } from './operator.js'
import { broadcastAt, broadcastDims, fill, type Value } from './value.js'

function map(x: Value, f: (element: number) => number): Value {
  return { ...x, data: x.data.map(f) }
}

function unary(f: (element: number) => number): Operator {
  return (inputs, attributes) => {
    attributes.expectOnly()
    return [map(required(inputs, 0), f)]
  }
}

function sameType(a: Value, b: Value): DType {
  if (a.dtype === b.dtype) return a.dtype
  throw new TypeError(`element types differ: ${a.dtype} and ${b.dtype}`)
}

function binary(f: (a: number, b: number) => number, dtype?: DType): Operator {
  return (inputs, attributes) => {
    attributes.expectOnly()
    const [a, b] = [required(inputs, 0), required(inputs, 1)]
    const type = dtype ?? sameType(a, b)
    sameType(a, b)
    return [
      fill(type, broadcastDims(a.dims, b.dims), (index) => f(broadcastAt(a, index), broadcastAt(b, index))),
    ]
  }
}

/**
 * The error function to double precision: `2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!`
 * (Abramowitz and Stegun 7.1.6), whose terms have one sign.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let total = x
  for (let n = 1; Math.abs(term) > Math.abs(total) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    total += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

/** `log(1 + e^x)` without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

const gelu: Operator = (inputs, attributes) => {
  attributes.expectOnly('approximate')
  if (attributes.word('approximate', 'none') !== 'none') throw new TypeError('only the exact Gelu is known')
  return [map(required(inputs, 0), (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)))]
}

const leakyRelu: Operator = (inputs, attributes) => {
  attributes.expectOnly('alpha')
  const slope = attributes.float('alpha', 0.01)
  return [map(required(inputs, 0), (x) => (x < 0 ? slope * x : x))]
}

const clip: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const low = inputs[1]?.data[0] ?? -Infinity
  const high = inputs[2]?.data[0] ?? Infinity
  return [map(required(inputs, 0), (x) => Math.min(high, Math.max(low, x)))]
}

const where: Operator = (inputs, attributes) => {
  attributes.expectOnly()
  const [condition, a, b] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)]
  if (condition.dtype !== 'bool') throw new TypeError(`the condition is ${condition.dtype}, not bool`)
  const dims = broadcastDims(condition.dims, a.dims, b.dims)
  return [fill(sameType(a, b), dims, (index) => broadcastAt(broadcastAt(condition, index) ? a : b, index))]
}

const typeNumbers = new Map<number, DType>([
  [1, 'float32'],
  [2, 'uint8'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [11, 'float64'],
])

const cast: Operator = (inputs, attributes) => {
  attributes.expectOnly('to')
  const x = required(inputs, 0)
  const dtype = typeNumbers.get(attributes.integer('to', 0))
  if (!dtype) throw new TypeError('unknown element type')
  if (dtype === 'bool') return [{ ...map(x, (element) => (element === 0 ? 0 : 1)), dtype }]
  const isFloat = dtype === 'float32' || dtype === 'float64'
  return [{ ...map(x, isFloat ? (element) => element : Math.trunc), dtype }]
}

/** Operators that treat every element by itself, with broadcasting where they have two inputs. */
export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  Abs: unary(Math.abs),
  Add: binary((a, b) => a + b),
  And: binary((a, b) => (a && b ? 1 : 0), 'bool'),
  Cast: cast,
  Clip: clip,
  Cos: unary(Math.cos),
  Div: binary((a, b) => a / b),
  Equal: binary((a, b) => (a === b ? 1 : 0), 'bool'),
  Erf: unary(erf),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Gelu: gelu,
  Greater: binary((a, b) => (a > b ? 1 : 0), 'bool'),
  GreaterOrEqual: binary((a, b) => (a >= b ? 1 : 0), 'bool'),
  Identity: unary((x) => x),
  LeakyRelu: leakyRelu,
  Less: binary((a, b) => (a < b ? 1 : 0), 'bool'),
  LessOrEqual: binary((a, b) => (a <= b ? 1 : 0), 'bool'),
  Log: unary(Math.log),
  Max: binary((a, b) => Math.max(a, b)),
  Min: binary((a, b) => Math.min(a, b)),
  Mul: binary((a, b) => a * b),
  Neg: unary((x) => -x),
  Not: unary((x) => (x ? 0 : 1)),
  Or: binary((a, b) => (a || b ? 1 : 0), 'bool'),
  Pow: binary((a, b) => a ** b),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Softplus: unary(softplus),
  Sqrt: unary(Math.sqrt),
  Sub: binary((a, b) => a - b),
  Tanh: unary(Math.tanh),
  Where: where,
}
