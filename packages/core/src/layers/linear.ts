import { constant, xavierUniform, type Initializer } from '../graph/initializers.js'
import { affine } from '../graph/ops/linear-algebra.js'
import type { Scope } from '../graph/scope.js'
import { staticDim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean
  /** Default Xavier uniform; the bias starts at 0. */
  readonly initializer?: Initializer
}

/**
 * `x W + b`: `[..., in]` to `[..., outputs]`. Parameters: `weight` `[in, outputs]` (PyTorch keeps the
 * transpose) and `bias` `[outputs]`.
 */
export function linear(scope: Scope, x: Tensor, outputs: number, options: LinearOptions = {}): Tensor {
  const { bias = true, initializer = xavierUniform() } = options
  const inputs = staticDim('linear', x.shape, -1)
  const weight = scope.parameter('weight', [inputs, outputs], initializer)
  return affine(x, weight, bias ? scope.parameter('bias', [outputs], constant(0)) : undefined)
}
