import type { Tensor } from '../tensor.js'
import { exp, mul, sub } from './elementwise.js'
import { emit } from './emit.js'
import { sum } from './reduction.js'

/** `e^x_i / sum_j e^x_j` over the last axis, computed without overflow. */
export function softmax(x: Tensor): Tensor {
  const result = emit('Softmax', [x], x.shape, { attributes: { axis: -1 } })
  x.graph.differentiable([x], [result], ([g]) => {
    const weighted = mul(g as Tensor, result)
    return [sub(weighted, mul(result, sum(weighted, { axes: [-1], keepDims: true })))]
  })
  return result
}

/** `x_i - log sum_j e^x_j` over the last axis; never the logarithm of a softmax. */
export function logSoftmax(x: Tensor): Tensor {
  const result = emit('LogSoftmax', [x], x.shape, { attributes: { axis: -1 } })
  x.graph.differentiable([x], [result], ([g]) => [
    sub(g as Tensor, mul(exp(result), sum(g as Tensor, { axes: [-1], keepDims: true }))),
  ])
  return result
}
