import { describe, expect, it } from 'vitest'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { AttackContext, AttackProblem } from '../attacker.js'
import { knnAttacker, type KnnConfig } from './knn-attacker.js'
import { nearestNeighbours } from './knn-neighbours.js'

const context = {} as AttackContext
const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)

const predict = async (
  problem: AttackProblem,
  config: KnnConfig,
  users: Int32Array,
  labels?: Int32Array,
): Promise<Float64Array> => {
  const fit = { config, rng: Rng.fromSeed(1), ...(labels === undefined ? {} : { labels }) }
  const [attacker] = await knnAttacker.fit(problem, [fit], context)
  return attacker!.predict(users)
}

/** Everybody is one row of the values; validation is not looked at. */
const problemOf = (values: number[], dimension: number, labels: number[], numClasses = 2): AttackProblem => ({
  evidence: { kind: 'vectors', values: Float64Array.from(values), dimension },
  numClasses,
  training: { users: range(0, labels.length), labels: Int32Array.from(labels) },
  validation: { users: range(0, labels.length), labels: Int32Array.from(labels) },
})

describe('nearestNeighbours', () => {
  it('agrees with a search by brute force, ties going to the lower row', async () => {
    const rng = Rng.fromSeed(3)
    const dimension = 3
    // A coarse grid, so that many distances tie.
    const references = Float64Array.from({ length: 60 * dimension }, () => rng.int(4))
    const queries = Float64Array.from({ length: 21 * dimension }, () => rng.int(4))
    const found = await nearestNeighbours(queries, references, dimension, 7, () => Promise.resolve())
    for (let query = 0; query < 21; query++) {
      const squared = Array.from({ length: 60 }, (_, row) => {
        let sum = 0
        for (let j = 0; j < dimension; j++) {
          sum += (queries[query * dimension + j]! - references[row * dimension + j]!) ** 2
        }
        return sum
      })
      const expected = [...squared.keys()].sort((a, b) => squared[a]! - squared[b]! || a - b).slice(0, 7)
      expect([...found.rows.subarray(query * 7, query * 7 + 7)]).toEqual(expected)
      expect([...found.distances.subarray(query * 7, query * 7 + 7)]).toEqual(
        expected.map((row) => Math.sqrt(squared[row]!)),
      )
    }
  })

  it('puts a copy at distance 0 exactly', async () => {
    const rng = Rng.fromSeed(4)
    const rows = Float64Array.from({ length: 9 * 37 }, () => 100 * rng.normal())
    const found = await nearestNeighbours(rows, rows, 37, 20, () => Promise.resolve())
    expect(found.count).toBe(9)
    for (let row = 0; row < 9; row++) {
      expect([found.rows[row * 9], found.distances[row * 9]]).toEqual([row, 0])
    }
  })
})

