import { constant } from '../graph/initializers.js'
import {
  batchNorm as batchNormOperation,
  layerNorm as layerNormOperation,
  rmsNorm as rmsNormOperation,
  type BatchNormResult,
} from '../graph/ops/normalization.js'
import { add, div, mul, sub, sqrt } from '../graph/ops/elementwise.js'
import type { Scope } from '../graph/scope.js'
import { staticDim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/** Layer normalisation with trained `scale` (from 1) and `bias` (from 0), both `[d]`. */
export function layerNorm(scope: Scope, x: Tensor, epsilon = 1e-5): Tensor {
  const width = staticDim('layerNorm', x.shape, -1)
  const scale = scope.parameter('scale', [width], constant(1))
  const bias = scope.parameter('bias', [width], constant(0))
  return layerNormOperation(x, scale, bias, epsilon)
}

/** Root-mean-square normalisation with a trained `scale` `[d]` from 1, as T5 uses it. */
export function rmsNorm(scope: Scope, x: Tensor, epsilon = 1e-6): Tensor {
  const width = staticDim('rmsNorm', x.shape, -1)
  return rmsNormOperation(x, scope.parameter('scale', [width], constant(1)), epsilon)
}

/**
 * Batch normalisation of `[rows, features]`. Training uses the batch's statistics and returns them,
 * for {@link updateRunningStatistics}; otherwise the running statistics `runningMean` and
 * `runningVariance` are used, parameters that no step trains.
 */
export function batchNorm(scope: Scope, x: Tensor, epsilon = 1e-5): BatchNormResult {
  const width = staticDim('batchNorm', x.shape, -1)
  const scale = scope.parameter('scale', [width], constant(1))
  const bias = scope.parameter('bias', [width], constant(0))
  const mean = scope.parameter('runningMean', [width], constant(0))
  const variance = scope.parameter('runningVariance', [width], constant(1))
  if (scope.trace.training) return batchNormOperation(x, scale, bias, epsilon)
  const output = add(mul(div(sub(x, mean), sqrt(add(variance, epsilon))), scale), bias)
  return { output, mean, variance }
}

/**
 * PyTorch's running averages after a training batch of `rows` rows:
 * `running = (1 - momentum) running + momentum batch`, with the unbiased variance.
 */
export function updateRunningStatistics(
  running: { readonly mean: Float32Array; readonly variance: Float32Array },
  batch: { readonly mean: Float32Array; readonly variance: Float32Array },
  rows: number,
  momentum = 0.1,
): void {
  const unbiased = rows / Math.max(rows - 1, 1)
  for (let i = 0; i < running.mean.length; i++) {
    running.mean[i] = (1 - momentum) * (running.mean[i] as number) + momentum * (batch.mean[i] as number)
    running.variance[i] =
      (1 - momentum) * (running.variance[i] as number) + momentum * unbiased * (batch.variance[i] as number)
  }
}
