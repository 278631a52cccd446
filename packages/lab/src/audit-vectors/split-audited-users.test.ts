import { Rng, userGroups, type UserAttribute } from '@veilrec/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { splitAuditedUsers } from './split-audited-users.js'

const attribute = (numUsers: number): UserAttribute => ({
  name: 'gender',
  classes: ['F', 'M'],
  codes: Int16Array.from({ length: numUsers }, (_, user) => (user % 4 === 0 ? 0 : 1)),
})

function sizes(group: Uint8Array): number[] {
  return userGroups.map((_, index) => group.filter((own) => own === index).length)
}

function split(numUsers: number, defence?: (user: number) => boolean): Uint8Array {
  const isDefence = defence && Uint8Array.from({ length: numUsers }, (_, user) => Number(defence(user)))
  return splitAuditedUsers([attribute(numUsers)], isDefence, numUsers, Rng.fromSeed(1))
}

describe('splitAuditedUsers', () => {
  it('trains on everybody outside validation and test where nobody names defence users', () => {
    expect(sizes(split(1000))).toEqual([0, 650, 100, 250])
  })

  it.each([
    [200, [200, 450, 100, 250]],
    [400, [400, 250, 100, 250]],
    // 300 others in the proportions 25 : 10 : 25.
    [700, [700, 125, 50, 125]],
  ])('draws validation and test from the others of %i defence users', (defence, expected) => {
    const group = split(1000, (user) => user < defence)
    expect(sizes(group)).toEqual(expected)
    expect(group.subarray(0, defence).every((own) => own === 0)).toBe(true)
  })

  it('spreads every class over the groups', () => {
    const group = split(1000)
    const { codes } = attribute(1000)
    const women = Array.from(group.keys()).filter((user) => group[user] === 3 && codes[user] === 0)
    expect(Math.abs(women.length - 62.5)).toBeLessThan(2)
  })

  it('refuses defence users who are everybody', () => {
    expect(() => split(10, () => true)).toThrow(expect.objectContaining({ code: 'VECTORS_INVALID' }))
  })

  it('gives everybody a group, and a defence user no other, for any number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(59), (numUsers, defence) => {
        fc.pre(defence < numUsers)
        const group = split(numUsers, (user) => user < defence)
        const all = sizes(group)
        expect(all[0]).toBe(defence)
        expect(all.reduce((sum, size) => sum + size)).toBe(numUsers)
      }),
    )
  })
})
