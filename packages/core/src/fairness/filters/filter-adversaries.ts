import { add, mul } from '../../graph/ops/elementwise.js'
import type { Objective } from '../../graph/training-step.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import {
  adversarialLoss,
  attributeClassifier,
  classWeights,
  classifierLoss,
  type AdversaryTarget,
} from '../learning/adversary.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import type { Player } from '../learning/player.js'
import type { VectorBatch } from '../vector-veil/vector-model.js'
import { adversaryView } from './adversary-view.js'
import type { FiltersConfig } from './filters-settings.js'

type AdversaryConfig = Pick<
  FiltersConfig,
  | 'adversarialForm'
  | 'adversarySteps'
  | 'adversaryHidden'
  | 'adversaryDropout'
  | 'adversaryLearningRate'
  | 'adversaryWeightDecay'
  | 'classWeights'
>

type Rows = Pick<VectorBatch, 'hidden' | 'labels' | 'size'>

/** The discriminators of the filters, one for each attribute, as both sides of the game meet them. */
export interface FilterAdversaries {
  /** What the filters minimise: the sum of `adversarialLoss` over the attributes, a scalar. */
  readonly fooled: (scope: Scope, veiled: Tensor, rows: Rows) => Tensor
  /** What the discriminators minimise: the sum of `classifierLoss`, a scalar. */
  readonly told: (scope: Scope, veiled: Tensor, rows: Rows) => Tensor
  /** The player that trains them, all but what it minimises. */
  readonly player: Omit<Player, 'objective'>
}

/**
 * The discriminators of Li et al. 2021, section 4.3. A discriminator counts a row only if its requirement hides the attribute and
 * its label may be seen, and looks at it through {@link adversaryView}.
 *
 * Parameters: `adversaries/INDEX` by attribute.
 */
export function filterAdversaries(
  config: AdversaryConfig,
  attributes: DefenceLabels['attributes'],
): FilterAdversaries {
  const weights = attributes.map((attribute) => classWeights(attribute, config.classWeights))
  const over = (loss: (logits: Tensor, target: AdversaryTarget) => Tensor): FilterAdversaries['told'] => {
    return (scope, veiled, rows) =>
      attributes
        .map(({ numClasses }, index) => {
          const { view, labels } = adversaryView(veiled, rows, index)
          const adversary = scope.child('adversaries').child(String(index))
          const logits = attributeClassifier(adversary, view, numClasses, {
            hidden: config.adversaryHidden,
            activation: 'leakyRelu',
            dropout: config.adversaryDropout,
          })
          return loss(logits, { labels, weights: weights[index]! })
        })
        .reduce((sum, one) => add(sum, one))
  }
  return {
    fooled: over((logits, target) => adversarialLoss(logits, target, config.adversarialForm)),
    told: over(classifierLoss),
    player: {
      name: 'adversary',
      steps: config.adversarySteps,
      schedule: 'constant',
      trains: (parameter) => parameter.startsWith('adversaries/'),
      optimizer: {
        kind: 'adamw',
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        learningRate: config.adversaryLearningRate,
        weightDecay: config.adversaryWeightDecay,
      },
    },
  }
}

/** The loss of a side that predicts and hides: `recommendation + lambda * adversarial`, with both parts to report. */
export function hidingObjective(recommendation: Tensor, adversarial: Tensor, lambda: number): Objective {
  return { loss: add(recommendation, mul(adversarial, lambda)), metrics: { recommendation, adversarial } }
}
