import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import {
  adoptionEntropy,
  averageAdoptionEntropy,
  entropyCorrections,
  itemAdoption,
  type EntropyCorrection,
} from './adoption-entropy.js'
import { concatenate } from './top-k-lists.js'

const attribute = (codes: readonly number[], numClasses: number): UserAttribute => ({
  name: 'gender',
  classes: Array.from({ length: numClasses }, (_, z) => `z${z}`),
  codes: Int16Array.from(codes),
})
const histories = (lists: readonly (readonly number[])[]) =>
  concatenate(lists.map((list) => Int32Array.from(list)))

describe('itemAdoption', () => {
  it('counts users once, and not those whose class is unknown', () => {
    const adoption = itemAdoption(histories([[1, 1, 2], [2], [1, 2], []]), attribute([0, 1, -1, 1], 2), 3)
    expect([...adoption.counts]).toEqual([0, 0, 1, 0, 1, 1, 0, 0])
    expect([...adoption.support]).toEqual([0, 1, 2, 0])
  })

  it('refuses other users and items outside the catalogue', () => {
    for (const [lists, codes] of [
      [[[1]], [0, 1]],
      [[[4]], [0]],
      [[[0]], [0]],
    ] as const) {
      expect(() => itemAdoption(histories(lists), attribute(codes, 2), 3)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
    }
  })
})

describe('adoptionEntropy', () => {
  // Item 1: three of one class and one of the other; item 2: one each; item 3: a single user; item 4: nobody.
  const adoption = itemAdoption(histories([[1, 2], [1], [1, 2, 3], [1]]), attribute([0, 0, 1, 0], 2), 4)

  it('has hand-computed values in nats', () => {
    const [padding, first, second, third, fourth] = adoptionEntropy(adoption)
    expect(padding).toBeNaN()
    expect(first).toBeCloseTo(0.75 * Math.log(4 / 3) + 0.25 * Math.log(4), 14)
    expect(second).toBe(Math.log(2))
    expect(third).toBe(0)
    expect(Object.is(third, -0)).toBe(false)
    expect(fourth).toBeNaN()
  })

  it('adds (K - 1) / (2 n) up to ln K', () => {
    const [, first, second, third, fourth] = adoptionEntropy(adoption, 'miller-madow')
    expect(first).toBeCloseTo(Math.min(Math.log(2), 0.5623351446 + 1 / 8), 9)
    expect(second).toBe(Math.log(2))
    expect(third).toBe(0.5)
    expect(fourth).toBeNaN()
  })

  it('adds ten adopters of the average kind', () => {
    // Seven adoptions, four of the first class.
    const ofShare = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p)
    const shrunk = adoptionEntropy(adoption, 'shrinkage')
    expect(shrunk[1]).toBeCloseTo(ofShare((3 + 40 / 7) / 14), 14)
    expect(shrunk[3]).toBeCloseTo(ofShare(40 / 7 / 11), 14)
    expect(shrunk[4]).toBeCloseTo(ofShare(4 / 7), 14)
    expect(averageAdoptionEntropy(adoption).value).toBeCloseTo(ofShare(4 / 7), 14)
  })

  it('is undefined for all items when nobody adopted any', () => {
    const none = itemAdoption(histories([[], [1]]), attribute([0, -1], 2), 1)
    for (const correction of entropyCorrections)
      expect([...adoptionEntropy(none, correction)]).toEqual([NaN, NaN])
    expect(averageAdoptionEntropy(none).reason).toContain('no user')
  })

  it('matches SciPy 1.17.1 (golden/group_fairness.py)', () => {
    const users = Array.from({ length: 40 }, (_, u) => u)
    const codes = users.map((u) => (u % 5 === 4 ? -1 : (u * u + Math.floor(u / 3)) % 3))
    const lists = users.map((u) =>
      Array.from({ length: 3 + (u % 4) }, (_, j) => ((u * (j + 1) + j * j) % 11) + 1),
    )
    const golden = itemAdoption(histories(lists), attribute(codes, 3), 12)
    expect([...golden.support.subarray(1)]).toEqual([12, 13, 12, 12, 11, 14, 9, 11, 8, 10, 9, 0])
    const rounded = (correction: EntropyCorrection): number[] =>
      Array.from(adoptionEntropy(golden, correction).subarray(1), (value) => Number(value.toFixed(12)))
    const largest = 1.098612288668
    expect(rounded('none')).toEqual([
      largest,
      1.012330839103,
      largest,
      1.028183859333,
      1.067089518782,
      1.078992207878,
      largest,
      1.036198784819,
      1.082195530039,
      0.943348392329,
      1.060856947158,
      Number.NaN,
    ])
    expect(rounded('miller-madow')).toEqual([
      largest,
      1.089253916026,
      largest,
      largest,
      largest,
      largest,
      largest,
      largest,
      largest,
      1.043348392329,
      largest,
      Number.NaN,
    ])
    expect(rounded('shrinkage')).toEqual([
      1.097592122703, 1.065823609797, 1.097592122703, 1.072362786079, 1.091110791587, 1.086326047743,
      1.097246526127, 1.078088947786, 1.091327468194, 1.059533029189, 1.08363290101, 1.093726569763,
    ])
    expect(averageAdoptionEntropy(golden).value).toBeCloseTo(1.093726569763, 11)
  })

  it('is in [0, ln K] and does not depend on the order of users or classes', () => {
    const user = fc.record({
      code: fc.integer({ min: -1, max: 3 }),
      items: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(
        fc.array(user, { maxLength: 12 }),
        fc.constantFrom(...entropyCorrections),
        (users, correction) => {
          const entropies = (rows: typeof users, recode: (code: number) => number): Float64Array =>
            adoptionEntropy(
              itemAdoption(
                histories(rows.map(({ items }) => items)),
                attribute(
                  rows.map(({ code }) => (code < 0 ? -1 : recode(code))),
                  4,
                ),
                5,
              ),
              correction,
            )
          const straight = entropies(users, (code) => code)
          const turned = entropies(users.toReversed(), (code) => 3 - code)
          const rounded = (values: Float64Array): string[] => Array.from(values, (value) => value.toFixed(10))
          expect(rounded(turned)).toEqual(rounded(straight))
          for (const value of straight.filter((entropy) => !Number.isNaN(entropy))) {
            expect(value).toBeGreaterThanOrEqual(0)
            expect(value).toBeLessThanOrEqual(Math.log(4))
          }
        },
      ),
    )
  })
})
