import { optimizerSchema } from '@veilrec/core'
import { z } from 'zod'

/** How a recommender is trained, whatever it is. */
export const trainingSchema = z.strictObject({
  epochs: z.int().min(1).default(200).describe('upper limit; early stopping usually ends before'),
  batchTokens: z
    .int()
    .min(1)
    .default(6400)
    .describe('positions per step: users of a batch times the length their histories are padded to'),
  patience: z
    .int()
    .min(1)
    .default(5)
    .describe('evaluations without a better validation NDCG@10 before stopping'),
  evaluateEvery: z.int().min(1).default(4).describe('epochs between evaluations'),
  maxMinutes: z.number().positive().default(60).describe('no epoch starts that would end after this time'),
  clipNorm: z.number().positive().default(5).describe('largest norm of all gradients together'),
  warmupSteps: z.int().min(0).default(100).describe('steps over which the learning rate rises linearly'),
  threads: z
    .int()
    .min(1)
    .optional()
    .describe('threads of the engine, all cores when left out; equal bytes need an equal number'),
  optimizer: optimizerSchema
    .default({
      kind: 'adam',
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.98,
      epsilon: 1e-8,
      weightDecay: 0,
    })
    .describe("how parameters follow their gradients; PyTorch's conventions"),
})

/** Settings of training with defaults filled in. */
export type TrainingConfig = z.output<typeof trainingSchema>
