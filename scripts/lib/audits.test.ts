import { describe, expect, it } from 'vitest'

import { baseAuditTable, veilAuditTable } from './audits.mjs'

const measured = (attribute: string, auc: number, attacker = 'mlp') => ({
  attribute,
  auc,
  interval: { lower: auc - 0.02, upper: auc + 0.02 },
  attacker,
  state: 'measured',
  atChance: auc + 0.02 < 0.55,
})
const dead = (attribute: string) => ({
  attribute,
  auc: null,
  interval: null,
  state: 'dead',
  atChance: null,
})

/** The attacks on one attribute of a row; the list tells less than the vector. */
const attacked = (attribute: string, hidden: boolean, auc: number | null) => ({
  attribute,
  hidden,
  vectors: auc === null ? dead(attribute) : measured(attribute, auc),
  unmaskedList: measured(attribute, 0.51, 'list-mlp'),
  servedList: null,
})

const accuracy = (value: number, change: number | null) => ({
  all: {
    'ndcg@10': { value },
    change:
      change === null ? null : { value: change, interval: { lower: change - 0.01, upper: change + 0.01 } },
  },
})

interface Audited {
  readonly method: string
  readonly gender: number | null
  readonly age: number | null
  readonly change: number
  readonly reused?: number
  readonly run?: string
}

/** An audit of gender and age behind one veil that hides gender. */
function record({ method, gender, age, change, reused = 0, run = 'films' }: Audited) {
  return {
    command: `bench ${method}`,
    results: {
      audit: {
        run,
        model: 'sasrec',
        configHash: 'x',
        veils: [{ id: method, method }],
        cells: { total: 10, reused },
        // In another order than the attacks.
        controls: {
          popularityFloor: [measured('age', 0.61), measured('gender', 0.71)],
          itemHistogram: [measured('gender', 0.85)],
        },
        rows: [
          {
            requirement: [],
            veil: null,
            accuracy: accuracy(0.2, null),
            worstHidden: null,
            attacks: [attacked('gender', false, 0.8), attacked('age', false, 0.7)],
          },
          {
            requirement: ['gender'],
            veil: method,
            accuracy: accuracy(0.2 + change, change),
            worstHidden: { auc: gender },
            attacks: [attacked('gender', true, gender), attacked('age', false, age)],
          },
        ],
      },
    },
  }
}

const cellsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '))

describe('veilAuditTable', () => {
  const records = [
    record({ method: 'afrl', gender: 0.52, age: 0.68, change: -0.01 }),
    record({ method: 'filters', gender: 0.6, age: null, change: -0.005 }),
    record({ method: 'ffvae', gender: null, age: 0.69, change: -0.02 }),
  ]

  it('has a block for each requirement: no veil, then the veils by what they leave', () => {
    const rows = cellsOf(veilAuditTable(records))
    expect(rows.map(([hides, veil]) => [hides, veil])).toEqual([
      ['gender', 'none'],
      ['', 'afrl'],
      ['', 'filters'],
      // The figure of its list alone is no reason to come first.
      ['', 'ffvae'],
    ])
    expect(rows[0]).toEqual([
      'gender',
      'none',
      '0.2000',
      '',
      'gender 0.800 [0.780, 0.820]',
      'mlp from the vector',
      '',
    ])
  })

  it('marks the best, but not what was not measured', () => {
    const [, afrl, filters, ffvae] = cellsOf(veilAuditTable(records))
    expect(afrl![4]).toBe('gender **0.520 [0.500, 0.540]**, at chance')
    expect(afrl![3]).toBe('-5.0 % [-10.0 %, 0.0 %]')
    expect(filters![3]).toBe('**-2.5 % [-7.5 %, 2.5 %]**')
    expect(filters![4]).toBe('gender 0.600 [0.580, 0.620]')
    expect(filters![6]).toBe('age no figure (0.700)')
    expect(ffvae![4]).toBe('gender 0.510 [0.490, 0.530]')
    expect(ffvae![5]).toBe('list-mlp from the top 50; gender from the vector has no figure (dead)')
  })

  it('names commands, and methods that nobody has audited', () => {
    const text = veilAuditTable(records)
    expect(text).toContain('afrl by `bench afrl`; filters by `bench filters`')
    expect(text).toContain('Not audited here yet: linear-erasure, pfrec.')
    expect(veilAuditTable([])).toContain('Not audited here yet: linear-erasure, afrl')
  })

  it('marks nothing where there is nothing to compare with', () => {
    expect(veilAuditTable(records.slice(0, 1))).not.toContain('**')
  })

  it('keeps different recommenders apart', () => {
    const other = record({ method: 'afrl', gender: 0.5, age: 0.6, change: -0.01, run: 'other' })
    const names = cellsOf(veilAuditTable([records[0]!, other])).map(([, veil]) => veil)
    expect(names).toEqual([
      'none on sasrec (films)',
      'afrl on sasrec (films)',
      'none on sasrec (other)',
      'afrl on sasrec (other)',
    ])
  })
})

describe('baseAuditTable', () => {
  it('has each recommender once, from the audit that attacked it, and controls by attribute', () => {
    const later = record({ method: 'afrl', gender: 0.52, age: 0.6, change: -0.01, reused: 6 })
    const first = record({ method: 'linear-erasure', gender: 0.6, age: 0.6, change: -0.01 })
    const rows = cellsOf(baseAuditTable([later, first]))
    expect(rows.map((cells) => [cells[2], cells[6], cells[7], cells[8]])).toEqual([
      ['gender', 'not attacked', '0.710 [0.690, 0.730]', '0.850 [0.830, 0.870]'],
      ['age', 'not attacked', '0.610 [0.590, 0.630]', 'not attacked'],
    ])
    expect(rows[0]![9]).toBe('`bench linear-erasure`')
  })
})
