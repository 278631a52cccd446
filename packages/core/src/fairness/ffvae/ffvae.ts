import { add, exp, mul, softplus, stopGradient, sub } from '../../graph/ops/elementwise.js'
import { mean, sum } from '../../graph/ops/reduction.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { classWeights, classifierLoss } from '../learning/adversary.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { dependence } from '../learning/dependence.js'
import { listenersAt, listenersLoss, listeningPlayers } from '../learning/listeners.js'
import { hiddenDependence, toldCrossEntropy } from '../learning/opponent.js'
import type { VectorAudience, VectorBatch, VectorModel, VectorPlayer } from '../vector-veil/vector-model.js'
import {
  decode,
  encode,
  latentSize,
  partMean,
  standardised,
  withoutHidden,
  type FfvaeShape,
} from './ffvae-network.js'
import type { FfvaeConfig } from './ffvae-settings.js'
import { densityRatio, gaussianDivergence, ofOtherRows } from './ffvae-terms.js'

/**
 * FFVAE (Creager et al. 2019, "Flexibly Fair Representation Learning by Disentanglement") on frozen user vectors: the
 * decoder's answer to the mean of z and the parts b_i, those of hidden attributes replaced by their mean over training.
 * One model serves every requirement.
 */
export function ffvaeVeil(config: FfvaeConfig, shape: FfvaeShape): VectorModel['veil'] {
  return (scope, vectors, hidden) => {
    const { mean: z, parts } = encode(scope, vectors, config, shape)
    return decode(scope, z, withoutHidden(scope, parts, hidden), config, shape).vectors
  }
}

/**
 * FFVAE with what trains it (equation 4, here as a loss):
 * `E |x - x'|^2 / 2 + KL(q(z|x) || N(0, I)) + gamma TC(q(z, b)) + alpha sum_i CE(a_i | b_i)`, x standardised vectors, and the
 * total correlation `TC = KL(q(z, b) || q(z) prod_i q(b_i))` by the density ratio `E log D / (1 - D)` of a discriminator that
 * tells rows (z, b) from rows whose parts come from other rows (section 4.2).
 *
 * That is `opponent: 'adversary'`. By default there is no discriminator: instead of the total correlation, `dependenceWeight` times
 * how much z, and the vector that would serve on what its requirement hides, depend on what `distilledLabels` tells of everybody
 * ({@link dependence}), what listeners make of that vector ({@link listenersLoss}), and parts are to tell that instead of labels.
 *
 * Departures: the first two terms have weights; `recommendationWeight` times the next item's loss of the vector that would
 * serve, the recommender frozen, keeps decoded vectors in its space; a part b_i has as many dimensions as its attribute has classes
 * and is their logits; "removed" means replaced by its training mean, which a logit's zero need not be; unless
 * `start` is `random`, encoder and decoder are changes to linear layers that start as the identity, and with `erasure` z is
 * made of vectors without linear traces.
 *
 * Parameters besides {@link ffvaeVeil}: `densityRatio`.
 */
