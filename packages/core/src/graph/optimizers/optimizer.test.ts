import { floats, matchers } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import golden from '../../../golden/pytorch.json' with { type: 'json' }
import { Rng } from '../../random.js'
import { mul } from '../ops/elementwise.js'
import { sum } from '../ops/reduction.js'
import { ParameterStore } from '../parameter-store.js'
import { TrainingStep } from '../training-step.js'
import { createUpdateRule, optimizerSchema, type OptimizerConfig } from './optimizer.js'
import { OptimizerState } from './optimizer-state.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

/** A step whose gradient is what is fed: the loss is the inner product of parameter and gradient. */
async function stepWithGivenGradient(
  optimizer: OptimizerConfig,
  start: readonly number[],
  state?: OptimizerState,
) {
  const store = new ParameterStore(Rng.fromSeed(1))
  const step = await TrainingStep.compile(
    runtime,
    (scope) => {
      const p = scope.parameter('p', [start.length], (values) => values.set(start))
      return { loss: sum(mul(p, scope.input('gradient', 'float32', [start.length]))) }
    },
    { store, optimizer, ...(state ? { state } : {}) },
  )
  return { step, parameter: store.get('p').data }
}

describe('equals PyTorch after every step', () => {
  it.each([
    ['sgd', { kind: 'sgd', learningRate: 0.1, weightDecay: 0.1 }],
    ['adam', { kind: 'adam', learningRate: 0.05, weightDecay: 0.1 }],
    ['adamw', { kind: 'adamw', learningRate: 0.05, weightDecay: 0.1 }],
    ['rmsprop', { kind: 'rmsprop', learningRate: 0.05, alpha: 0.9, weightDecay: 0.1 }],
  ] as const)('%s', async (name, config) => {
    const expected = golden.optimizers[name]
    const { step, parameter } = await stepWithGivenGradient(optimizerSchema.parse(config), expected.start)
    for (const [index, gradient] of expected.gradients.entries()) {
      await step.run({ gradient: Float32Array.from(gradient) })
      expect(parameter).toBeAllClose(expected.trajectory[index]!, { relative: 1e-5, absolute: 1e-6 })
    }
    expect(step.state.step).toBe(expected.gradients.length)
    await step.release()
  })

  it('lazy adam is SparseAdam, rows untouched for some steps and twice in one', async () => {
    const { shape, start, steps, trajectory } = golden.sparseAdam
    const store = new ParameterStore(Rng.fromSeed(1))
    const step = await TrainingStep.compile(
      runtime,
      (scope) => {
        const table = scope.parameter('table', shape, (values) => values.set(start), { update: 'lazy' })
        const rows = scope.lookup(table, scope.input('ids', 'int32', [2]))
        return { loss: sum(mul(rows, scope.input('gradient', 'float32', [2, 2]))) }
      },
      { store, optimizer: optimizerSchema.parse({ kind: 'adam', learningRate: 0.05 }) },
    )
    for (const [index, { ids, values }] of steps.entries()) {
      await step.run({ ids: Int32Array.from(ids), gradient: Float32Array.from(values) })
      expect(store.get('table').data).toBeAllClose(trajectory[index]!, { relative: 1e-5, absolute: 1e-6 })
    }
    await step.release()
  })
})

it('decays a lazy row for the steps it missed, AdamW style', () => {
  const rule = createUpdateRule(optimizerSchema.parse({ kind: 'adamw', learningRate: 0.1, weightDecay: 0.5 }))
  const parameter = Float32Array.of(1)
  const slots = [new Float32Array(1), new Float32Array(1)]
  const update = rule.begin({ step: 4, learningRate: 0.1, gradientScale: 1 })
  update({ parameter, slots, gradient: Float32Array.of(0) }, 0, 0, 1, 0)
  expect(parameter).toBeAllClose([0.95 ** 4], { relative: 1e-6 })
})

it('has the defaults of PyTorch and refuses what it does not know', () => {
  expect(optimizerSchema.parse({ kind: 'adam' })).toEqual({
    kind: 'adam',
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
  })
  for (const wrong of [{ kind: 'adam', momentum: 1 }, { kind: 'lion' }, { kind: 'sgd', learningRate: 0 }]) {
    expect(optimizerSchema.safeParse(wrong).success).toBe(false)
  }
})

it('continues exactly from exported state', async () => {
  const { start, gradients } = golden.optimizers.adam
  const config = optimizerSchema.parse({ kind: 'adam', learningRate: 0.05 })
  const whole = await stepWithGivenGradient(config, start)
  for (const gradient of gradients) await whole.step.run({ gradient: Float32Array.from(gradient) })

  const first = await stepWithGivenGradient(config, start)
  for (const gradient of gradients.slice(0, 3))
    await first.step.run({ gradient: Float32Array.from(gradient) })
  const state = new OptimizerState()
  state.import(
    first.step.state.step,
    new Map([...first.step.state.export()].map(([name, array]) => [name, array.slice()])),
  )
  const second = await stepWithGivenGradient(config, [...first.parameter], state)
  for (const gradient of gradients.slice(3)) await second.step.run({ gradient: Float32Array.from(gradient) })
  expect(second.parameter).toEqual(whole.parameter)
  expect(floats(second.parameter).data).not.toBeAllClose(start)
})
