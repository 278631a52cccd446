import { z } from 'zod'

import { opponentSettings } from '../learning/opponent.js'
import { erasureSettings } from '../learning/start-from-erasure.js'
import { vectorVeilSettings } from '../vector-veil/vector-veil-settings.js'

const multiples = z.array(z.number().positive()).max(8)
const hiddenWidth = z.int().min(1).max(65_536)

/** Settings of AFRL; the defaults are those recommended here, the preset `paper` has the paper's. */
export const afrlSchema = z
  .strictObject({
    ...vectorVeilSettings,
    ...opponentSettings,
    dependenceWeight: opponentSettings.dependenceWeight.default(2000),
    weightDecay: vectorVeilSettings.weightDecay.default(1e-2),
    lambda: z
      .number()
      .min(0)
      .default(10)
      .describe('weight of the adversaries in the collaborative embedding (adversary)'),
    collaborativeDependence: z
      .number()
      .min(0)
      .default(0.1)
      .describe(
        'how much the dependence of the collaborative embedding counts beside that of the fair vector (kernel)',
      ),
    beta: z
      .number()
      .min(0)
      .default(0.01)
      .describe(
        'in form `code` the weight of the length of the attribute embeddings, in `eq13` of their classification',
      ),
    alignForm: z
      .enum(['code', 'eq13'])
      .default('code')
      .describe('loss of the attribute embeddings: as released, or as in equation 13 of the paper'),
    maskPer: z
      .enum(['sample', 'batch'])
      .default('sample')
      .describe('whether every row of a batch hides attributes of its own, or all rows the same'),
    start: z
      .enum(['erasure', 'identity', 'random'])
      .default('erasure')
      .describe(
        'what the veil starts from: the linear erasure of all attributes, the vector itself, or random networks as in the paper',
      ),
    ...erasureSettings,
    adversarialForm: z
      .enum(['negCE', 'bounded', 'probability', 'uniform'])
      .default('negCE')
      .describe('what the collaborative embedding minimises against the adversaries'),
    dSteps: z.int().min(1).max(100).default(2).describe('steps of the adversaries after each of the veil'),
    adversaryHidden: hiddenWidth
      .nullable()
      .default(256)
      .describe('hidden width of the adversaries; null: the dimension of the vectors'),
    adversaryDropout: z.number().min(0).lt(1).default(0.3).describe('of the adversaries'),
    adversaryNorm: z
      .boolean()
      .default(true)
      .describe('whether the adversaries normalise the vector they see'),
    generatorWidths: multiples
      .default([2, 2])
      .describe('hidden widths of the generators, in multiples of the dimension'),
    fuseWidths: multiples.default([2]).describe('hidden widths of the fusion, in multiples of the dimension'),
    withoutAttributeEmbeddings: z
      .boolean()
      .default(false)
      .describe('ablation: the fusion sees the collaborative embedding only'),
    withoutCollaborativeEmbedding: z
      .boolean()
      .default(false)
      .describe(
        'ablation: the fusion sees the attribute embeddings only; nothing is played against adversaries',
      ),
  })
  .refine((config) => !(config.withoutAttributeEmbeddings && config.withoutCollaborativeEmbedding), {
    path: ['withoutCollaborativeEmbedding'],
    message: 'cannot go together with withoutAttributeEmbeddings: nothing would be left to fuse',
  })

/** Settings of AFRL. */
export type AfrlConfig = z.output<typeof afrlSchema>

/** Named settings that differ from the defaults. */
export const afrlPresets = {
  paper: {
    opponent: 'adversary',
    start: 'random',
    generatorWidths: [2, 4, 8, 4, 2],
    fuseWidths: [8, 4],
    lambda: 1,
    beta: 1,
    adversarialForm: 'negCE',
    maskPer: 'batch',
    dSteps: 1,
    adversaryHidden: null,
    adversaryDropout: 0,
    adversaryNorm: false,
    classWeights: 'inverse',
    loss: 'bpr',
    epochs: 500,
    batchSize: 256,
    learningRate: 5e-5,
    adversaryLearningRate: 5e-5,
    weightDecay: 1e-8,
    adversaryWeightDecay: 1e-8,
  },
} as const satisfies Record<string, z.input<typeof afrlSchema>>
