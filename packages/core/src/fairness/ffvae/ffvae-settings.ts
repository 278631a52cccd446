import { z } from 'zod'

import { opponentSettings } from '../learning/opponent.js'
import { erasureSettings } from '../learning/start-from-erasure.js'
import { vectorVeilSettings } from '../vector-veil/vector-veil-settings.js'

/** Name of the method in commands, files and reports. */
export const ffvaeMethod = 'ffvae'

const width = z.int().min(1).max(4096).nullable().default(null)

/** Settings of FFVAE. */
export const ffvaeSchema = z.strictObject({
  ...vectorVeilSettings,
  ...opponentSettings,
  // Beside a recommendation loss that weighs 10.
  listenerWeight: opponentSettings.listenerWeight.default(10),
  dependenceWeight: opponentSettings.dependenceWeight.default(15_000),
  latentSize: width.describe('dimensions of z, which tells of no attribute; null: those of a user vector'),
  hiddenSize: width.describe(
    'hidden units of encoder and decoder; null: twice the dimensions of a user vector',
  ),
  start: z
    .enum(['erasure', 'identity', 'random'])
    .default('erasure')
    .describe(
      'what z is before training: the vector after linear erasure of all attributes, the vector, or random networks',
    ),
  ...erasureSettings,
  alpha: z
    .number()
    .min(0)
    .default(30)
    .describe('weight of the cross-entropy of each attribute given its own part b_i'),
  gamma: z
    .number()
    .min(0)
    .default(30)
    .describe('weight of the total correlation of z and all b_i (adversary)'),
  klWeight: z.number().min(0).default(0.001).describe('weight of KL(q(z|u) || N(0, I))'),
  reconstructionWeight: z
    .number()
    .min(0)
    .default(0.1)
    .describe('weight of half the squared error in standardised coordinates'),
  recommendationWeight: z
    .number()
    .min(0)
    .default(10)
    .describe('weight of the next item, predicted from the decoded vector under each requirement'),
  dropout: z.number().min(0).lt(1).default(0.3).describe('dropout in the part that finds the attributes'),
  densitySteps: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('steps of the density-ratio discriminator for each of the veil'),
  densityHidden: z
    .array(z.int().min(1).max(4096))
    .min(1)
    .max(10)
    .default([256, 256])
    .describe('widths of the hidden layers of the density-ratio discriminator'),
})

/** Values of {@link ffvaeSchema}. */
export type FfvaeConfig = z.output<typeof ffvaeSchema>

/** Settings that replace defaults by name: `paper` stands for Creager et al. 2019 with sizes halved for vectors of 64. */
export const ffvaePresets = {
  paper: {
    opponent: 'adversary',
    latentSize: 32,
    start: 'random',
    alpha: 100,
    gamma: 10,
    klWeight: 1,
    reconstructionWeight: 1,
    loss: 'bpr',
    dropout: 0,
    adversaryLearningRate: 1e-4,
    recommendationWeight: 1,
    classWeights: 'none',
  },
} as const satisfies Readonly<Record<string, Partial<FfvaeConfig>>>
