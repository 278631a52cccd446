import { describe, expect, it } from 'vitest'
import type { Histories } from '../../dataset.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { AttackContext, AttackProblem } from '../attacker.js'
import { listLogisticRegressionAttacker } from './list-logistic-regression-attacker.js'

const context = {} as AttackContext
const numItems = 400
const numUsers = 500
const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)

const toHistories = (lists: readonly (readonly number[])[]): Histories => {
  const offsets = new Int32Array(lists.length + 1)
  for (const [u, list] of lists.entries()) offsets[u + 1] = offsets[u]! + list.length
  return { offsets, items: Int32Array.from(lists.flat()) }
}

const rng = Rng.fromSeed(9)
const labels = Int32Array.from({ length: numUsers }, () => rng.int(2))
/** Lists of 5 to 200 items; items up to 40 are thrice as likely for class 1. */
const lists = Array.from(labels, (label) => {
  const chance = 0.01 + 0.3 * rng.uniform()
  return Array.from({ length: numItems }, (_, i) => i + 1).filter(
    (item) => rng.uniform() < chance * (item <= 40 && label === 0 ? 1 / 3 : 1),
  )
})
const problem: AttackProblem = {
  evidence: { kind: 'lists', lists: toHistories(lists), numItems },
  numClasses: 2,
  training: { users: range(0, 300), labels: labels.slice(0, 300) },
  validation: { users: range(300, 350), labels: labels.slice(300, 350) },
}
const fits = listLogisticRegressionAttacker.configurations.map((config) => ({
  config,
  rng: Rng.fromSeed(1),
}))

describe('listLogisticRegressionAttacker', () => {
  it('finds items that tell, in lists of any length', async () => {
    const attackers = await listLogisticRegressionAttacker.fit(problem, fits, context)
    expect(attackers.length).toBeLessThanOrEqual(6)
    const aucs = await Promise.all(
      attackers.map(async (attacker) => {
        const p = await attacker.predict(range(350, numUsers))
        return macroRocAuc(p, labels.slice(350), 2).auc.value!
      }),
    )
    expect(Math.max(...aucs)).toBeGreaterThan(0.8)
    // On the path, and by itself, a fit ends at the same place.
    const [alone] = await listLogisticRegressionAttacker.fit({ ...problem }, [fits[3]!], context)
    const p = await alone!.predict(range(350, 360))
    for (const [i, value] of (await attackers[3]!.predict(range(350, 360))).entries()) {
      expect(value).toBeCloseTo(p[i]!, 2)
    }
  })

  it('leaves out items that no training user has, and takes empty lists', async () => {
    const few = toHistories([[1, 2], [2], [1, 2], [2], [3, 4], [], [2, 3, 4]])
    const small: AttackProblem = {
      evidence: { kind: 'lists', lists: few, numItems: 5 },
      numClasses: 2,
      training: { users: range(0, 4), labels: Int32Array.of(1, 0, 1, 0) },
      validation: { users: range(0, 2), labels: Int32Array.of(1, 0) },
    }
    const [attacker] = await listLogisticRegressionAttacker.fit(small, [fits[2]!], context)
    const p = await attacker!.predict(range(0, 7))
    expect(p[1]).toBeGreaterThan(0.8)
    expect(p[3]).toBeLessThan(0.2)
    expect([p[9], p[8]]).toEqual([p[11], p[10]])
    // Training lists have 1.5 items on average: 2 alone weighs 1.22, in a list of three 0.71.
    expect(p[13]).toBeGreaterThan(p[3]!)
  })

  it('takes labels that replace the training users own', async () => {
    const swapped = problem.training.labels.map((label) => 1 - label)
    const [own, other] = await listLogisticRegressionAttacker.fit(
      problem,
      [fits[1]!, { ...fits[1]!, labels: swapped }],
      context,
    )
    const p = await own!.predict(range(350, 360))
    for (const [i, value] of (await other!.predict(range(350, 360))).entries()) {
      expect(value).toBeCloseTo(1 - p[i]!, 4)
    }
  })

  it('refuses vectors and stops on request', async () => {
    const vectors = { kind: 'vectors', values: new Float64Array(numUsers), dimension: 1 } as const
    await expect(
      listLogisticRegressionAttacker.fit({ ...problem, evidence: vectors }, fits, context),
    ).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    await expect(
      listLogisticRegressionAttacker.fit(problem, fits, { ...context, signal: AbortSignal.abort() }),
    ).rejects.toThrow(expect.objectContaining({ code: 'ABORTED' }))
  })
})
