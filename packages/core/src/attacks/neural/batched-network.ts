import { constant, kaimingUniform, xavierUniform, type Initializer } from '../../graph/initializers.js'
import { add, mul, relu } from '../../graph/ops/elementwise.js'
import { matmul } from '../../graph/ops/linear-algebra.js'
import { layerNorm } from '../../graph/ops/normalization.js'
import { ones } from '../../graph/ops/reduction.js'
import { zeros } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim, staticShape } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'

/** A multi-layer perceptron: hidden layers with ReLU, then logits. */
export interface NetworkShape {
  /** Width of the input. */
  readonly inputs: number
  /** Whether something behind the input is trained, too, and needs its gradient. */
  readonly trainedInputs: boolean
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly numClasses: number
  /** Whether each hidden layer is normalised (Ba et al. 2016) before its ReLU. */
  readonly layerNorm: boolean
  /** Dropout after each hidden layer while training, in `[0, 1)`. */
  readonly dropout: number
}

/** Name of the input that holds the dropout mask of a hidden layer, `[fits, rows, width]`. */
export function maskName(layer: number): string {
  return `mask${layer}`
}

/**
 * Several perceptrons of one shape side by side: `x` `[fits, rows, inputs]` gives logits `[fits, rows, numClasses]`, and
 * nothing of one fit reaches another.
 *
 * Every parameter carries the fits as its leading axis. Weights start by He et al. 2015 before a ReLU and by Glorot and
 * Bengio 2010 before the logits, biases at 0; only a trace of a single fit draws them, a larger one is filled from
 * such. While training, masks of dropout are inputs ({@link maskName}), so that each fit draws its own.
 */
export function batchedNetwork(scope: Scope, x: Tensor, shape: NetworkShape): Tensor {
  const last = shape.hidden.length
  const state = shape.hidden.reduce((input, width, layer) => {
    const inner = scope.child(`hidden${layer}`)
    const product = batchedLinear(inner, input, width, kaimingUniform())
    const active = relu(shape.layerNorm ? batchedLayerNorm(inner, product) : product)
    if (!scope.trace.training || shape.dropout === 0) return active
    return mul(active, scope.input(maskName(layer), 'float32', staticShape('mask', active.shape)))
  }, x)
  return batchedLinear(scope.child(`hidden${last}`), state, shape.numClasses, xavierUniform())
}

function batchedLinear(scope: Scope, x: Tensor, outputs: number, initializer: Initializer): Tensor {
  const fits = staticDim('batchedLinear', x.shape, 0)
  const inputs = staticDim('batchedLinear', x.shape, 2)
  const weight = scope.parameter('weight', [fits, inputs, outputs], ofSingleFit(initializer))
  return add(matmul(x, weight), scope.parameter('bias', [fits, 1, outputs], ofSingleFit(constant(0))))
}

function batchedLayerNorm(scope: Scope, x: Tensor): Tensor {
  const [fits = 0, , width = 0] = staticShape('batchedLayerNorm', x.shape)
  const scale = scope.parameter('scale', [fits, 1, width], ofSingleFit(constant(1)))
  const shift = scope.parameter('shift', [fits, 1, width], ofSingleFit(constant(0)))
  const normalized = layerNorm(x, ones(x.graph, [width]), zeros(x.graph, [width]))
  return add(mul(normalized, scale), shift)
}

function ofSingleFit(initializer: Initializer): Initializer {
  return (values, [fits, ...shape], rng) => {
    if (fits === 1) initializer(values, shape, rng)
  }
}
