import { z } from 'zod'

import { adamRule } from './adam.js'
import { rmspropRule } from './rmsprop.js'
import { sgdRule } from './sgd.js'

/** One parameter on its way through an update. */
export interface UpdateTarget {
  readonly parameter: Float32Array
  /** The rule's own memory, arrays as long as the parameter. */
  readonly slots: readonly Float32Array[]
  /** The whole gradient, or that of the rows of a batch, one after the other. */
  readonly gradient: Float32Array
}

/** What is the same for all parameters of one update. */
export interface UpdateStep {
  /** Number of this update, from 1. */
  readonly step: number
  readonly learningRate: number
  /** Factor on the gradient, from clipping. */
  readonly gradientScale: number
}

/**
 * Updates `parameter[at .. at + length)` with `gradient[from .. from + length)`. `lastStep` is the update
 * that last touched these values: `step - 1` unless they are a row of a lazy table.
 */
export type RangeUpdate = (
  target: UpdateTarget,
  at: number,
  from: number,
  length: number,
  lastStep: number,
) => void

/** The arithmetic of an optimizer, in float64, stored as float32. */
export interface UpdateRule {
  /** Number of moment arrays. */
  readonly slots: number
  /** What can be computed once per update is computed here; rows of a table are thousands of ranges. */
  begin(step: UpdateStep): RangeUpdate
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
