import type { Graph } from '../graph.js'
import { broadcastShapes, sameShape, shapeError } from '../shape.js'
import type { DType, Tensor } from '../tensor.js'
import { emit } from './emit.js'
import { sumTo } from './reduction.js'

/** A float32 scalar constant. */
export function scalar(graph: Graph, value: number): Tensor {
  return graph.constant(Float32Array.of(value), 'float32', [])
}

type Operand = Tensor | number

function operand(value: Operand, graph: Graph): Tensor {
  return typeof value === 'number' ? scalar(graph, value) : value
}

function binary(
  opType: string,
  left: Operand,
  right: Operand,
  vjp: (gradient: Tensor, a: Tensor, b: Tensor, result: Tensor) => readonly [Tensor, Tensor],
): Tensor {
  const graph = (typeof left === 'number' ? (right as Tensor) : left).graph
  const a = operand(left, graph)
  const b = operand(right, graph)
  requireSameType(opType, a, b)
  const result = emit(opType, [a, b], broadcastShapes(opType, a.shape, b.shape))
  graph.differentiable([a, b], [result], ([gradient]) => {
    const [ga, gb] = vjp(gradient as Tensor, a, b, result)
    return [sumTo(ga, a.shape), sumTo(gb, b.shape)]
  })
  return result
}

function requireSameType(operation: string, a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return
  throw shapeError(operation, `element types differ (${a.dtype} and ${b.dtype})`, [a.shape, b.shape])
}

/** `a + b` with broadcasting. */
export function add(a: Operand, b: Operand): Tensor {
  return binary('Add', a, b, (g) => [g, g])
}

/** `a - b` with broadcasting. */
export function sub(a: Operand, b: Operand): Tensor {
  return binary('Sub', a, b, (g) => [g, neg(g)])
}

/** `a * b` with broadcasting. */
export function mul(a: Operand, b: Operand): Tensor {
  return binary('Mul', a, b, (g, x, y) => [mul(g, y), mul(g, x)])
}

/** `a / b` with broadcasting. */
export function div(a: Operand, b: Operand): Tensor {
  return binary('Div', a, b, (g, _, y, result) => {
    const scaled = div(g, y)
    return [scaled, neg(mul(scaled, result))]
  })
}

/** Elementwise maximum; at a tie each side gets half of the gradient (PyTorch's rule). */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary('Max', a, b, (g, x, y) => shareAtTies(g, greater(x, y), equal(x, y)))
}

/** Elementwise minimum; at a tie each side gets half of the gradient (PyTorch's rule). */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary('Min', a, b, (g, x, y) => shareAtTies(g, less(x, y), equal(x, y)))
}

function shareAtTies(gradient: Tensor, wins: Tensor, ties: Tensor): readonly [Tensor, Tensor] {
  const share = add(cast(wins, 'float32'), mul(cast(ties, 'float32'), 0.5))
  const left = mul(gradient, share)
  return [left, sub(gradient, left)]
}

function unary(
  opType: string,
  x: Tensor,
  vjp: (gradient: Tensor, result: Tensor) => Tensor,
  attributes: Readonly<Record<string, { readonly float: number } | string>> = {},
): Tensor {
  const result = emit(opType, [x], x.shape, { attributes })
  x.graph.differentiable([x], [result], ([gradient]) => [vjp(gradient as Tensor, result)])
  return result
}

/** `-x` */
export function neg(x: Tensor): Tensor {
  return unary('Neg', x, (g) => neg(g))
}

/** `e^x` */
export function exp(x: Tensor): Tensor {
  return unary('Exp', x, (g, y) => mul(g, y))
}

/** Natural logarithm; -Infinity at 0. */
export function log(x: Tensor): Tensor {
  return unary('Log', x, (g) => div(g, x))
}

/** Square root; its gradient at 0 is infinite, use {@link norm} for lengths of vectors. */
export function sqrt(x: Tensor): Tensor {
  return unary('Sqrt', x, (g, y) => div(mul(g, 0.5), y))
}

/** `|x|`, gradient 0 at 0. */
export function abs(x: Tensor): Tensor {
  return unary('Abs', x, (g) => mul(g, emit('Sign', [x], x.shape)))
}

/** `max(x, 0)`, gradient 0 at 0. */
export function relu(x: Tensor): Tensor {
  return unary('Relu', x, (g, y) => mul(g, cast(greater(y, 0), 'float32')))
}

