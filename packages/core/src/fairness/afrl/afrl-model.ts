import { optimizerSchema, type OptimizerConfig } from '../../graph/optimizers/optimizer.js'
import { normal } from '../../graph/initializers.js'
import { add, mul, stopGradient, sub } from '../../graph/ops/elementwise.js'
import { layerNorm } from '../../graph/ops/normalization.js'
import { mean, norm, ones, sum } from '../../graph/ops/reduction.js'
import { broadcastTo, slice, zeros } from '../../graph/ops/shaping.js'
import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { Objective } from '../../graph/training-step.js'
import {
  adversarialLoss,
  attributeClassifier,
  classifierLoss,
  classWeights,
  type AdversaryTarget,
} from '../learning/adversary.js'
import type { AffineMap } from '../affine-map.js'
import type { DefenceAttribute, DefenceLabels } from '../learning/defence-labels.js'
import { dependence } from '../learning/dependence.js'
import { listenersAt, listenersLoss, listeningPlayers } from '../learning/listeners.js'
import { hiddenDependence, toldCrossEntropy } from '../learning/opponent.js'
import { erasureMap, setErasureLayer } from '../learning/start-from-erasure.js'
import type { VectorAudience, VectorBatch, VectorModel, VectorPlayer } from '../vector-veil/vector-model.js'
import type { AfrlConfig } from './afrl-config.js'
import { afrlEmbeddings, afrlFusion, type AfrlEmbeddings } from './afrl.js'

/** The part of AFRL that serves: {@link afrlFusion} of {@link afrlEmbeddings}. Parameters: `afrl/...`. */
export function afrlVeil(config: AfrlConfig, numAttributes: number): VectorModel['veil'] {
  return (root, vectors, hidden) => {
    const scope = root.child('afrl')
    return afrlFusion(scope, afrlEmbeddings(scope, vectors, numAttributes, config), hidden, config)
  }
}

/**
 * AFRL with what trains it: adaptive fair representation learning by information alignment (Zhu et al. 2024, SIGIR), for
 * every requirement by one model behind a frozen recommender.
 *
 * Player `representation` minimises in one step
 *
 * - for `E_i` and its classifier `C_i` the information alignment of {@link alignmentLoss} (equation 13),
 * - for F `mean (z_0 - u)^2 + lambda sum_i adversarial(D_i(z_0))`, the adversaries `D_i` standing still (equation 15),
 * - for G the loss of the next item by the frozen recommender from `u*`, the embeddings standing still;
 *
 * player `adversary` then takes `dSteps` steps in which each `D_i` minimises its cross-entropy on `z_0`.
 *
 * That is the paper's game (`opponent: 'adversary'`). By default there are no adversaries: F minimises, instead of what they
 * lose, how much `z_0` of whole histories depends on each attribute, and G, besides its own loss, how much `u*` depends on
 * those that are hidden ({@link dependence}, times `dependenceWeight`), by what `distilledLabels` tells of everybody; by the same
 * are the `E_i` aligned. Networks that learn this from `u*` help to find it ({@link listenersLoss}). All parts then share one loss, so that the embeddings also learn what G needs of them. The reason: a few thousand labels are soon
 * known by heart, to the adversaries and through them to F; of users whose labels nobody saw the attribute is then told as before.
 *
 * Departures. The released code updates E and C, F, D and G one after the other, but from embeddings it has computed before the
 * first of these steps, so that those of E, C, F and G are one step here, with the same result; the adversaries have a batch of their
 * own. Classes are weighted by `classWeights` from the labels that train, with a bound of 10 to 1, where the code holds the
 * inverse frequencies of all users of MovieLens-1M. `AdamW`, its rate falling to 0, instead of Adam. Rows hide attributes
 * one by one as in the paper (the code: batch by batch, setting `maskPer`). Labels are those of a part of the defence users
 * only. Without `z_0` there is nothing to play against, and no adversary.
 */
