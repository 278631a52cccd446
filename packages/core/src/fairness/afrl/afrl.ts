import { constant, normal, xavierUniform, type Initializer } from '../../graph/initializers.js'
import { add, mul, sub } from '../../graph/ops/elementwise.js'
import { concat, slice } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { activations } from '../../layers/feed-forward.js'
import { linear } from '../../layers/linear.js'
import { layerNorm } from '../../layers/norm.js'
import { erasureLayer } from '../learning/start-from-erasure.js'
import type { AfrlConfig } from './afrl-config.js'

/** What the user vector is parted into, each `[batch, dimension]`. */
export interface AfrlEmbeddings {
  /** `z_0 = F(u)`: what u says besides the attributes; missing in the ablation without it. */
  readonly collaborative: Tensor | undefined
  /** `z_i = E_i(u)`: what u says about each attribute and little else; none in the ablation without them. */
  readonly attributes: readonly Tensor[]
}

/**
 * The embeddings of AFRL (Zhu et al. 2024, "Adaptive Fair Representation Learning for Personalized Fairness in
 * Recommendations via Information Alignment", SIGIR): a generator each for `z_0` and every attribute, which
 * is LayerNorm, then linear layers with ReLU between them.
 *
 * Departure, unless `start` is `random`: `z_0` is x plus its generator's output, which is 0 at the start, with x the vector itself
 * or its linear erasure of all attributes; `z_i` then is, besides its generator's output, by how much the erasure of all others
 * differs from x (`initializeAfrl`). From random networks the vector has to be learned anew first. Against adversaries the erasure stays as it was fitted and the generator sees x, so that it cannot bring back what x does
 * not tell; the kernel notices what comes back, and its generator sees the vector itself.
 *
 * Parameters: `collaborative/...` and `attributes/INDEX/...`, each with `erasure/weight` and `erasure/bias`.
 *
 * @param vectors u, `[batch, dimension]`; `batch` may be symbolic.
 */
export function afrlEmbeddings(
  scope: Scope,
  vectors: Tensor,
  numAttributes: number,
  config: AfrlConfig,
): AfrlEmbeddings {
  const { start, opponent, generatorWidths, withoutAttributeEmbeddings, withoutCollaborativeEmbedding } =
    config
  const initializer = start === 'random' ? normal(0.1) : xavierUniform()
  const generator = (within: Scope, x: Tensor): Tensor => {
    const last = start === 'random' ? initializer : constant(0)
    return network(within, layerNorm(within.child('norm'), x), generatorWidths, x, initializer, last)
  }
  const collaborative = (within: Scope): Tensor => {
    if (start === 'random') return generator(within, vectors)
    const from = start === 'identity' ? vectors : erasureLayer(within.child('erasure'), vectors)
    return add(from, generator(within, opponent === 'kernel' ? vectors : from))
  }
  const attribute = (within: Scope): Tensor => {
    const changed = generator(within, vectors)
    return start === 'erasure' ? add(erasureLayer(within.child('erasure'), vectors), changed) : changed
  }
  return {
    collaborative: withoutCollaborativeEmbedding ? undefined : collaborative(scope.child('collaborative')),
    attributes: withoutAttributeEmbeddings
      ? []
      : Array.from({ length: numAttributes }, (_, index) =>
          attribute(scope.child('attributes').child(String(index))),
        ),
  }
}

/**
 * The fair vector `u* = G(z_0, m_1 z_1, ..., m_M z_M)`, `[batch, dimension]`, where `m_i` is 0 for a hidden attribute and 1
 * for any other: linear layers with ReLU between them.
 *
 * Departure, unless `start` is `random`: they are 0 at the start and are added to `z_0 + m_1 z_1 + ... + m_M z_M`.
 *
 * Parameters: `fuse/...`.
 *
 * @param hidden `[batch, attributes]`, 1 = hidden: `1 - m` of the paper.
 */
export function afrlFusion(
  scope: Scope,
  { collaborative, attributes }: AfrlEmbeddings,
  hidden: Tensor,
  config: AfrlConfig,
): Tensor {
  const shown = sub(1, hidden)
  const kept = attributes.map((embedding, index) => mul(embedding, slice(shown, 1, index, index + 1)))
  const parts = [...(collaborative ? [collaborative] : []), ...kept] as [Tensor, ...Tensor[]]
  const isResidual = config.start !== 'random' && collaborative !== undefined
  const initializer = config.start === 'random' ? normal(0.01) : xavierUniform()
  const last = isResidual ? constant(0) : initializer
  const fused = network(scope.child('fuse'), concat(parts, 1), config.fuseWidths, parts[0], initializer, last)
  return isResidual ? [...parts, fused].reduce((sum, part) => add(sum, part)) : fused
}

/** Linear layers with ReLU between them, their hidden widths multiples of that of `like`, which is also the last. */
function network(
  scope: Scope,
  x: Tensor,
  multiples: readonly number[],
  like: Tensor,
  initializer: Initializer,
  last: Initializer,
): Tensor {
  const dimension = staticDim('afrl', like.shape, -1)
  const hidden = multiples.reduce((input, multiple, index) => {
    const width = Math.max(1, Math.round(multiple * dimension))
    return activations.relu(linear(scope.child(String(index)), input, width, { initializer }))
  }, x)
  return linear(scope.child(String(multiples.length)), hidden, dimension, { initializer: last })
}
