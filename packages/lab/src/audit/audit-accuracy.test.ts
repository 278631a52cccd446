import { Rng, userGroups, type UserAttribute } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { auditAccuracy, auditGroups } from './audit-accuracy.js'

const attackTest = userGroups.indexOf('attackTest')
const dataset = {
  userGroup: Uint8Array.of(0, attackTest, attackTest),
  lastItemTied: Uint8Array.of(1, 0, 1),
}
const base = Float64Array.of(1, 0.5, 0)

describe('auditAccuracy', () => {
  it('averages over all users, the untied and those of the attack test', () => {
    const { all, untied, attackTest: unseen } = auditAccuracy(dataset, base, undefined, Rng.fromSeed(1))
    expect(all).toMatchObject({ users: 3, 'ndcg@10': { value: 0.5 }, change: null })
    expect(untied).toMatchObject({ users: 1, 'ndcg@10': { value: 0.5 } })
    expect(unseen).toMatchObject({ users: 2, 'ndcg@10': { value: 0.25 } })
  })

  it('pairs the change by user, so that a constant loss has no spread', () => {
    const veiled = base.map((value) => value - 0.125)
    const { all } = auditAccuracy(dataset, veiled, base, Rng.fromSeed(1))
    expect(all.change).toMatchObject({
      value: -0.125,
      interval: { lower: -0.125, upper: -0.125 },
      effectSize: null,
    })
  })

  it('has nothing to say about groups without users', () => {
    const tied = { ...dataset, lastItemTied: new Uint8Array(3).fill(1) }
    expect(auditAccuracy(tied, base, undefined, Rng.fromSeed(1)).untied).toBeNull()
  })
})

describe('auditGroups', () => {
  const codes = Int16Array.from({ length: 40 }, (_, user) => user % 2)
  const gender: UserAttribute = { name: 'gender', classes: ['F', 'M'], codes }
  const served = (ofF: number, ofM: number): Float64Array =>
    Float64Array.from(codes, (code) => (code === 0 ? ofF : ofM))

  it('gives the gap, and how much larger it is than the base has it', () => {
    const rng = Rng.fromSeed(1)
    const bare = auditGroups(gender, served(0.5, 0.25), undefined, rng)
    expect(bare).toMatchObject({ attribute: 'gender', gap: { value: 0.25 }, gapChange: null })
    const veiled = auditGroups(gender, served(0.5, 0.375), served(0.5, 0.25), rng)
    expect(veiled.gapChange).toMatchObject({ value: -0.125, gapA: 0.125, gapB: 0.25 })
  })
})