export function afrlModel(config: AfrlConfig, { attributes }: DefenceLabels): VectorModel {
  const weights = attributes.map((attribute) => classWeights(attribute, config.classWeights))
  const targets = ({ labels }: VectorBatch): AdversaryTarget[] =>
    labels.map((of, index) => ({ labels: of, weights: weights[index]! }))
  const adversary = (scope: Scope, collaborative: Tensor, index: number): Tensor =>
    attributeClassifier(
      scope.child('adversary').child(String(index)),
      config.adversaryNorm ? normalized(collaborative) : collaborative,
      attributes[index]!.numClasses,
      headOptions(
        config,
        config.adversaryHidden ?? staticDim('afrl', collaborative.shape, -1),
        config.adversaryDropout,
      ),
    )
  /** What `C_i` says of an attribute, by its embedding. */
  const aligned = (scope: Scope, embedding: Tensor, index: number): Tensor =>
    attributeClassifier(
      scope.child('alignment').child(String(index)),
      embedding,
      attributes[index]!.numClasses,
      headOptions(config, staticDim('afrl', embedding.shape, -1), 0),
    )
  const embed = (scope: Scope, vectors: Tensor): AfrlEmbeddings =>
    afrlEmbeddings(scope, vectors, attributes.length, config)
  const player = (more: Pick<VectorPlayer, 'trains' | 'objective' | 'readsLabels'>): VectorPlayer => ({
    name: 'representation',
    steps: 1,
    schedule: 'cosine',
    optimizer: adamW(config.learningRate, config.weightDecay),
    ...more,
  })
  const veil = afrlVeil(config, attributes.length)

  if (config.opponent === 'kernel') {
    const listening = 'afrl/listeners'
    const representation = player({
      // Also its erasures: the kernel notices what they let through, and can give back what they need not have taken.
      trains: (parameter) => parameter.startsWith('afrl/') && !parameter.startsWith(`${listening}/`),
      objective(root, batch) {
        const scope = root.child('afrl')
        const audience = batch.audience as VectorAudience
        const embeddings = embed(scope, batch.vectors)
        const ofAudience = embed(scope, audience.vectors)
        const veiled = afrlFusion(scope, embeddings, hiddenRows(batch, config), config)
        const heard = afrlFusion(scope, ofAudience, audience.hidden, config)
        const dependences = [
          hiddenDependence(heard, audience),
          ...(ofAudience.collaborative && config.collaborativeDependence > 0
            ? dependence(ofAudience.collaborative, audience.probabilities).map((value) =>
                mul(value, config.collaborativeDependence),
              )
            : []),
        ]
        const alignments = ofAudience.attributes.map((z, index) => {
          const told = audience.probabilities[index]!
          return alignmentLoss(z, toldCrossEntropy(aligned(scope, z, index), told), config)
        })
        return weighted(
          {
            ...(alignments.length > 0 && { alignment: total(alignments) }),
            ...reconstruction(embeddings, batch),
            dependence: total(dependences),
            ...(config.listenerWeight > 0 && {
              listeners: listenersLoss(listenersAt(scope, listening), heard, audience),
            }),
            recommendation: batch.recommendationLoss(veiled),
          },
          { dependence: config.dependenceWeight, listeners: -config.listenerWeight },
        )
      },
    })
    const players = [representation, ...listeningPlayers(listening, veil, config)] as const
    return { veil, players, audienceSize: config.audienceSize }
  }

  const representation = player({
    readsLabels: true,
    // What the erasures removed the adversaries need not find.
    trains: (parameter) => !/^afrl\/(adversary\/|.*\/erasure\/)/.test(parameter),
    objective(root, batch) {
      const scope = root.child('afrl')
      const embeddings = embed(scope, batch.vectors)
      const { collaborative } = embeddings
      const known = targets(batch)
      const alignments = embeddings.attributes.map((z, index) =>
        alignmentLoss(z, classifierLoss(aligned(scope, z, index), known[index]!), config),
      )
      const veiled = afrlFusion(scope, detached(embeddings), hiddenRows(batch, config), config)
      return weighted(
        {
          ...(alignments.length > 0 && { alignment: total(alignments) }),
          ...reconstruction(embeddings, batch),
          ...(collaborative && {
            adversarial: total(
              known.map((target, index) =>
                adversarialLoss(adversary(scope, collaborative, index), target, config.adversarialForm),
              ),
            ),
          }),
          recommendation: batch.recommendationLoss(veiled),
        },
        { adversarial: config.lambda },
      )
    },
  })
  if (config.withoutCollaborativeEmbedding) return { veil, players: [representation] }
  const opponent: VectorPlayer = {
    name: 'adversary',
    steps: config.dSteps,
    readsLabels: true,
    trains: (parameter) => parameter.startsWith('afrl/adversary/'),
    schedule: 'constant',
    optimizer: adamW(config.adversaryLearningRate, config.adversaryWeightDecay),
    objective(root, batch) {
      const scope = root.child('afrl')
      const ablated = { ...config, withoutAttributeEmbeddings: true }
      const { collaborative } = afrlEmbeddings(scope, batch.vectors, attributes.length, ablated)
      const seen = stopGradient(collaborative as Tensor)
      const losses = targets(batch).map((target, index) =>
        classifierLoss(adversary(scope, seen, index), target),
      )
      return { loss: total(losses) }
    },
  }
  return { veil, players: [representation, opponent] }
}

