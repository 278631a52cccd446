import { constant } from '../../graph/initializers.js'
import { add, leakyRelu, relu } from '../../graph/ops/elementwise.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import { layerNorm } from '../../layers/norm.js'
import { erasureLayer } from '../learning/start-from-erasure.js'
import type { FiltersConfig } from './filters-settings.js'

/**
 * One filter, `[batch, d]` to `[batch, d]`.
 *
 * `deep`: two hidden layers of 2d with ReLU on the normalised vector; `li`: `act(W2 act(W1 x))` with 2d hidden units and
 * LeakyReLU of slope 0.01 (Li et al. 2021, released code, without the batch normalisation at its end); `pfrec`: `W2 relu(W1 x)`
 * with d hidden units (PFRec's `Li et al.*`).
 *
 * Departure, unless `start` is `random`: `x + network(...)`, the last layer from zero and without activation, so that training
 * has not to learn anew what the recommender knows; with `erasure`, x is the vector after an {@link erasureLayer} of what the
 * filter hides. Against adversaries the network reads x, and cannot bring back what was erased. The kernel notices what comes
 * back, and its network reads the bare vector: how an attribute shapes the rest of a vector can only be undone by who knows it.
 *
 * Parameters: `norm`, `inner`, `middle`, `outer`, and `erasure`.
 */
export function filterNetwork(
  scope: Scope,
  vectors: Tensor,
  { form, start, opponent }: Pick<FiltersConfig, 'form' | 'start' | 'opponent'>,
): Tensor {
  const width = staticDim('filterNetwork', vectors.shape, -1)
  const x = start === 'erasure' ? erasureLayer(scope.child('erasure'), vectors) : vectors
  const hidden = hiddenLayers(scope, opponent === 'kernel' ? vectors : x, width, form)
  const outer = scope.child('outer')
  if (start !== 'random') return add(x, linear(outer, hidden, width, { initializer: constant(0) }))
  const output = linear(outer, hidden, width)
  return form === 'li' ? leakyRelu(output) : output
}

function hiddenLayers(scope: Scope, x: Tensor, width: number, form: FiltersConfig['form']): Tensor {
  switch (form) {
    case 'deep': {
      const inner = relu(linear(scope.child('inner'), layerNorm(scope.child('norm'), x), 2 * width))
      return relu(linear(scope.child('middle'), inner, 2 * width))
    }
    case 'li':
      return leakyRelu(linear(scope.child('inner'), x, 2 * width))
    case 'pfrec':
      return relu(linear(scope.child('inner'), x, width))
  }
}
