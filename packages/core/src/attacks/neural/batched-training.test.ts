import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import type { Runtime } from '../../graph/runtime.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { BatchedFeatures, PlacedFeatures } from './batched-features.js'
import { trainNetworks } from './batched-training.js'

const users = 300
const rng = Rng.fromSeed(1)
const values = Float32Array.from({ length: users * 2 }, () => rng.normal())
const labels = Int32Array.from({ length: users }, (_, user) => (values[user * 2]! > 0 ? 1 : 0))
const writing = (write: PlacedFeatures['write']): BatchedFeatures => {
  return { width: 2, bytes: 0, place: () => ({ write, accumulate: () => undefined }) }
}
const features = writing((chosen, target) => {
  for (const [i, user] of chosen.entries()) target.set(values.subarray(user * 2, user * 2 + 2), i * 2)
})
const shape = { inputs: 2, trainedInputs: false, hidden: [8], numClasses: 2, layerNorm: false, dropout: 0.2 }
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)
const problem = {
  evidence: { kind: 'vectors', values, dimension: 2 } as const,
  numClasses: 2,
  training: { users: range(0, 200), labels: labels.slice(0, 200) },
  validation: { users: range(200, 300), labels: labels.slice(200) },
}
const fit = { config: { learningRate: 1e-2, weightDecay: 0 }, rng: Rng.fromSeed(5) }

/** A runtime that counts loaded graphs and runs. */
function counting(): { readonly runtime: Runtime; readonly count: { loads: number; runs: number } } {
  const inner = createOrtRuntime({ threads: 1 })
  const count = { loads: 0, runs: 0 }
  const runtime: Runtime = {
    async load(model, options) {
      count.loads++
      const session = await inner.load(model, options)
      return {
        run: (feeds, fetches) => (count.runs++, session.run(feeds, fetches)),
        release: () => session.release(),
      }
    },
  }
  return { runtime, count }
}

const aucOf = async (attacker: { predict(who: Int32Array): Promise<Float64Array> }, truth: Int32Array) =>
  macroRocAuc(await attacker.predict(problem.validation.users), truth, 2).auc.value!

it('stops after its patience and goes back to the best epoch', async () => {
  const { runtime, count } = counting()
  // What is learned is wrong on these labels, so that every epoch is worse than the one before.
  const turned = problem.validation.labels.map((label) => 1 - label)
  const [stopped] = await trainNetworks(problem, [{ ...fit, validationLabels: turned }], features, shape, 6, {
    runtime,
  })
  const runs = count.runs
  const [learned] = await trainNetworks(problem, [fit], features, shape, 6, { runtime })
  const worst = 1 - (await aucOf(learned!, problem.validation.labels))
  expect(worst).toBeLessThan(0.01)
  const best = await aucOf(stopped!, turned)
  expect(best).toBeGreaterThan(worst + 0.01)
  // 64 of 200 users a step make 4 steps and one prediction an epoch; the best of the falling epochs is an early one.
  expect(runs % 5).toBe(0)
  expect(runs / 5).toBeGreaterThanOrEqual(7)
  expect(runs / 5).toBeLessThan(15)
  // The same again with less patience ends earlier, at the same place or a worse one.
  const [hasty] = await trainNetworks(problem, [{ ...fit, validationLabels: turned }], features, shape, 1, {
    runtime,
  })
  expect(await aucOf(hasty!, turned)).toBeLessThanOrEqual(best)
})

it('compiles once for many calls, and lets calls at the same time wait for one another', async () => {
  const { runtime, count } = counting()
  const train = () => trainNetworks(problem, [fit], features, shape, 2, { runtime })
  const [alone] = await train()
  const { loads } = count
  const together = await Promise.all([train(), train()])
  const expected = await alone!.predict(problem.validation.users)
  const got = await Promise.all(together.map(([attacker]) => attacker!.predict(problem.validation.users)))
  for (const probabilities of got) expect([...probabilities]).toEqual([...expected])
  expect(count.loads).toBe(loads)
})

it('stops on request while it trains, and can be used again', async () => {
  const { runtime, count } = counting()
  const controller = new AbortController()
  const stubborn = { runtime, signal: controller.signal }
  setTimeout(() => controller.abort(), 0)
  await expect(trainNetworks(problem, [fit], features, shape, 200, stubborn)).rejects.toThrow(
    expect.objectContaining({ code: 'ABORTED' }),
  )
  expect(count.runs).toBeLessThan(50)
  const [attacker] = await trainNetworks(problem, [fit], features, shape, 6, { runtime })
  expect(await aucOf(attacker!, problem.validation.labels)).toBeGreaterThan(0.95)
})

it('says so when a network diverges', async () => {
  const { runtime } = counting()
  const broken = writing((_, target) => void target.fill(Number.NaN))
  await expect(trainNetworks(problem, [fit], broken, shape, 2, { runtime })).rejects.toThrow(
    expect.objectContaining({ code: 'NOT_FINITE' }),
  )
})
