import { constant, kaimingUniform } from '../graph/initializers.js'
import { conv } from '../graph/ops/convolution.js'
import type { Scope } from '../graph/scope.js'
import { staticDim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/** Options of {@link convolution}. */
export interface ConvolutionOptions {
  readonly filters: number
  /** Window per spatial axis: one number for 1-d, two for 2-d. */
  readonly window: readonly number[]
  /** Zeros on both sides of every spatial axis. */
  readonly padding?: number
}

/** Convolution with stride 1 of `[batch, channels, ...space]`. Parameters: `kernel` `[filters, channels, ...window]`, `bias`. */
export function convolution(scope: Scope, x: Tensor, options: ConvolutionOptions): Tensor {
  const { filters, window, padding = 0 } = options
  const channels = staticDim('convolution', x.shape, 1)
  const kernel = scope.parameter('kernel', [filters, channels, ...window], kaimingUniform())
  return conv(x, kernel, scope.parameter('bias', [filters], constant(0)), { padding })
}
