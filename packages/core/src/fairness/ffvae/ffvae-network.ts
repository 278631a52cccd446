import { constant, xavierUniform, type Initializer } from '../../graph/initializers.js'
import { add, div, greater, leakyRelu, mul, stopGradient, sub, where } from '../../graph/ops/elementwise.js'
import { concat, slice } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import { erasureLayer } from '../learning/start-from-erasure.js'
import type { FfvaeConfig } from './ffvae-settings.js'

/** Shapes of an FFVAE. */
export interface FfvaeShape {
  readonly dimension: number
  /** Width of each attribute's part b_i: its number of classes, in order of the attributes' names. */
  readonly numClasses: readonly number[]
}

type NetworkConfig = Pick<FfvaeConfig, 'latentSize' | 'hiddenSize' | 'start' | 'dropout' | 'opponent'>

/** What the encoder makes of user vectors. */
export interface FfvaeCode {
  /** Mean of q(z|u), `[batch, latent]`. */
  readonly mean: Tensor
  /** Traces the logarithm of its variance, `[batch, latent]`, which only training needs. */
  readonly logVariance: () => Tensor
  /** The parts b_i, `[batch, numClasses_i]`: logits of the attributes' classes. */
  readonly parts: readonly Tensor[]
}

/** Dimensions of z. */
export function latentSize({ latentSize: size }: NetworkConfig, { dimension }: FfvaeShape): number {
  return size ?? dimension
}

/** Vectors `[batch, d]` with mean 0 and deviation 1 in every coordinate over users; a constant coordinate is 0. */
export function standardised(scope: Scope, vectors: Tensor): Tensor {
  const { mean, deviation } = moments(scope, vectors)
  const varies = greater(deviation, 0)
  return where(varies, div(sub(vectors, mean), where(varies, deviation, 1)), 0)
}

/** The inverse of {@link standardised}. */
function restored(scope: Scope, standard: Tensor): Tensor {
  const { mean, deviation } = moments(scope, standard)
  return add(mul(standard, deviation), mean)
}

/** Parameters that nothing trains: set from the users' vectors before training. */
function moments(scope: Scope, { shape }: Tensor): { readonly mean: Tensor; readonly deviation: Tensor } {
  const at = scope.child('moments')
  const width = [shape[1] as number]
  return {
    mean: at.parameter('mean', width, constant(0)),
    deviation: at.parameter('deviation', width, constant(1)),
  }
}

/**
 * The encoder: `mu = W y + MLP(y)` with `log sigma^2` beside it, and the parts b by an MLP of x. x is the standardised vector,
 * y too, after an {@link erasureLayer} of all attributes with `start` `erasure`: the parts know what z may not. The kernel notices
 * what comes back, and its encoder is `mu = W y + MLP(x)`.
 *
 * Parameters: `moments`, `erasure`, `encoder`.
 */
export function encode(scope: Scope, vectors: Tensor, config: NetworkConfig, shape: FfvaeShape): FfvaeCode {
  const x = standardised(scope, vectors)
  const y =
    config.start === 'erasure' ? standardised(scope, erasureLayer(scope.child('erasure'), vectors)) : x
  const at = scope.child('encoder')
  const hidden = config.hiddenSize ?? 2 * shape.dimension
  const latent = latentSize(config, shape)
  const inner = leakyRelu(linear(at.child('inner'), config.opponent === 'kernel' ? x : y, hidden))
  const straight = linear(at.child('straight'), y, latent, { initializer: straightStart(config) })
  const change = linear(at.child('mean'), inner, latent, { initializer: changeStart(config) })
  const attributes = at.child('attributes')
  const finder = scope.dropout(leakyRelu(linear(attributes.child('inner'), x, hidden)), config.dropout)
  return {
    mean: add(straight, change),
    // A small variance at the start lets the decoder learn from what z holds.
    logVariance: () => sub(linear(at.child('logVariance'), inner, latent, { initializer: constant(0) }), 4),
    parts: shape.numClasses.map((classes, index) => linear(attributes.child(String(index)), finder, classes)),
  }
}

/** The decoder, `[batch, latent]` and all parts to vectors `[batch, d]` of the recommender. Parameters: `moments`, `decoder`. */
export function decode(
  scope: Scope,
  z: Tensor,
  parts: readonly Tensor[],
  config: NetworkConfig,
  { dimension }: FfvaeShape,
): { readonly standard: Tensor; readonly vectors: Tensor } {
  const at = scope.child('decoder')
  const code = concat([z, ...parts], 1)
  const inner = leakyRelu(linear(at.child('inner'), code, config.hiddenSize ?? 2 * dimension))
  const straight = linear(at.child('straight'), code, dimension, { initializer: straightStart(config) })
  const standard = add(
    straight,
    linear(at.child('outer'), inner, dimension, { initializer: changeStart(config) }),
  )
  return { standard, vectors: restored(scope, standard) }
}

/**
 * The parts with those that a row hides replaced by their mean over training.
 *
 * @param hidden `[batch, attributes]`.
 */
export function withoutHidden(scope: Scope, parts: readonly Tensor[], hidden: Tensor): Tensor[] {
  return parts.map((part, index) => {
    const isHidden = greater(slice(hidden, 1, index, index + 1), 0.5)
    return where(isHidden, stopGradient(partMean(scope, part, index)), part)
  })
}

/** The mean of a part over training, `[numClasses]`: a parameter that follows it, see `ffvaeModel`. */
export function partMean(scope: Scope, { shape }: Tensor, index: number): Tensor {
  return scope.child('partMeans').parameter(String(index), [shape[1] as number], constant(0))
}

/** Ones on the diagonal unless `random`: what the rest starts to change. */
function straightStart({ start }: NetworkConfig): Initializer {
  if (start === 'random') return xavierUniform()
  return (values, [rows = 0, columns = 0]) => {
    for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1
  }
}

function changeStart({ start }: NetworkConfig): Initializer {
  return start === 'random' ? xavierUniform() : constant(0)
}
