import { z } from 'zod'

/** Settings that every learned veil shares; part of its own schema, where defaults may differ. */
export const veilTrainingSettings = {
  epochs: z.int().min(1).max(10_000).default(8).describe('epochs at most'),
  maxMinutes: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('stop after so many minutes with the best epoch so far; null: no limit'),
  patience: z
    .int()
    .min(1)
    .default(10)
    .describe('stop after so many epochs that were no better than the best one'),
  batchSize: z.int().min(2).max(65_536).default(1024).describe('rows of a batch'),
  learningRate: z.number().positive().default(1e-3).describe('of the veil; falls to 0 by half a cosine'),
  adversaryLearningRate: z.number().positive().default(1e-3).describe('of the adversaries; constant'),
  weightDecay: z.number().min(0).default(1e-4).describe('decoupled, of the veil'),
  adversaryWeightDecay: z.number().min(0).default(1e-2).describe('decoupled, of the adversaries'),
  holdoutShare: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.2)
    .describe('share of the defence users whose labels choose the epoch and train nothing'),
  classWeights: z
    .enum(['none', 'sqrtInverse', 'inverse'])
    .default('sqrtInverse')
    .describe('weight of a class by its frequency among the labels that train, at most 10 to 1'),
  loss: z
    .enum(['sampledSoftmax', 'bpr'])
    .default('sampledSoftmax')
    .describe(
      'of the next item, by the frozen recommender: softmax over numNegatives items, or BPR with one',
    ),
  numNegatives: z.int().min(1).default(4096).describe('negatives shared by a batch, at most the catalogue'),
} as const

const veilTrainingSchema = z.strictObject(veilTrainingSettings)

/** Values of {@link veilTrainingSettings}. */
export type VeilTrainingConfig = z.output<typeof veilTrainingSchema>