/** `x` where positive, `slope * x` elsewhere; gradient `slope` at 0. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return unary('LeakyRelu', x, (g) => where(greater(x, 0), g, mul(g, slope)), { alpha: { float: slope } })
}

/** `1 / (1 + e^-x)` */
export function sigmoid(x: Tensor): Tensor {
  return unary('Sigmoid', x, (g, y) => mul(g, mul(y, sub(1, y))))
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary('Tanh', x, (g, y) => mul(g, sub(1, mul(y, y))))
}

/** `log(1 + e^x)`, computed without overflow. */
export function softplus(x: Tensor): Tensor {
  return unary('Softplus', x, (g) => mul(g, sigmoid(x)))
}

/** `log sigmoid(x) = -softplus(-x)`, computed without overflow. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)))
}

/** `x * Phi(x)` with the exact normal distribution function (Hendrycks and Gimpel 2016). */
export function gelu(x: Tensor): Tensor {
  return unary('Gelu', x, (g) => {
    const cumulative = mul(add(emit('Erf', [mul(x, Math.SQRT1_2)], x.shape), 1), 0.5)
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
    return mul(g, add(cumulative, mul(x, density)))
  })
}

/** The error function `2/sqrt(pi) * integral of e^(-t^2) from 0 to x`. */
export function erf(x: Tensor): Tensor {
  return unary('Erf', x, (g) => mul(mul(g, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x)))))
}

/** `max(low, min(x, high))`; gradient 0 outside, 1 at the borders. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  const result = emit('Clip', [x, scalar(x.graph, low), scalar(x.graph, high)], x.shape)
  x.graph.differentiable([x], [result], ([g]) => [mul(g as Tensor, cast(equal(x, result), 'float32'))])
  return result
}

/** `condition ? a : b`, with broadcasting; the gradient goes to the side that was taken. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const graph = condition.graph
  const x = operand(a, graph)
  const y = operand(b, graph)
  requireSameType('Where', x, y)
  const result = emit(
    'Where',
    [condition, x, y],
    broadcastShapes('Where', condition.shape, x.shape, y.shape),
    {
      dtype: x.dtype,
    },
  )
  graph.differentiable([x, y], [result], ([g]) => [
    sumTo(where(condition, g as Tensor, 0), x.shape),
    sumTo(where(condition, 0, g as Tensor), y.shape),
  ])
  return result
}

/** `a > b` as bool; no gradient. */
export function greater(a: Operand, b: Operand): Tensor {
  return compare('Greater', a, b)
}

/** `a < b` as bool; no gradient. */
export function less(a: Operand, b: Operand): Tensor {
  return compare('Less', a, b)
}

/** `a == b` as bool; no gradient. */
export function equal(a: Operand, b: Operand): Tensor {
  return compare('Equal', a, b)
}

function compare(opType: string, a: Operand, b: Operand): Tensor {
  const graph = (typeof a === 'number' ? (b as Tensor) : a).graph
  const dtype = (typeof a === 'number' ? (b as Tensor) : a).dtype
  const constant = (value: Operand): Tensor => {
    if (typeof value !== 'number') return value
    if (dtype === 'int32') return graph.constant(Int32Array.of(value), 'int32', [])
    return scalar(graph, value)
  }
  const [x, y] = [constant(a), constant(b)]
  requireSameType(opType, x, y)
  return emit(opType, [x, y], broadcastShapes(opType, x.shape, y.shape), { dtype: 'bool' })
}

/** The same values in another element type; no gradient, because it serves masks and indices. */
export function cast(x: Tensor, dtype: DType): Tensor {
  const to = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 }[dtype]
  return emit('Cast', [x], x.shape, { dtype, attributes: { to } })
}

/** The value of `x`, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return emit('Identity', [x], x.shape)
}

/** `x` forwards, `-scale` times the gradient backwards (Ganin and Lempitsky 2015). */
export function reverseGradient(x: Tensor, scale = 1): Tensor {
  const result = emit('Identity', [x], x.shape)
  x.graph.differentiable([x], [result], ([g]) => [mul(g as Tensor, -scale)])
  return result
}

/** The value of `hard` with the gradient of `soft` (Bengio et al. 2013); both of one shape. */
export function straightThrough(hard: Tensor, soft: Tensor): Tensor {
  if (!sameShape(hard.shape, soft.shape)) {
    throw shapeError('straightThrough', 'shapes must be equal', [hard.shape, soft.shape])
  }
  const result = emit('Identity', [hard], hard.shape)
  hard.graph.differentiable([soft], [result], ([g]) => [g])
  return result
}
