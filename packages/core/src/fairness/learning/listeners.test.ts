import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { mul } from '../../graph/ops/elementwise.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { TrainingStep } from '../../graph/training-step.js'
import { linear } from '../../layers/linear.js'
import { Rng } from '../../random.js'
import type { VectorAudience, VectorBatch, VectorPlayer } from '../vector-veil/vector-model.js'
import { listenersAt, listenersLoss, listeningPlayers } from './listeners.js'

const runtime = createOrtRuntime({ threads: 1 })
const size = 128
const dimension = 4
const rng = Rng.fromSeed(1)
const vectors = Float32Array.from({ length: size * dimension }, () => rng.normal())
/** Told by the product of two coordinates, of which no mean depends. */
const told = Float32Array.from({ length: size * 2 }, (_, i) => {
  const row = Math.floor(i / 2) * dimension
  const isSame = vectors[row]! * vectors[row + 1]! > 0
  return isSame === (i % 2 === 0) ? 0.9 : 0.1
})

function audienceOf(scope: Scope): VectorAudience {
  return {
    size,
    vectors: scope.input('audience', 'float32', [size, dimension]),
    hidden: scope.input('hidden', 'float32', [size, 2]),
    probabilities: [0, 1].map((index) => scope.input(`told${index}`, 'float32', [size, 2])),
  }
}

const inputs = (hidden: readonly [number, number]): Record<string, Float32Array> => ({
  audience: vectors,
  hidden: Float32Array.from({ length: size * 2 }, (_, i) => hidden[i % 2]!),
  told0: told,
  told1: told.toReversed(),
})

const settings = { adversaryLearningRate: 3e-3, adversaryWeightDecay: 0, listenerWeight: 1 }

/** Loss of listeners at some veil after steps of their own. */
async function listened(
  hidden: readonly [number, number],
  steps: number,
  veil: (scope: Scope, vectors: Tensor) => Tensor = (_, x) => x,
): Promise<{ losses: number[]; moved: string[] }> {
  const [player] = listeningPlayers('listeners/0', veil, settings) as [VectorPlayer]
  const store = new ParameterStore(Rng.fromSeed(2))
  const step = await TrainingStep.compile(
    runtime,
    (scope) => player.objective(scope, { audience: audienceOf(scope) } as unknown as VectorBatch),
    { store, optimizer: player.optimizer, trainable: player.trains, dropoutRng: Rng.fromSeed(3) },
  )
  const before = store.snapshot()
  const losses: number[] = []
  for (let i = 0; i < steps; i++) losses.push((await step.run(inputs(hidden)))['loss']!)
  await step.release()
  const moved = store.list().filter(({ name, data }) => data.some((v, at) => v !== before.get(name)![at]))
  return { losses, moved: moved.map(({ name }) => name) }
}

describe('listeners', () => {
  it('learn what is told by several coordinates together', async () => {
    const { losses } = await listened([1, 0], 150)
    expect(losses[0]).toBeGreaterThan(0.6)
    expect(losses.at(-1)).toBeLessThan(0.5)
  })

  it('are asked for hidden attributes alone', async () => {
    const [both, first, second, none] = await Promise.all(
      (
        [
          [1, 1],
          [1, 0],
          [0, 1],
          [0, 0],
        ] as const
      ).map(async (hidden) => (await listened(hidden, 1)).losses[0]!),
    )
    expect(none).toBe(0)
    expect(first).toBeGreaterThan(0.5)
    // They see the requirement, and dropout, too, so that the sum is not exact.
    expect(Math.abs(both! - first! - second!)).toBeLessThan(0.3)
  })

  it('move nothing of the veil, whose gradient goes through them', async () => {
    const { moved } = await listened([1, 1], 2, (scope, x) => {
      return linear(scope.child('veil'), x, dimension)
    })
    expect(moved.length).toBeGreaterThan(0)
    expect(moved.every((name) => name.startsWith('listeners/0/'))).toBe(true)

    const store = new ParameterStore(Rng.fromSeed(2))
    const step = await TrainingStep.compile(
      runtime,
      (scope) => {
        const audience = audienceOf(scope)
        const veiled = linear(scope.child('veil'), audience.vectors, dimension)
        return { loss: mul(listenersLoss(listenersAt(scope, 'listeners/0'), veiled, audience), -1) }
      },
      {
        store,
        optimizer: { kind: 'sgd', learningRate: 0.1, weightDecay: 0 },
        trainable: (name) => name.startsWith('veil'),
        dropoutRng: Rng.fromSeed(3),
      },
    )
    const before = store.snapshot().get('veil/weight')!
    await step.run(inputs([1, 1]))
    await step.release()
    expect(store.get('veil/weight').data).not.toEqual(before)
  })
})
