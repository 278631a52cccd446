import { z } from 'zod'

import { opponentSettings } from '../learning/opponent.js'
import { erasureSettings } from '../learning/start-from-erasure.js'
import { veilTrainingSettings } from '../learning/veil-settings.js'

const { batchSize: _, ...shared } = veilTrainingSettings

/** Settings of PFRec; every eliminator is trained by the same. */
export const pfrecSchema = z
  .strictObject({
    ...shared,
    ...opponentSettings,
    epochs: shared.epochs.default(4).describe('epochs of an eliminator at most, each user once in every one'),
    numNegatives: shared.numNegatives.default(256),
    batchTokens: z
      .int()
      .min(1)
      .default(6400)
      .describe('positions of a batch, as in the training of a recommender'),
    looks: z
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .describe(
        'moments of each user in a batch at which the kernel looks, where one pass gives them all: the newest and others of the later half',
      ),
    optimizer: z
      .enum(['adamw', 'rmsprop'])
      .default('adamw')
      .describe('of eliminator and adversaries; rmsprop adds weight decay to the gradient'),
    clipNorm: z
      .number()
      .positive()
      .nullable()
      .default(5)
      .describe('largest norm of the gradients of an eliminator; null: no limit'),
    taskPrompts: z.int().min(1).max(1000).default(10).describe('rows of the task prompt in every block'),
    userPrompt: z
      .enum(['all', 'nonSensitive', 'none'])
      .default('all')
      .describe('attributes with a row in the user prompt; nonSensitive: those that are not to be hidden'),
    valueDropout: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'probability that a value known in training is read as unknown, as every value is when serving',
      ),
    adapterForm: z
      .enum(['code', 'paper'])
      .default('code')
      .describe('x + W2 relu(W1 LN(x)) as released, or x + LN(x W1) W2 as printed (equation 2)'),
    adapterWidth: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('inner width of an adapter; null: a quarter of the hidden size'),
    adapterReads: z
      .enum(['subLayer', 'sum'])
      .default('sum')
      .describe(
        'what an adapter reads: the output of its sub-layer as in the paper, or that plus the residual',
      ),
    withoutPrompt: z.boolean().default(false).describe('ablation: adapters alone'),
    withoutAdapter: z.boolean().default(false).describe('ablation: prompts alone'),
    tune: z
      .enum(['eliminator', 'all'])
      .default('eliminator')
      .describe(
        'what learns: prompts and adapters, or in their place every parameter of the recommender but its item table',
      ),
    trainLayerNorm: z
      .boolean()
      .default(false)
      .describe('the layer norms of the recommender learn, too, as in the released code'),
    lambda: z.number().min(0).default(5).describe('weight of the adversaries (equation 5; adversary)'),
    adversarialForm: z
      .enum(['negCE', 'bounded', 'probability', 'uniform'])
      .default('uniform')
      .describe('what the eliminator minimises against an adversary; negCE is the paper'),
    adversarySteps: z
      .int()
      .min(1)
      .default(4)
      .describe('steps of the adversaries before each step of the eliminator'),
    adversaryWidths: z.array(z.int().min(1)).min(1).default([256]).describe('hidden layers of an adversary'),
    adversaryDropout: z.number().min(0).lt(1).default(0.3).describe('share of hidden values dropped'),
    erasure: z
      .boolean()
      .default(true)
      .describe('start from linear erasure of the requirement behind the recommender; not in the paper'),
    ...erasureSettings,
  })
  .refine((config) => config.tune === 'all' || config.trainLayerNorm || !hasNothing(config), {
    path: ['withoutAdapter'],
    message: 'leaves nothing to be trained beside withoutPrompt',
  })

function hasNothing(config: { readonly withoutPrompt: boolean; readonly withoutAdapter: boolean }): boolean {
  return config.withoutPrompt && config.withoutAdapter
}

/** Settings of PFRec with defaults filled in. */
export type PfrecConfig = z.output<typeof pfrecSchema>

/** Settings by name. */
export const pfrecPresets = {
  // Section 4 and the released code: one moment of each user per step, 256 users of up to 100 items a batch
  paper: {
    opponent: 'adversary',
    epochs: 100,
    batchTokens: 25_600,
    optimizer: 'rmsprop',
    clipNorm: null,
    learningRate: 1e-4,
    adversaryLearningRate: 1e-4,
    weightDecay: 1e-6,
    adversaryWeightDecay: 1e-6,
    valueDropout: 0,
    adapterReads: 'subLayer',
    lambda: 1,
    classWeights: 'inverse',
    loss: 'bpr',
    adversarialForm: 'negCE',
    adversaryWidths: [64],
    adversaryDropout: 0,
    erasure: false,
  },
} as const
