import { z } from 'zod'

import { opponentSettings } from '../learning/opponent.js'
import { erasureSettings } from '../learning/start-from-erasure.js'
import { vectorVeilSettings } from '../vector-veil/vector-veil-settings.js'

/** Name of the method in commands, files and reports. */
export const filtersMethod = 'filters'

/** Settings of the filters of Li et al. 2021. */
export const filtersSchema = z.strictObject({
  ...vectorVeilSettings,
  ...opponentSettings,
  weightDecay: vectorVeilSettings.weightDecay.default(1e-2),
  mode: z
    .enum(['separate', 'combine'])
    .default('separate')
    .describe('one filter for every requirement, or one for every attribute, averaged over the hidden ones'),
  form: z
    .enum(['deep', 'li', 'pfrec'])
    .default('deep')
    .describe(
      'network of a filter: d-2d-2d-d with ReLU, d-2d-d with LeakyReLU (Li et al.), or d-d-d with ReLU (PFRec)',
    ),
  start: z
    .enum(['erasure', 'identity', 'random'])
    .default('erasure')
    .describe(
      'what a filter is before training: linear erasure plus a network from 0, the vector itself plus a network from ' +
        '0, or a network alone with random values',
    ),
  ...erasureSettings,
  lambda: z
    .number()
    .min(0)
    .default(0.5)
    .describe('weight of the adversaries against the recommendation loss (adversary)'),
  adversarialForm: z
    .enum(['negCE', 'bounded', 'probability', 'uniform'])
    .default('negCE')
    .describe('what a filter minimises against an adversary'),
  adversarySteps: z
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('steps of the adversaries for each of the filters'),
  adversaryHidden: z
    .array(z.int().min(1).max(4096))
    .min(1)
    .max(10)
    .default([256])
    .describe('widths of the hidden layers of an adversary'),
  adversaryDropout: z.number().min(0).lt(1).default(0.3).describe('dropout of the adversaries'),
})

/** Values of {@link filtersSchema}. */
export type FiltersConfig = z.output<typeof filtersSchema>

/**
 * Settings that replace defaults by name. Both train on the frozen recommender with our batches and optimizer.
 *
 * `paper-li`: Li et al. 2021 as released, whose discriminators have six hidden layers (widths there for d = 64) and take
 * ten steps for one of the filters. Their weight of 20 stands against a sum over the batch of 1024 rows: 20 / 1024 against the mean.
 * `paper-pfrec`: `Li et al.*` of PFRec: one filter per requirement, trained by its equation 5 with four adversary steps.
 */
export const filtersPresets = {
  'paper-li': {
    opponent: 'adversary',
    form: 'li',
    start: 'random',
    loss: 'bpr',
    lambda: 20 / 1024,
    adversarialForm: 'negCE',
    adversarySteps: 10,
    adversaryHidden: [128, 256, 128, 64, 32],
    adversaryDropout: 0.2,
    classWeights: 'none',
  },
  'paper-pfrec': {
    opponent: 'adversary',
    form: 'pfrec',
    start: 'random',
    loss: 'bpr',
    lambda: 1,
    adversarialForm: 'negCE',
    adversarySteps: 4,
    learningRate: 1e-4,
    adversaryLearningRate: 1e-4,
    classWeights: 'inverse',
  },
} as const satisfies Readonly<Record<string, Partial<FiltersConfig>>>
