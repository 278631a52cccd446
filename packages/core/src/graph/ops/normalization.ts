import { sameDim, shapeError, sizeOf, staticDim, type Dim } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { add, div, mul, scalar, sqrt, sub } from './elementwise.js'
import { matmul } from './linear-algebra.js'
import { mean, rowProduct, sumTo } from './reduction.js'
import { reshape } from './shaping.js'

/**
 * Layer normalisation over the last axis (Ba et al. 2016): `(x - mean) / std * scale + bias` with
 * `std = sqrt(var + epsilon)` and the biased variance, as PyTorch. `scale` and `bias` are `[d]`.
 *
 * With `c = x - mean` and `q = g scale`, the gradient of a row is
 * `(q - mean(q) - c mean(q c) / std^2) / std`. Row means are products with a column, sums over rows
 * products with a row: on a CPU they cost less than the elementwise passes around them.
 */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const width = requireRowVector('layerNorm', x, scale)
  requireRowVector('layerNorm', x, bias)
  const { graph } = x
  const statistics = [...x.shape.slice(0, -1), 1]
  const [result, average, inverseStd] = graph.node(
    'LayerNormalization',
    [x, scale, bias],
    [x.shape, statistics, statistics].map((shape) => ({ dtype: x.dtype, shape })),
    { axis: -1, epsilon: { float: epsilon } },
  ) as [Tensor, Tensor, Tensor]
  graph.differentiable([x, scale, bias], [result], ([g]) => {
    const gradient = g as Tensor
    const centred = sub(x, average)
    const product = mul(gradient, centred)
    const scaleByMean = reshape(mul(scale, 1 / width), [width, 1])
    const rowMean = (values: Tensor): Tensor => reshape(matmul(flat(values, width), scaleByMean), statistics)
    const slope = mul(rowMean(product), mul(inverseStd, inverseStd))
    const correction = add(mul(centred, slope), rowMean(gradient))
    const gradientX = mul(sub(mul(gradient, scale), correction), inverseStd)
    const rows = sizeOf(x.shape.slice(0, -1))
    const gradientScale = rowProduct(reshape(inverseStd, [1, rows]), flat(product, width))
    return [gradientX, reshape(gradientScale, scale.shape), sumTo(gradient, bias.shape)]
  })
  return result
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
