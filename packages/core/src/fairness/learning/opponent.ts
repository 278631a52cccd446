import { z } from 'zod'

import { add, mul } from '../../graph/ops/elementwise.js'
import { mean, sum } from '../../graph/ops/reduction.js'
import { reshape, slice } from '../../graph/ops/shaping.js'
import { logSoftmax } from '../../graph/ops/softmax.js'
import type { Tensor } from '../../graph/tensor.js'
import type { VectorAudience } from '../vector-veil/vector-model.js'
import { dependence } from './dependence.js'

/** Settings of what a vector veil is trained against; part of its own schema. */
export const opponentSettings = {
  opponent: z
    .enum(['kernel', 'adversary'])
    .default('kernel')
    .describe(
      'what a veil is trained against: how much a crowd of its vectors depends on what classifiers tell of the bare ones, or, ' +
        'as in the papers, networks that learn the labels from its vectors',
    ),
  dependenceWeight: z
    .number()
    .min(0)
    .default(1000)
    .describe('weight of the dependence on each hidden attribute (kernel)'),
  listenerWeight: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'weight of what networks learn to tell of each hidden attribute from the vectors of the crowd, beside the dependence (kernel)',
    ),
  audienceSize: z
    .int()
    .min(8)
    .max(16_384)
    .default(1024)
    .describe('users by whose vectors the dependence is estimated, at most all (kernel)'),
} as const

/** How much the veiled vectors of an audience depend on what its requirement hides: the sum of {@link dependence}, a scalar. */
export function hiddenDependence(veiled: Tensor, { hidden, probabilities }: VectorAudience): Tensor {
  return overHidden(dependence(veiled, probabilities), hidden)
}

/** The sum of the values of those attributes, in order, that an audience's requirement hides. */
export function overHidden(values: readonly Tensor[], hidden: Tensor): Tensor {
  return values
    .map((value, index) => {
      // One requirement for all rows.
      const isHidden = reshape(slice(slice(hidden, 0, 0, 1), 1, index, index + 1), [])
      return mul(value, isHidden)
    })
    .reduce((sum, value) => add(sum, value))
}

/** Cross-entropy of what a classifier says with what is told of the audience, `[size, classes]` both; the mean over it, a scalar. */
export function toldCrossEntropy(logits: Tensor, probabilities: Tensor): Tensor {
  return mul(mean(sum(mul(logSoftmax(logits), probabilities), { axes: [-1] })), -1)
}