describe('knnAttacker', () => {
  it('weighs votes by 1 / distance and adds one vote by class shares', async () => {
    // Mean 0 and deviation 2, so that standardised distances are half of these.
    const problem = problemOf([-3, -1, 1, 3, -Math.sqrt(3), Math.sqrt(3), 0.5], 1, [0, 0, 1, 1, 0, 1])
    const p = await predict(problem, { metric: 'euclidean', neighbours: 2 }, Int32Array.of(6))
    // Nearest to 0.5: 1 at 0.5, then sqrt(3) at 1.232 (class 1), before -1 at 1.5: both votes for class 1.
    expect(p[0]).toBeCloseTo(0.5 / 3, 12)
    expect(p[1]).toBeCloseTo(2.5 / 3, 12)
    const three = await predict(problem, { metric: 'euclidean', neighbours: 3 }, Int32Array.of(6))
    const against = 1 / 1.5 / (1 / 0.5 + 1 / (Math.sqrt(3) - 0.5) + 1 / 1.5)
    expect(three[0]).toBeCloseTo((3 * against + 0.5) / 4, 12)
  })

  it('lets only users at distance 0 vote, and takes labels that replace the users own', async () => {
    const problem = problemOf([1, 1, 2, 5], 1, [0, 1, 1, 1])
    const config = { metric: 'euclidean', neighbours: 4 } as const
    expect((await predict(problem, config, Int32Array.of(0)))[0]).toBeCloseTo((4 * 0.5 + 0.25) / 5, 12)
    const swapped = Int32Array.of(0, 0, 1, 0)
    expect((await predict(problem, config, Int32Array.of(0), swapped))[0]).toBeCloseTo((4 + 0.75) / 5, 12)
  })

  it('gives probability 0 to a class nobody has, and 1 to one that all have', async () => {
    const missing = problemOf([1, 2, 3, 4], 1, [0, 0, 2, 2], 3)
    const p = await predict(missing, { metric: 'cosine', neighbours: 3 }, range(0, 4))
    for (let row = 0; row < 4; row++) {
      expect(p[row * 3 + 1]).toBe(0)
      expect(p[row * 3]! + p[row * 3 + 2]!).toBeCloseTo(1, 12)
    }
    const single = problemOf([1, 2, 3], 1, [1, 1, 1])
    const sure = await predict(single, { metric: 'euclidean', neighbours: 9 }, range(0, 3))
    for (const [i, value] of sure.entries()) expect(value).toBeCloseTo(i % 2, 12)
  })

  it('does without constant columns and vectors at the mean', async () => {
    const problem = problemOf([7, -1, 7, 0, 7, 1, 7, 0], 2, [0, 0, 1, 1])
    for (const metric of ['euclidean', 'cosine'] as const) {
      const p = await predict(problem, { metric, neighbours: 2 }, range(0, 4))
      expect([...p].every((value) => value >= 0 && value <= 1)).toBe(true)
    }
    const constant = problemOf([7, 7, 7, 7], 1, [0, 0, 1, 1])
    expect([...(await predict(constant, { metric: 'cosine', neighbours: 2 }, Int32Array.of(3)))]).toEqual([
      5 / 6,
      1 / 6,
    ])
  })

  // Printed by golden/attackers.py with scikit-learn 1.9.1; without the one vote by class shares.
  it.each([
    { metric: 'euclidean', classes: 2, first: [0.661593, 0.338407], auc: 0.794992 },
    { metric: 'cosine', classes: 2, first: [0.660077, 0.339923], auc: 0.793718 },
    { metric: 'euclidean', classes: 3, first: [0.338407, 0, 0.661593], auc: 0.889289 },
    { metric: 'cosine', classes: 3, first: [0.339923, 0, 0.660077], auc: 0.888419 },
  ] as const)('matches scikit-learn: $metric, $classes classes', async ({ metric, classes, first, auc }) => {
    const smooth = (i: number, j: number): number => Math.sin(1 + 3.7 * i * (j + 1) + j * j)
    const x = (i: number, j: number): number => Math.floor(25 * Math.abs(smooth(i, j)))
    const values = Array.from({ length: 400 * 6 }, (_, at) => smooth(Math.floor(at / 6), at % 6))
    const labels = Int32Array.from(
      { length: 400 },
      (_, i) =>
        (Number(x(i, 0) > 12) + Number(x(i, 1) > 8) * Number(x(i, 2) > 10) + Number(i % 7 === 0)) % classes,
    )
    const problem = problemOf(values, 6, [...labels.subarray(0, 300)], classes)
    const p = await predict(problem, { metric, neighbours: 15 }, range(300, 400))
    for (let c = 0; c < classes; c++) {
      const share = labels.subarray(0, 300).filter((label) => label === c).length / 300
      for (let row = 0; row < 100; row++) {
        p[row * classes + c] = (16 * p[row * classes + c]! - share) / 15
      }
      expect(p[c]).toBeCloseTo(first[c]!, 6)
    }
    // A column of equal votes differs by rounding once the shares are taken out; the figure is good to its ties.
    expect(
      macroRocAuc(
        p.map((value) => Math.round(value * 1e9)),
        labels.subarray(300),
        classes,
      ).auc.value,
    ).toBeCloseTo(auc, 5)
  })

  it('finds what is exclusive-or, in one search for all configurations', async () => {
    const rng = Rng.fromSeed(5)
    const values = Array.from({ length: 1000 * 2 }, () => rng.normal())
    const labels = Array.from({ length: 1000 }, (_, i) => Number(values[2 * i]! * values[2 * i + 1]! > 0))
    const problem = problemOf(values, 2, labels.slice(0, 700))
    const fits = knnAttacker.configurations.map((config) => ({ config, rng: Rng.fromSeed(1) }))
    const attackers = await knnAttacker.fit(problem, fits, context)
    const aucs = await Promise.all(
      attackers.map(async (attacker) => {
        const p = await attacker.predict(range(700, 1000))
        return macroRocAuc(p, labels.slice(700), 2).auc.value!
      }),
    )
    expect(Math.max(...aucs)).toBeGreaterThan(0.95)
    expect(knnAttacker.configurations.length).toBeLessThanOrEqual(6)
    const alone = await predict(problem, knnAttacker.configurations[2]!, range(700, 1000))
    expect([...alone]).toEqual([...(await attackers[2]!.predict(range(700, 1000)))])
  })

  it('refuses lists and stops on request', async () => {
    const problem = problemOf([1, 2], 1, [0, 1])
    const fits = [{ config: { metric: 'euclidean', neighbours: 1 }, rng: Rng.fromSeed(1) }] as const
    const lists = { offsets: Int32Array.of(0, 0, 0), items: new Int32Array() }
    await expect(
      knnAttacker.fit({ ...problem, evidence: { kind: 'lists', lists, numItems: 1 } }, fits, context),
    ).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    await expect(knnAttacker.fit(problem, fits, { ...context, signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: 'ABORTED' }),
    )
  })
})
