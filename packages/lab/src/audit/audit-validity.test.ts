import type { AttackSuiteResult } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import type { AuditCheck, AuditRow, JudgedAttack } from './audit-result.js'
import { auditValidity, type ValidityScope } from './audit-validity.js'

const sound: Partial<AttackSuiteResult> = {
  attribute: 'gender',
  state: 'measured',
  auc: 0.8,
  interval: { lower: 0.7, upper: 0.9 },
  shuffledLabelAuc: 0.5,
  plantedSignalAuc: 0.8,
  testUsers: 1000,
  testUsersByClass: [400, 600],
}
const attackOf = (change: Partial<AttackSuiteResult> = {}): JudgedAttack =>
  ({ ...sound, ...change }) as JudgedAttack

const dataset: ValidityScope['dataset'] = {
  userGroup: Uint8Array.of(0, 1, 2, 3),
  numUsers: 4,
  numItems: 3,
  hash: 'abc',
  lastItemTied: Uint8Array.of(1, 0, 0, 0),
  histories: { offsets: new Int32Array(5), items: new Int32Array(0) },
}

function baseOf(vectors: JudgedAttack, untied: number | null = 0.1): AuditRow {
  const accuracy = (value: number): object => ({ users: 2, 'ndcg@10': { value } })
  return {
    accuracy: { all: accuracy(0.2), untied: untied === null ? null : accuracy(untied) },
    attacks: [{ attribute: 'gender', vectors }],
  } as unknown as AuditRow
}

function checks(change: Partial<ValidityScope> = {}): Record<AuditCheck['name'], AuditCheck> {
  const scope: ValidityScope = {
    dataset,
    veils: [{ id: 'erasure', dataset: { name: 'data', hash: 'abc' } }],
    attacks: [{ name: '(none)/gender/vectors', attack: attackOf() }],
    base: baseOf(attackOf()),
    controls: { popularityFloor: [], itemHistogram: [attackOf()] },
    lists: [],
    candidates: undefined,
    ...change,
  }
  const all = auditValidity(scope).map((check) => [check.name, check])
  return Object.fromEntries(all) as Record<AuditCheck['name'], AuditCheck>
}

describe('auditValidity', () => {
  it('passes what is sound, with the figures', () => {
    const all = Object.values(checks())
    expect(all.map(({ name }) => name)).toEqual([
      'shuffled-labels',
      'planted-signal',
      'base-vectors',
      'item-histogram',
      'user-split',
      'classes',
      'catalogue',
      'ties',
    ])
    expect(all.filter(({ passed }) => passed !== true)).toEqual([])
    expect(checks()['base-vectors'].detail).toContain('gender 0.800 [0.700, 0.900]')
    expect(checks()['ties'].detail).toContain('1 of 4 users (25.0 %)')
  })

  it('says that a veil proves nothing where the base gives nothing away', () => {
    const silent = attackOf({ auc: 0.52, interval: { lower: 0.47, upper: 0.57 } })
    expect(checks({ base: baseOf(silent) })['base-vectors']).toMatchObject({
      passed: false,
      detail: expect.stringContaining('a veil proves nothing') as string,
    })
    const dead = attackOf({ auc: null, interval: null, state: 'dead' })
    expect(checks({ base: baseOf(dead) })['base-vectors'].passed).toBeNull()
  })

  it('finds attacks that shuffled labels or a planted signal speak against, by name', () => {
    const attacks = Array.from({ length: 6 }, (_, i) => ({ name: `row ${i}`, attack: attackOf() }))
    attacks[2]!.attack = attackOf({ shuffledLabelAuc: 0.7 })
    attacks[4]!.attack = attackOf({ state: 'dead', plantedSignalAuc: 0.6 })
    const found = checks({ attacks })
    expect(found['shuffled-labels']).toMatchObject({ passed: false })
    expect(found['shuffled-labels'].detail).toMatch(/0\.500 to 0\.700 in 6 attacks; not so for row 2 0\.700$/)
    expect(found['planted-signal'].detail).toMatch(/not so for row 4 0\.600$/)
  })

  it.each([
    ['an unknown group', { userGroup: Uint8Array.of(0, 1, 2, 7) }, '1 in none'],
    ['an empty group', { userGroup: Uint8Array.of(0, 1, 3, 3) }, 'attackValidation 0'],
    ['users without a group', { userGroup: Uint8Array.of(0, 1, 2) }, '1 in none'],
    ['a veil of other data', { hash: 'other' }, 'made on another data set: erasure'],
  ])('finds %s', (_, change, detail) => {
    const split = checks({ dataset: { ...dataset, ...change } })['user-split']
    expect(split).toMatchObject({ passed: false, detail: expect.stringContaining(detail) as string })
  })

  it('cannot tell accuracy from the order of ties where everybody has one', () => {
    const tied = { ...dataset, lastItemTied: new Uint8Array(4).fill(1) }
    expect(checks({ dataset: tied, base: baseOf(attackOf(), null) })['ties'].passed).toBe(false)
  })
})
