import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories, UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { adoptionEntropy, itemAdoption } from './adoption-entropy.js'
import { entropySortedLists, interactionControls } from './interaction-controls.js'
import { interactionFairness } from './interaction-fairness.js'
import { interactionReport } from './interaction-report.js'
import { concatenate } from './top-k-lists.js'

const lists = (...rows: (readonly number[])[]): Histories =>
  concatenate(rows.map((row) => Int32Array.from(row)))
const mean = (values: Float64Array): number => {
  const kept = values.filter((value) => !Number.isNaN(value))
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

describe('interactionFairness', () => {
  const entropy = Float64Array.of(Number.NaN, 0.1, 0.2, 0.4, 0.8, Number.NaN)

  it('has hand-computed means and sums', () => {
    const result = interactionFairness(entropy, lists([4, 3, 1], [2]), lists([1, 2], [3]), 2)
    expect([...result.listMean]).toEqual([expect.closeTo(0.6, 12), 0.2])
    expect([...result.truthMean]).toEqual([expect.closeTo(0.15, 12), 0.4])
    expect([...result.dif]).toEqual([expect.closeTo(0.45, 12), -0.2])
    // Two targets against two places, one against one.
    expect([...result.difSum]).toEqual([expect.closeTo(0.9, 12), -0.2])
  })

  it('cuts both sums at min(k, targets)', () => {
    const { dif, difSum } = interactionFairness(entropy, lists([4, 1]), lists([1, 2, 3]), 1)
    expect(dif[0]).toBeCloseTo(0.8 - 0.7 / 3, 12)
    expect(difSum[0]).toBeCloseTo(0.8 - 0.1, 12)
    expect(interactionFairness(entropy, lists([4, 1]), lists([3]), 2).difSum[0]).toBeCloseTo(0.4, 12)
  })

  it('is zero for the truth itself', () => {
    const truth = lists([1, 4, 2], [3])
    const { dif, difSum } = interactionFairness(entropy, truth, truth, 3)
    expect([...dif, ...difSum]).toEqual([0, 0, 0, 0])
  })

  it('leaves out and counts items without an entropy, users without list or targets', () => {
    const result = interactionFairness(entropy, lists([5, 4], [], [1], [5]), lists([1], [1], [], [5]), 2)
    expect([...result.listMean]).toEqual([0.8, Number.NaN, 0.1, Number.NaN])
    expect([...result.truthMean]).toEqual([0.1, 0.1, Number.NaN, Number.NaN])
    expect([...result.difSum]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
    expect(result).toMatchObject({ unscoredListed: 2, unscoredTargets: 1 })
  })

  it('refuses other users and items outside the catalogue', () => {
    for (const [listed, truth] of [
      [lists([1]), lists([1], [2])],
      [lists([6]), lists([1])],
      [lists([1]), lists([0])],
    ] as const) {
      expect(() => interactionFairness(entropy, listed, truth, 2)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
    }
  })

  it('matches NumPy 2.4.6 (golden/group_fairness.py)', () => {
    const users = Array.from({ length: 40 }, (_, u) => u)
    const attribute: UserAttribute = {
      name: 'age',
      classes: ['a', 'b', 'c'],
      codes: Int16Array.from(users, (u) => (u % 5 === 4 ? -1 : (u * u + Math.floor(u / 3)) % 3)),
    }
    const rows = (length: (u: number) => number, item: (u: number, j: number) => number): Histories =>
      lists(...users.map((u) => Array.from({ length: length(u) }, (_, j) => (item(u, j) % 11) + 1)))
    const training = rows(
      (u) => 3 + (u % 4),
      (u, j) => u * (j + 1) + j * j,
    )
    const recommended = rows(
      () => 4,
      (u, j) => 7 * u + 3 * j,
    )
    const truth = rows(
      (u) => u % 3,
      (u, j) => 5 * u + 2 * j,
    )
    const entropies = adoptionEntropy(itemAdoption(training, attribute, 12))
    const { dif, difSum } = interactionFairness(entropies, recommended, truth, 4)
    expect(mean(dif)).toBeCloseTo(0.003719604368474273, 13)
    expect(mean(difSum)).toBeCloseTo(0.009096433244453639, 13)
  })
})

/** Items adopted by chance alone, some by many users and most by few; the last items of a user are the truth. */
function chanceAdoption(seed: number): {
  training: Histories
  truth: Histories
  gender: UserAttribute
  numItems: number
} {
  const rng = Rng.fromSeed(seed)
  const [numUsers, numItems] = [300, 200]
  const draw = (): number => 1 + Math.floor(numItems * rng.uniform() ** 3)
  const rows = Array.from({ length: numUsers }, () => [...new Set(Array.from({ length: 12 }, draw))])
  return {
    training: lists(...rows.map((row) => row.slice(0, -1))),
    truth: lists(...rows.map((row) => row.slice(-1))),
    gender: {
      name: 'gender',
      classes: ['F', 'M'],
      codes: Int16Array.from({ length: numUsers }, () => (rng.uniform() < 0.3 ? 0 : 1)),
    },
    numItems,
  }
}

describe('controls', () => {
  it('are masked lists of popular, random and even items', () => {
    const training = lists([1, 2], [1, 3], [1, 3])
    const { popularity, random } = interactionControls({
      training,
      numItems: 4,
      known: training,
      k: 2,
      seed: 1,
    })
    expect([...popularity.items]).toEqual([3, 4, 2, 4, 2, 4])
    expect(Array.from(random.items.subarray(0, 2).toSorted())).toEqual([3, 4])
    const sorted = entropySortedLists(Float64Array.of(Number.NaN, 0.5, Number.NaN, 0, 0.5), lists([], [4]), 3)
    expect([...sorted.items]).toEqual([1, 4, 3, 1, 3, 2])
  })

  it('no list of unknown items is above the entropy-sorted one', () => {
    const value = fc.constantFrom(0, 0.2, 0.5, 0.7, Number.NaN)
    const row = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 8 })
    const values = fc.array(value, { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(values, row, row, (entropies, own, any) => {
        const entropy = Float64Array.from([Number.NaN, ...entropies])
        const known = lists(own)
        const other = any.filter((item) => !own.includes(item) && !Number.isNaN(entropy[item]!))
        fc.pre(other.length > 0)
        const reached = (listed: Histories): number =>
          interactionFairness(entropy, listed, lists([1]), other.length).listMean[0]!
        const sorted = entropySortedLists(entropy, known, other.length)
        expect(reached(lists(other))).toBeLessThanOrEqual(reached(sorted) + 1e-12)
      }),
    )
  })
})

describe('interactionReport', () => {
  const { training, truth, gender, numItems } = chanceAdoption(1)
  const input = { training, truth, known: training, numItems, k: 5, rng: Rng.fromSeed(2) }
  const reports = interactionReport(
    {
      ...input,
      attributes: [gender],
      systems: { same: interactionControls({ ...input, seed: 9 }).popularity },
    },
    { resamples: 50 },
  )
  const of = (correction: string, name: string) =>
    reports[0]!.tables
      .find((table) => table.correction === correction)!
      .rows.find((row) => row.name === name)!

  it('measures systems as it does controls', () => {
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatchObject({
      attribute: 'gender',
      k: 5,
      maximumEntropy: Math.log(2),
      missingUsers: 0,
    })
    for (const { rows } of reports[0]!.tables) {
      expect(rows.map(({ name }) => name)).toEqual(['same', 'popularity', 'random', 'entropy-sorted'])
      expect(rows.map(({ isControl }) => isControl)).toEqual([false, true, true, true])
      const { name, isControl, ...figures } = rows[0]!
      expect(rows[1]).toEqual({ ...figures, name: 'popularity', isControl: !isControl })
      expect(name).toBe('same')
    }
  })

  it('has no row above the entropy-sorted one', () => {
    for (const { rows } of reports[0]!.tables) {
      const best = Math.max(...rows.map(({ listEntropy }) => listEntropy.value!))
      expect(rows.at(-1)!.listEntropy.value).toBe(best)
      expect(best).toBeGreaterThan(0.6)
    }
  })

  it('gives the difference of list and truth', () => {
    const table = reports[0]!.tables[2]!
    for (const { listEntropy, dif } of table.rows) {
      expect(dif.value).toBeCloseTo(listEntropy.value! - table.truthEntropy.value!, 12)
      expect(dif.users).toBe(300)
    }
  })

  it('shows that DIF rewards popularity where tastes are equal, and that the corrections take most of it away', () => {
    const advantage = (correction: string): number =>
      of(correction, 'popularity').dif.value! - of(correction, 'random').dif.value!
    expect(advantage('none')).toBeGreaterThan(0.05)
    expect(Math.abs(advantage('miller-madow'))).toBeLessThan(advantage('none') / 2)
    expect(Math.abs(advantage('shrinkage'))).toBeLessThan(advantage('none') / 2)
  })

  it('says why there is no figure where nobody has a class', () => {
    const nobody = { ...gender, codes: gender.codes.map(() => -1) }
    const [report] = interactionReport({ ...input, attributes: [nobody], systems: {} }, { resamples: 5 })
    expect(report).toMatchObject({ missingUsers: 300, averageEntropy: { value: null } })
    expect(report!.tables[0]!.truthEntropy).toEqual({ value: null, reason: 'undefined for every user' })
    expect(report!.tables[0]!.rows[0]!.dif).toMatchObject({ value: null, undefinedUsers: 300 })
  })
})
