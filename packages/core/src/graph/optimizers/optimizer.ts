import { z } from 'zod'

import { adamRule } from './adam.js'
import { rmspropRule } from './rmsprop.js'
import { sgdRule } from './sgd.js'

/** A run of values to update: `parameter[at .. at + length)` with `gradient[from .. from + length)`. */
export interface UpdateRange {
  readonly parameter: Float32Array
  /** The rule's own memory, arrays as long as the parameter. */
  readonly slots: readonly Float32Array[]
  readonly at: number
  readonly gradient: Float32Array
  readonly from: number
  readonly length: number
  /** Number of this update, from 1. */
  readonly step: number
  /** Update at which the range was last touched; `step - 1` unless it is a row of a lazy table. */
  readonly lastStep: number
  readonly learningRate: number
  /** Factor on the gradient, from clipping. */
  readonly gradientScale: number
}

/** The arithmetic of an optimizer on a range of values, in float64, stored as float32. */
export interface UpdateRule {
  /** Number of moment arrays. */
  readonly slots: number
  update(range: UpdateRange): void
}

const learningRate = z.number().positive().default(1e-3).describe('step size')
const weightDecay = z.number().min(0).default(0)

/** Which optimizer, with its settings; the conventions are PyTorch's. */
export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate,
    weightDecay: weightDecay.describe('L2, added to the gradient'),
  }),
  z.strictObject({
    kind: z.literal('adam'),
    learningRate,
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: weightDecay.describe('L2, added to the gradient'),
  }),
  z.strictObject({
    kind: z.literal('adamw'),
    learningRate,
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: weightDecay.describe('decoupled, multiplied by the learning rate'),
  }),
  z.strictObject({
    kind: z.literal('rmsprop'),
    learningRate,
    alpha: z.number().min(0).lt(1).default(0.99),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: weightDecay.describe('L2, added to the gradient'),
  }),
])

/** Settings of an optimizer with the defaults filled in. */
export type OptimizerConfig = z.output<typeof optimizerSchema>

/** The rule of a configuration. */
export function createUpdateRule(config: OptimizerConfig): UpdateRule {
  switch (config.kind) {
    case 'sgd':
      return sgdRule(config)
    case 'adam':
      return adamRule({ ...config, decoupled: false })
    case 'adamw':
      return adamRule({ ...config, decoupled: true })
    case 'rmsprop':
      return rmspropRule(config)
  }
}
