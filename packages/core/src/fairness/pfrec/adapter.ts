import { normal } from '../../graph/initializers.js'
import { add, relu } from '../../graph/ops/elementwise.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import { layerNorm } from '../../layers/norm.js'
import type { PfrecConfig } from './pfrec-settings.js'

/** Weights start as N(0, 0.01^2), so that an adapter hardly changes anything at first (released code). */
const initializer = normal(0.01)

/**
 * The update of an adapter, `[..., width]` for `[..., width]`, to be added to what it adapts: `W2 relu(W1 LN(x))` in the form
 * of the released code, `LN(x W1) W2` in that of PFRec's equation 2. Parameters: `norm`, `down`, `up`.
 *
 * Departure from the code: biases start at 0.
 */
function adapterUpdate(
  scope: Scope,
  x: Tensor,
  { adapterForm, adapterWidth }: Pick<PfrecConfig, 'adapterForm' | 'adapterWidth'>,
): Tensor {
  const width = staticDim('adapter', x.shape, -1)
  const inner = adapterWidth ?? Math.max(1, Math.floor(width / 4))
  const [norm, down, up] = [scope.child('norm'), scope.child('down'), scope.child('up')]
  if (adapterForm === 'paper') {
    const compressed = layerNorm(norm, linear(down, x, inner, { initializer, bias: false }))
    return linear(up, compressed, width, { initializer, bias: false })
  }
  const compressed = relu(linear(down, layerNorm(norm, x), inner, { initializer }))
  return linear(up, compressed, width, { initializer })
}

/** {@link adapterUpdate} on the output of a sub-layer; it reads that output, or its sum with the residual. */
export function adapted(
  scope: Scope,
  output: Tensor,
  residual: Tensor,
  config: Pick<PfrecConfig, 'adapterForm' | 'adapterWidth' | 'adapterReads'>,
): Tensor {
  const read = config.adapterReads === 'sum' ? add(residual, output) : output
  return add(output, adapterUpdate(scope, read, config))
}
