import { Rng, userGroups, type Dataset } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { auditAccuracy, testNdcg } from './audit-accuracy.js'

const attackTest = userGroups.indexOf('attackTest')

/** Four items; every user has had items 1 and 2 and is asked for item 3. */
const dataset = {
  numUsers: 3,
  numItems: 4,
  histories: { offsets: Int32Array.of(0, 3, 6, 9), items: Int32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3) },
  userGroup: Uint8Array.of(0, attackTest, attackTest),
  lastItemTied: Uint8Array.of(1, 0, 1),
} as unknown as Dataset

describe('testNdcg', () => {
  it('ranks the last item among those not known', () => {
    // Scores of items 3 and 4 for the users: (2, 1), (1, 2), (0, 0); known items score more and are masked.
    const items = Float32Array.of(0, 0, 9, 9, 9, 9, 1, 0, 0, 1)
    const users = Float32Array.of(2, 1, 1, 2, 0, 0)
    expect([...testNdcg(dataset, users, items, 2)]).toEqual([1, 1 / Math.log2(3), 1 / Math.log2(2.5)])
  })
})

describe('auditAccuracy', () => {
  const base = Float64Array.of(1, 0.5, 0)

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
