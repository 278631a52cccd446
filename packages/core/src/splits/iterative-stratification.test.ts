import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { userGroups, type UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { iterativeStratification } from './iterative-stratification.js'
import { splitUsers, userGroupProportions } from './user-groups.js'

const proportions = userGroups.map((group) => userGroupProportions[group])

/** Users whose attribute `a` has the class shares `shares[a]`; the last share of each attribute is "missing". */
function randomAttributes(
  numUsers: number,
  shares: readonly (readonly number[])[],
  seed: number,
): UserAttribute[] {
  const rng = Rng.fromSeed(seed)
  return shares.map((classShares, a) => {
    const codes = new Int16Array(numUsers)
    for (let user = 0; user < numUsers; user++) {
      let draw = rng.uniform()
      let code = 0
      while (code < classShares.length - 1 && draw >= classShares[code]!) draw -= classShares[code++]!
      codes[user] = code === classShares.length - 1 ? -1 : code
    }
    return { name: `attribute${a}`, classes: classShares.slice(1).map((_, c) => `class${c}`), codes }
  })
}

function countBy(group: Uint8Array, numGroups: number, select: (user: number) => boolean): number[] {
  const counts = Array.from({ length: numGroups }, () => 0)
  group.forEach((g, user) => {
    if (select(user)) counts[g]!++
  })
  return counts
}

describe('iterativeStratification', () => {
  it('splits a hand-made case exactly: 4 of class 0 and 8 of class 1 over 1/4, 1/4, 1/2', () => {
    const codes = Int16Array.from([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    const attribute = { name: 'gender', classes: ['F', 'M'], codes }
    const group = iterativeStratification([attribute], 12, [1, 1, 2], Rng.fromSeed(3))
    expect(countBy(group, 3, (user) => codes[user] === 0)).toEqual([1, 1, 2])
    expect(countBy(group, 3, (user) => codes[user] === 1)).toEqual([2, 2, 4])
  })

  it('keeps sizes and every class close to the proportions over three attributes with missing values', () => {
    const numUsers = 3000
    const occupation = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.02, 0.01, 0.02, 0.01]
    const attributes = randomAttributes(numUsers, [[0.7, 0.25, 0.05], [0.2, 0.5, 0.2, 0.1], occupation], 11)
    const group = splitUsers(attributes, numUsers, Rng.fromSeed(5))
    expect(countBy(group, 4, () => true)).toEqual([1200, 750, 300, 750])
    for (const { codes, classes } of attributes) {
      for (let code = -1; code < classes.length; code++) {
        const counts = countBy(group, 4, (user) => codes[user] === code)
        const size = counts.reduce((a, b) => a + b, 0)
        counts.forEach((count, g) => expect(Math.abs(count - size * proportions[g]!)).toBeLessThanOrEqual(2))
      }
    }
  })

  it('stratifies better than chance: a plain shuffle misses the tolerance used above', () => {
    const numUsers = 3000
    const [attribute] = randomAttributes(numUsers, [[0.7, 0.3, 0]], 11)
    const plain = iterativeStratification([], numUsers, proportions, Rng.fromSeed(5))
    const counts = countBy(plain, 4, (user) => attribute!.codes[user] === 1)
    const size = counts.reduce((a, b) => a + b, 0)
    expect(Math.max(...counts.map((count, g) => Math.abs(count - size * proportions[g]!)))).toBeGreaterThan(2)
  })

  it('assigns everybody, with exact sizes, the same for the same seed (any data)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
        fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
        fc.integer(),
        (numUsers, classCounts, shares, seed) => {
          const attributes = randomAttributes(
            numUsers,
            classCounts.map((n) => Array.from({ length: n + 1 }, () => 1 / (n + 1))),
            seed,
          )
          const group = iterativeStratification(attributes, numUsers, shares, Rng.fromSeed(seed))
          const again = iterativeStratification(attributes, numUsers, shares, Rng.fromSeed(seed))
          expect(again).toEqual(group)
          expect(group).toHaveLength(numUsers)
          const total = shares.reduce((a, b) => a + b, 0)
          countBy(group, shares.length, () => true).forEach((size, g) =>
            expect(Math.abs(size - (numUsers * shares[g]!) / total)).toBeLessThan(1 + 1e-9),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('gives another split for another seed', () => {
    const attributes = randomAttributes(500, [[0.5, 0.5, 0]], 1)
    const one = splitUsers(attributes, 500, Rng.fromSeed(1))
    const two = splitUsers(attributes, 500, Rng.fromSeed(2))
    expect(one).not.toEqual(two)
  })

  it('takes 6,040 users in under a second and 16 times as many in far less than 256 times the time', () => {
    const timed = (numUsers: number): number => {
      const attributes = randomAttributes(
        numUsers,
        [[0.7, 0.3, 0], Array(8).fill(1 / 8), Array(22).fill(1 / 22)],
        2,
      )
      const start = performance.now()
      splitUsers(attributes, numUsers, Rng.fromSeed(1))
      return performance.now() - start
    }
    timed(6040)
    const small = timed(6040)
    expect(small).toBeLessThan(1000)
    expect(timed(16 * 6040)).toBeLessThan(80 * Math.max(small, 5))
  })

  it('refuses proportions and attributes that do not fit', () => {
    const rng = Rng.fromSeed(1)
    expect(() => iterativeStratification([], 3, [0.5, 0], rng)).toThrow(/positive/)
    expect(() => iterativeStratification([], 3, [], rng)).toThrow(/positive/)
    const short = { name: 'gender', classes: ['F'], codes: new Int16Array(2) }
    expect(() => iterativeStratification([short], 3, [1, 1], rng)).toThrow(/"gender" has 2 codes for 3 users/)
  })
})
