import { z } from 'zod'

import { filtersPresets, filtersSchema } from './filters-settings.js'

const { shape } = filtersSchema

/**
 * Settings of filters that are trained together with their recommender: those of {@link filtersSchema} that such a training has a use
 * for, and `learnFrom`. Epochs, batches, the rate of the filters and the loss of the next item are the recommender's own.
 */
export const jointFiltersSchema = z.strictObject({
  mode: shape.mode,
  form: shape.form,
  start: z
    .enum(['identity', 'random'], {
      error: 'must be identity or random: linear erasure needs a recommender that is trained already',
    })
    .default('identity')
    .describe(
      'what a filter is before training: the vector itself plus a network from 0, or a network alone with random values',
    ),
  opponent: z
    .literal('adversary', {
      error:
        'must be adversary: the kernel needs labels distilled from the vectors of a recommender that is trained already',
    })
    .default('adversary')
    .describe('what the filters are trained against: networks that learn the labels from their vectors'),
  learnFrom: z
    .enum(['items', 'labels'])
    .default('items')
    .describe(
      'what the adversaries learn: what classifiers of the labels that may train tell of everybody by the items of the histories, or, ' +
        'as in the paper, these labels themselves',
    ),
  lambda: shape.lambda.default(2),
  adversarialForm: shape.adversarialForm,
  adversarySteps: shape.adversarySteps.default(5),
  adversaryHidden: shape.adversaryHidden,
  adversaryDropout: shape.adversaryDropout,
  adversaryLearningRate: shape.adversaryLearningRate,
  adversaryWeightDecay: shape.adversaryWeightDecay,
  classWeights: shape.classWeights,
  holdoutShare: shape.holdoutShare,
})

/** Values of {@link jointFiltersSchema}. */
export type JointFiltersConfig = z.output<typeof jointFiltersSchema>

const { loss: _, ...released } = filtersPresets['paper-li']
const asReleased = { ...released, learnFrom: 'labels' } as const

/** Settings that replace defaults by name: `paper-li` is the game of Li et al. 2021 as released, on our losses, which are means. */
export const jointFiltersPresets = { 'paper-li': asReleased } as const satisfies Readonly<
  Record<string, Partial<JointFiltersConfig>>
>