/**
 * Information alignment of one attribute embedding, to keep what tells the attribute and nothing else:
 *
 * - `code`: `-log q(a|z) + beta mean |z|`, as released, where beta weighs the compression as in equation 2;
 * - `eq13`: `mean |z|^2 / 2 - beta log q(a|z)`, where it weighs the classification.
 *
 * @param embedding `[batch, dimension]`; all rows count, also those without a label.
 * @param classification `-log q(a|z)`, a scalar.
 */
export function alignmentLoss(
  embedding: Tensor,
  classification: Tensor,
  { alignForm, beta }: Pick<AfrlConfig, 'alignForm' | 'beta'>,
): Tensor {
  if (alignForm === 'code') return add(classification, mul(mean(norm(embedding)), beta))
  const squared = mean(sum(mul(embedding, embedding), { axes: [-1] }))
  return add(mul(squared, 0.5), mul(classification, beta))
}

/**
 * Sets what AFRL starts from with `start` `erasure`, fitted on the labels that train: the collaborative embedding erases all
 * attributes together, and an attribute's embedding is by how much the erasure of all others differs from that.
 *
 * @param vectors `[numUsers, dimension]`, of whole histories.
 * @throws VeilrecError what `fitLinearErasure` throws.
 */
export function initializeAfrl(
  config: AfrlConfig,
  store: ParameterStore,
  data: { readonly dimension: number; readonly vectors: Float32Array; readonly labels: DefenceLabels },
): void {
  const { start, withoutCollaborativeEmbedding, withoutAttributeEmbeddings } = config
  if (start !== 'erasure') return
  const { attributes } = data.labels
  const erasing = (erased: readonly DefenceAttribute[]): AffineMap =>
    erasureMap({ ...data, attributes: erased, settings: config })
  const ofAll = erasing(attributes)
  if (!withoutCollaborativeEmbedding) setErasureLayer(store, 'afrl/collaborative/erasure', ofAll)
  if (withoutAttributeEmbeddings) return
  attributes.forEach((attribute, index) => {
    const ofOthers = erasing(attributes.filter((other) => other !== attribute))
    setErasureLayer(store, `afrl/attributes/${index}/erasure`, {
      dimension: data.dimension,
      projection: ofOthers.projection.map((value, i) => value - ofAll.projection[i]!),
      bias: ofOthers.bias.map((value, i) => value - ofAll.bias[i]!),
    })
  })
}

/** `mean (z_0 - u)^2`, where there is a `z_0`. */
function reconstruction(
  { collaborative }: AfrlEmbeddings,
  { vectors }: VectorBatch,
): { readonly reconstruction?: Tensor } {
  if (collaborative === undefined) return {}
  const difference = sub(collaborative, vectors)
  return { reconstruction: mean(mul(difference, difference)) }
}

/** The sum of the terms, each times its weight, which is 1 unless given. */
function weighted(
  terms: Readonly<Record<string, Tensor>>,
  weights: Readonly<Record<string, number>>,
): Objective {
  const each = Object.entries(terms).map(([name, term]) => mul(term, weights[name] ?? 1))
  return { loss: total(each), metrics: terms }
}

/** What hides in each row; that of the first row in all of them where masks are per batch. */
function hiddenRows({ hidden }: VectorBatch, { maskPer }: AfrlConfig): Tensor {
  return maskPer === 'sample' ? hidden : broadcastTo(slice(hidden, 0, 0, 1), hidden.shape)
}

function detached({ collaborative, attributes }: AfrlEmbeddings): AfrlEmbeddings {
  return {
    collaborative: collaborative && stopGradient(collaborative),
    attributes: attributes.map((embedding) => stopGradient(embedding)),
  }
}

function headOptions(
  { start }: AfrlConfig,
  hidden: number,
  dropout: number,
): Parameters<typeof attributeClassifier>[3] {
  return { hidden: [hidden], dropout, ...(start === 'random' ? { initializer: normal(0.01) } : {}) }
}

/** Each row with mean 0 and variance 1. */
function normalized(x: Tensor): Tensor {
  const dimension = staticDim('afrl', x.shape, -1)
  return layerNorm(x, ones(x.graph, [dimension]), zeros(x.graph, [dimension]))
}

function total(terms: readonly Tensor[]): Tensor {
  return terms.reduce((first, second) => add(first, second))
}

function adamW(learningRate: number, weightDecay: number): OptimizerConfig {
  return optimizerSchema.parse({ kind: 'adamw', learningRate, weightDecay })
}