export function ffvaeModel(
  config: FfvaeConfig,
  { dimension, labels: { attributes } }: { readonly dimension: number; readonly labels: DefenceLabels },
): VectorModel {
  const shape: FfvaeShape = { dimension, numClasses: attributes.map(({ numClasses }) => numClasses) }
  const veil = ffvaeVeil(config, shape)
  const weights = attributes.map((attribute) => classWeights(attribute, config.classWeights))
  const sampled = (z: Tensor, logVariance: Tensor, { noise }: VectorBatch): Tensor =>
    add(z, mul(exp(mul(logVariance, 0.5)), noise!))
  const logRatio = (scope: Scope, z: Tensor, parts: readonly Tensor[]): Tensor =>
    densityRatio(scope.child('densityRatio'), z, parts, config.densityHidden)
  const adam = { kind: 'adamw', epsilon: 1e-8 } as const
  const listening = 'listeners'
  const byKernel = config.opponent === 'kernel'
  /** By the audience, its z and the vectors that would serve it. */
  const ofAudience = (scope: Scope, audience: VectorAudience): Leakage => {
    const { mean: z, parts } = encode(scope, audience.vectors, config, shape)
    const served = decode(scope, z, withoutHidden(scope, parts, audience.hidden), config, shape).vectors
    return {
      ...(config.listenerWeight > 0 && {
        listeners: listenersLoss(listenersAt(scope, listening), served, audience),
      }),
      dependence: total([hiddenDependence(served, audience), ...dependence(z, audience.probabilities)]),
      classification: total(
        parts.map((part, index) => toldCrossEntropy(part, audience.probabilities[index]!)),
      ),
    }
  }
  /** By the labels of the batch and the discriminator. */
  const ofBatch = (scope: Scope, z: Tensor, parts: readonly Tensor[], batch: VectorBatch): Leakage => ({
    totalCorrelation: mean(logRatio(scope, z, parts)),
    classification: total(
      parts.map((part, index) =>
        classifierLoss(part, { labels: batch.labels[index]!, weights: weights[index]! }),
      ),
    ),
  })
  const discriminator: VectorPlayer = {
    name: 'densityRatio',
    steps: config.densitySteps,
    schedule: 'constant',
    trains: (parameter) => parameter.startsWith('densityRatio/'),
    optimizer: {
      ...adam,
      beta1: 0.5,
      beta2: 0.9,
      learningRate: config.adversaryLearningRate,
      weightDecay: config.adversaryWeightDecay,
    },
    objective(scope, batch) {
      const code = encode(scope, batch.vectors, config, shape)
      const z = stopGradient(sampled(code.mean, code.logVariance(), batch))
      const parts = code.parts.map(stopGradient)
      const real = logRatio(scope, z, parts)
      const fake = logRatio(scope, z, ofOtherRows(parts))
      const loss = mul(add(mean(softplus(mul(real, -1))), mean(softplus(fake))), 0.5)
      return { loss, metrics: { totalCorrelation: mean(real) } }
    },
  }
  const ffvae: VectorPlayer = {
    name: 'ffvae',
    steps: 1,
    readsLabels: !byKernel,
    schedule: 'cosine',
    trains: (parameter) =>
      /^(encoder|decoder|partMeans)\//.test(parameter) || (byKernel && parameter.startsWith('erasure/')),
    optimizer: {
      ...adam,
      beta1: 0.9,
      beta2: 0.999,
      learningRate: config.learningRate,
      weightDecay: config.weightDecay,
    },
    objective(scope, batch) {
      const x = standardised(scope, batch.vectors)
      const code = encode(scope, batch.vectors, config, shape)
      const logVariance = code.logVariance()
      const z = sampled(code.mean, logVariance, batch)
      const error = sub(decode(scope, z, code.parts, config, shape).standard, x)
      const reconstruction = mul(mean(sum(mul(error, error), { axes: [1] })), 0.5)
      const divergence = gaussianDivergence(code.mean, logVariance)
      const veiled = withoutHidden(scope, code.parts, batch.hidden)
      const served = decode(scope, code.mean, veiled, config, shape).vectors
      const recommendation = batch.recommendationLoss(served)
      const leakage = batch.audience
        ? ofAudience(scope, batch.audience)
        : ofBatch(scope, z, code.parts, batch)
      const metrics = { reconstruction, divergence, ...leakage, recommendation }
      const factors: Readonly<Record<keyof typeof metrics, number>> = {
        reconstruction: config.reconstructionWeight,
        divergence: config.klWeight,
        totalCorrelation: config.gamma,
        dependence: config.dependenceWeight,
        listeners: -config.listenerWeight,
        classification: config.alpha,
        recommendation: config.recommendationWeight,
      }
      const terms = Object.entries<Tensor>(metrics).map(([name, term]) =>
        mul(term, factors[name as keyof typeof metrics]),
      )
      // The least value of the last is at the mean of the parts, and it moves nothing else.
      return { loss: total([...terms, meanError(scope, code.parts)]), metrics }
    },
  }
  const common = { veil, noiseWidth: latentSize(config, shape) }
  if (!byKernel) return { ...common, players: [discriminator, ffvae] }
  const players = [ffvae, ...listeningPlayers(listening, veil, config)] as const
  return { ...common, players, audienceSize: config.audienceSize }
}

/** What parts and z tell, either by the total correlation or by the dependence. */
interface Leakage {
  readonly totalCorrelation?: Tensor
  readonly dependence?: Tensor
  readonly listeners?: Tensor
  readonly classification: Tensor
}

function total(terms: readonly Tensor[]): Tensor {
  return terms.reduce((sum, term) => add(sum, term))
}

/** Half the squared distance of each part's rows from its mean parameter, through which alone a gradient flows. */
function meanError(scope: Scope, parts: readonly Tensor[]): Tensor {
  return parts
    .map((part, index) => {
      const error = sub(partMean(scope, part, index), stopGradient(part))
      return mul(mean(sum(mul(error, error), { axes: [1] })), 0.5)
    })
    .reduce((a, b) => add(a, b))
}
