import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import { defenceLabels, type DefenceLabels } from './defence-labels.js'
import { distilledLabels } from './distilled-labels.js'

const runtime = createOrtRuntime({ threads: 1 })
const dimension = 8
const numUsers = 400

/** Users whose vectors tell `told` well and `noise` not at all. */
function users(seed: number): { vectors: Float32Array; labels: DefenceLabels; truth: Int16Array } {
  const rng = Rng.fromSeed(seed)
  const vectors = Float32Array.from({ length: numUsers * dimension }, () => rng.normal())
  const truth = Int16Array.from({ length: numUsers }, (_, u) =>
    vectors[u * dimension]! + 0.3 * rng.normal() > 0 ? 1 : 0,
  )
  const noise = Int16Array.from({ length: numUsers }, () => rng.int(3))
  const attributes = [
    { name: 'noise', classes: ['a', 'b', 'c'], codes: noise },
    { name: 'told', classes: ['a', 'b'], codes: truth },
  ]
  const userGroup = Uint8Array.from({ length: numUsers }, (_, u) => (u % 2 === 0 ? 0 : 3))
  return { vectors, truth, labels: defenceLabels(attributes, userGroup, { holdoutShare: 0.2, rng }) }
}

const own = Int32Array.from({ length: numUsers }, (_, user) => user)

it('tells of everybody what vectors tell, and of those who taught it no more than of others', async () => {
  const { vectors, labels, truth } = users(1)
  const [noise, told] = await distilledLabels({
    labels,
    dimension,
    vectors,
    users: own,
    runtime,
    rng: Rng.fromSeed(2),
  })
  for (let user = 0; user < numUsers; user++) {
    expect(told![2 * user]! + told![2 * user + 1]!).toBeCloseTo(1, 5)
  }
  const aucOf = (
    probabilities: Float32Array,
    codes: Int16Array,
    numClasses: number,
    some: Int32Array,
  ): number =>
    macroRocAuc(
      Float64Array.from(
        [...some].flatMap((user) => [...probabilities.subarray(user * numClasses, (user + 1) * numClasses)]),
      ),
      Int32Array.from(some, (user) => codes[user]!),
      numClasses,
    ).auc.value!
  const others = own.filter((user) => user % 2 === 1)
  expect(aucOf(told!, truth, 2, others)).toBeGreaterThan(0.9)
  expect(aucOf(told!, truth, 2, labels.trainingUsers)).toBeGreaterThan(0.85)
  // By heart it would be near 1.
  const { training } = labels.attributes[0]!
  expect(aucOf(noise!, training, 3, labels.trainingUsers)).toBeLessThan(0.65)
})

it('is the same for the same stream', async () => {
  const { vectors, labels } = users(3)
  const run = (): Promise<Float32Array[]> =>
    distilledLabels({
      labels,
      dimension,
      vectors,
      users: own,
      runtime,
      rng: Rng.fromSeed(4),
      session: { threads: 1 },
    })
  expect(await run()).toEqual(await run())
})
