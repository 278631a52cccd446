import { sameDim, shapeError, sizeOf, staticDim, type Dim } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { add, div, mul, scalar, sqrt, sub } from './elementwise.js'
import { emit } from './emit.js'
import { matmul } from './linear-algebra.js'
import { mean, ones, sumTo } from './reduction.js'
import { reshape } from './shaping.js'

/**
 * Layer normalisation over the last axis (Ba et al. 2016): `(x - mean) / sqrt(var + epsilon) * scale + bias`
 * with the biased variance, as PyTorch. `scale` and `bias` are `[d]`.
 *
 * With `n` the normalised rows and `q = g * scale`, the gradient of a row is
 * `(q - mean(q) - n mean(q n)) / std`. The centring and the scale are one small matrix product
 * (`g` times `diag(scale)(I - 1/d)`), and the row means products with a vector: on a CPU they cost
 * a fraction of the elementwise passes they replace.
 */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const width = requireRowVector('layerNorm', x, scale)
  requireRowVector('layerNorm', x, bias)
  const { graph } = x
  const statistics = [...x.shape.slice(0, -1), 1]
  const attributes = { axis: -1, epsilon: { float: epsilon } }
  const [result, , inverseStd] = graph.node(
    'LayerNormalization',
    [x, scale, bias],
    [x.shape, statistics, statistics].map((shape) => ({ dtype: x.dtype, shape })),
    attributes,
  ) as [Tensor, Tensor, Tensor]
  graph.differentiable([x, scale, bias], [result], ([g]) => {
    const gradient = g as Tensor
    const unit = ones(graph, [width])
    const none = mul(unit, 0)
    const normalized = emit('LayerNormalization', [x, unit, none], x.shape, { attributes })
    const product = mul(gradient, normalized)
    const scaleByMean = reshape(mul(scale, 1 / width), [width, 1])
    const projected = mul(matmul(flat(product, width), scaleByMean), -1)
    const centred = matmul(flat(gradient, width), centring(scale, width))
    const correction = mul(normalized, reshape(projected, statistics))
    const gradientX = mul(add(reshape(centred, x.shape), correction), inverseStd)
    return [gradientX, sumTo(product, scale.shape), sumTo(gradient, bias.shape)]
  })
  return result
}

/** `diag(scale)(I - 1/d)`, `[d, d]`: multiplying by it scales a row and takes its mean away. */
function centring(scale: Tensor, width: number): Tensor {
  const { graph } = scale
  const projector = graph.sharedConstant(`centring${width}`, () => {
    const data = Float32Array.from({ length: width * width }, (_, index) => {
      return (Math.floor(index / width) === index % width ? 1 : 0) - 1 / width
    })
    return graph.constant(data, 'float32', [width, width])
  })
  return mul(reshape(scale, [width, 1]), projector)
}

function flat(x: Tensor, width: number): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), width])
}

/** `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis (Zhang and Sennrich 2019), T5's norm. */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon = 1e-6): Tensor {
  requireRowVector('rmsNorm', x, scale)
  const meanSquare = mean(mul(x, x), { axes: [-1], keepDims: true })
  return mul(div(x, sqrt(add(meanSquare, epsilon))), scale)
}

/** What {@link batchNorm} gives besides the result: the statistics for the running averages. */
export interface BatchNormResult {
  readonly output: Tensor
  /** `[features]` */
  readonly mean: Tensor
  /** `[features]`, biased */
  readonly variance: Tensor
}

/**
 * Batch normalisation of `[rows, features]` with the statistics of the batch (Ioffe and Szegedy 2015);
 * the biased variance normalises, as in PyTorch.
 */
export function batchNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): BatchNormResult {
  requireRowVector('batchNorm', x, scale)
  const average = mean(x, { axes: [0] })
  const centred = sub(x, average)
  const variance = mean(mul(centred, centred), { axes: [0] })
  const normalized = div(centred, sqrt(add(variance, scalar(x.graph, epsilon))))
  return { output: add(mul(normalized, scale), bias), mean: average, variance }
}

function requireRowVector(operation: string, x: Tensor, vector: Tensor): number {
  if (vector.shape.length !== 1 || !sameDim(vector.shape[0] as Dim, x.shape.at(-1) as Dim)) {
    throw shapeError(operation, 'the parameters do not fit the last axis', [x.shape, vector.shape])
  }
  return staticDim(operation, vector.shape, 0)
}
