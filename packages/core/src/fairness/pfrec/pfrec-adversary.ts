import { batchNorm } from '../../graph/ops/normalization.js'
import { add, mul } from '../../graph/ops/elementwise.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import {
  adversarialLoss,
  attributeClassifier,
  classifierLoss,
  classWeights,
  type AdversarialForm,
} from '../learning/adversary.js'
import type { DefenceAttribute } from '../learning/defence-labels.js'
import type { PfrecConfig } from './pfrec-settings.js'

/** The adversaries of one eliminator, one for each attribute that it hides. */
export interface PfrecAdversaries {
  /**
   * Traces what the adversaries minimise, or with a form what the eliminator minimises against them: the sum over the hidden
   * attributes (PFRec equations 4 and 5).
   *
   * @param vectors `[n, dimension]`.
   * @param labels int32 `[n]` for each attribute, -1 where the label is missing or not to be seen.
   */
  loss(scope: Scope, vectors: Tensor, labels: readonly Tensor[], form?: AdversarialForm): Tensor
}

/**
 * Parameters: one classifier below the scope for each attribute, by its name.
 *
 * Departure from the paper: adversaries read standardised vectors.
 */
export function pfrecAdversaries(
  config: PfrecConfig,
  attributes: readonly DefenceAttribute[],
): PfrecAdversaries {
  const weights = attributes.map((attribute) => classWeights(attribute, config.classWeights))
  const options = { hidden: config.adversaryWidths, dropout: config.adversaryDropout }
  return {
    loss(scope, vectors, labels, form) {
      const read = standardized(vectors)
      return attributes
        .map(({ name, numClasses }, index) => {
          const logits = attributeClassifier(scope.child(name), read, numClasses, options)
          const target = { labels: labels[index]!, weights: weights[index]! }
          return form ? adversarialLoss(logits, target, form) : classifierLoss(logits, target)
        })
        .reduce((total, loss) => add(total, loss))
    },
  }
}

/** Each coordinate brought to mean 0 and variance 1 over the batch: as attackers see them, and so that growing hides nothing. */
function standardized(x: Tensor): Tensor {
  const width = staticDim('adversaries', x.shape, -1)
  const all = (value: number): Tensor => {
    return x.graph.constant(new Float32Array(width).fill(value), 'float32', [width])
  }
  return batchNorm(x, all(1), all(0)).output
}

/** `recommendation + lambda * adversarial`, PFRec equation 5. */
export function eliminatorLoss(recommendation: Tensor, adversarial: Tensor, lambda: number): Tensor {
  return add(recommendation, mul(adversarial, lambda))
}
