import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { concatenate } from '../../metrics/top-k-lists.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { AttackProblem } from '../attacker.js'
import { listMlpAttacker } from './list-mlp-attacker.js'

const runtime = createOrtRuntime({ threads: 1 })
const [users, numItems, length] = [900, 60, 10]

/** Lists of ten of 60 items, and whether two halves of the catalogue go together in them: no single item tells. */
const pairs = ((): { lists: Int32Array[]; labels: Int32Array } => {
  const rng = Rng.fromSeed(1)
  const labels = Int32Array.from({ length: users }, () => rng.int(2))
  const lists = Array.from(labels, (label) => {
    const side = rng.int(2)
    // Half a list from items 1-15 or 16-30, the other half from 31-45 or 46-60, alike or crosswise.
    const pick = (from: number): Int32Array =>
      rng.shuffle(Int32Array.from({ length: 15 }, (_, i) => from + i)).slice(0, length / 2)
    return Int32Array.from([...pick(1 + 15 * side), ...pick(31 + 15 * (label ^ side))])
  })
  return { lists, labels }
})()

const range = (labels: Int32Array, from: number, to: number) => ({
  users: Int32Array.from({ length: to - from }, (_, i) => from + i),
  labels: labels.slice(from, to),
})
const problemOf = (lists: readonly Int32Array[], labels: Int32Array): AttackProblem => ({
  evidence: { kind: 'lists', lists: concatenate(lists), numItems },
  numClasses: 2,
  training: range(labels, 0, 500),
  validation: range(labels, 500, 650),
})
const fit = { config: listMlpAttacker.configurations[0]!, rng: Rng.fromSeed(1) }

it('finds which items go together, the order within a list aside', async () => {
  const problem = problemOf(pairs.lists, pairs.labels)
  const [attacker] = await listMlpAttacker.fit(problem, [fit], { runtime })
  const test = range(pairs.labels, 650, users)
  const probabilities = await attacker!.predict(test.users)
  expect(macroRocAuc(probabilities, test.labels, 2).auc.value).toBeGreaterThan(0.95)

  const turned = problemOf(
    pairs.lists.map((list, user) => (user < 650 ? list : list.toReversed())),
    pairs.labels,
  )
  const [same] = await listMlpAttacker.fit(turned, [fit], { runtime })
  const again = await same!.predict(test.users)
  for (const [i, value] of again.entries()) expect(value).toBeCloseTo(probabilities[i]!, 5)
})

it('has the table gradient right: a bag of one item is a lookup', async () => {
  const rng = Rng.fromSeed(2)
  const lists = Array.from({ length: users }, () => Int32Array.of(1 + rng.int(numItems)))
  const labels = Int32Array.from(lists, ([item]) => item! % 2)
  const [attacker] = await listMlpAttacker.fit(problemOf(lists, labels), [fit], { runtime })
  const test = range(labels, 650, users)
  expect(macroRocAuc(await attacker!.predict(test.users), test.labels, 2).auc.value).toBeGreaterThan(0.98)
})

it('passes over items it has not learned, empty lists included', async () => {
  // The last users: no list, an item of the catalogue that training never showed, and one shown to a single user.
  const lists = [...pairs.lists]
  lists[0] = Int32Array.of(...lists[0]!.filter((item) => item !== 60), 60)
  const shown = lists.map((list, user) => (user > 0 && user < 650 ? list.filter((item) => item < 59) : list))
  shown.splice(-3, 3, new Int32Array(0), Int32Array.of(59), Int32Array.of(60))
  const [attacker] = await listMlpAttacker.fit(problemOf(shown, pairs.labels), [fit], { runtime })
  const [a, , b, , c] = await attacker!.predict(Int32Array.of(users - 3, users - 2, users - 1))
  expect(a).toBeGreaterThan(0)
  expect([b, c]).toEqual([a, a])
})

it('works where nothing can be learned, and refuses vectors', async () => {
  const empty = Array.from({ length: users }, () => new Int32Array(0))
  const [attacker] = await listMlpAttacker.fit(problemOf(empty, pairs.labels), [fit], { runtime })
  const probabilities = await attacker!.predict(Int32Array.of(700, 701))
  expect([...probabilities.subarray(0, 2)]).toEqual([...probabilities.subarray(2)])
  const evidence = { kind: 'vectors', values: new Float32Array(users), dimension: 1 } as const
  await expect(
    listMlpAttacker.fit({ ...problemOf(empty, pairs.labels), evidence }, [fit], { runtime }),
  ).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
