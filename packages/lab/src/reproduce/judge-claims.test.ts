import type { PaperAttackResult } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { madeUpTable } from '../../fixtures/made-up-table.mjs'
import { differenceOf, figureOf, measuredUnder } from './figures-of-cells.js'
import { judgeClaims, strengthFor, type MeasuredTable } from './judge-claims.js'
import type { MeasuredRequirement } from './measured-cell.js'
import type { ClaimTest } from './paper-table.js'

const gender = ['gender']

function attack(attribute: string, auc: number, half: number): PaperAttackResult {
  const estimate = { value: auc, interval: { lower: auc - half, upper: auc + half }, standardError: half / 2 }
  return {
    attribute,
    hardAuc: estimate,
    probabilityAuc: estimate,
    microF1: estimate,
    majority: 0.7,
    balancedAccuracy: auc,
    testUsers: 100,
  }
}

/** A hundred users who all have the same rank, so that every interval is a point. */
function measured(
  requirement: readonly string[],
  rank: number,
  auc: number,
  half = 0.01,
): MeasuredRequirement {
  return {
    requirement,
    ranks: Array.from({ length: 100 }, () => rank),
    candidates: Array.from({ length: 100 }, () => 100),
    fullRanks: Array.from({ length: 100 }, () => 10 * rank),
    attacks: [attack('gender', auc, half)],
  }
}

/** Rank 1 is an NDCG of 1, rank 3 one of 1/2. */
function tableOf(test: ClaimTest, seeds: MeasuredTable['seeds'], published = 0.8): MeasuredTable {
  const made = madeUpTable()
  const rows = made.rows.map((row) =>
    row.id === 'base' ? { ...row, published: { gender: { auc: published } } } : row,
  )
  return {
    table: { ...made, rows, claims: [{ id: 'it', text: 'It is so', source: 'here', tests: [test] }] },
    seeds,
    missing: new Map([['impossible', 'failed with INTERNAL: broken']]),
  }
}

const base = [[measured([], 1, 0.8)]]
const seedsWith = (erased: MeasuredRequirement): MeasuredTable['seeds'] =>
  new Map([
    ['base', base],
    ['erased', [[erased]]],
  ])

describe('figures of cells', () => {
  it('are means over users and hidden attributes', () => {
    const bySeed = [measured(gender, 3, 0.6)]
    expect(figureOf(bySeed, gender, 'ndcg@10')).toMatchObject({ value: 0.5, seeds: 1, seedDeviation: null })
    expect(figureOf(bySeed, gender, 'hit@10')!.value).toBe(1)
    expect(figureOf(bySeed, gender, 'fullNdcg@10')!.value).toBe(0)
    // One target in place 3 of 100: (100 - 3) / 99.
    expect(figureOf(bySeed, gender, 'rankingAuc')!.value).toBeCloseTo(97 / 99, 12)
    const two = [
      { ...measured(gender, 3, 0.6, 0.03), attacks: [attack('gender', 0.6, 0.03), attack('age', 0.7, 0.04)] },
    ]
    const both = figureOf(two, ['age', 'gender'], 'auc')!
    expect(both.value).toBeCloseTo(0.65, 12)
    // Half of the square root of 0.03^2 + 0.04^2.
    expect(both.interval.upper - both.value).toBeCloseTo(0.025, 12)
    expect(figureOf(two, ['age', 'gender'], 'auc:age')!.value).toBeCloseTo(0.7, 12)
    expect(figureOf(two, ['age', 'gender'], 'microF1:occupation')).toBeNull()
  })

  it('are means over seeds, with their spread apart', () => {
    const bySeed = [measured(gender, 1, 0.6), measured(gender, 3, 0.7)]
    expect(figureOf(bySeed, gender, 'ndcg@10')).toMatchObject({ value: 0.75, seeds: 2 })
    // 1 and 1/2 lie 1/4 from their mean: sqrt(2 / 16).
    expect(figureOf(bySeed, gender, 'ndcg@10')!.seedDeviation).toBeCloseTo(Math.sqrt(1 / 8), 12)
    expect(figureOf(bySeed, gender, 'auc')!.value).toBeCloseTo(0.65, 12)
  })

  it('of a row without a veil are the same under every requirement', () => {
    expect(measuredUnder(base, gender)).toEqual([base[0]![0]])
    expect(measuredUnder([[measured(['age'], 1, 0.5)]], gender)).toEqual([])
    expect(figureOf([], gender, 'ndcg@10')).toBeNull()
  })

  it('differ by users or as if independent', () => {
    const [a, b] = [[measured(gender, 3, 0.6, 0.03)], [measured(gender, 1, 0.8, 0.04)]]
    expect(differenceOf(a, b, gender, 'ndcg@10')!.value).toBe(-0.5)
    expect(differenceOf(a, b, gender, 'ndcg@10', 0.4)!.value).toBeCloseTo(0.1, 12)
    const leak = differenceOf(a, b, gender, 'auc')!
    expect(leak.value).toBeCloseTo(-0.2, 12)
    expect(leak.interval.lower).toBeCloseTo(-0.25, 12)
    expect(leak.interval.upper).toBeCloseTo(-0.15, 12)
    expect(differenceOf(a, [], gender, 'auc')).toBeNull()
  })
})

describe('judgeClaims', () => {
  const verdict = (table: MeasuredTable): string => judgeClaims(table)[0]!.verdict

  it.each<[ClaimTest, MeasuredRequirement, string]>([
    [{ kind: 'atMost', row: 'erased', metric: 'auc', bar: 0.56 }, measured(gender, 1, 0.53), 'holds'],
    [{ kind: 'atMost', row: 'erased', metric: 'auc', bar: 0.56 }, measured(gender, 1, 0.6), 'does not hold'],
    [{ kind: 'atLeast', row: 'erased', metric: 'ndcg@10', bar: 0.4 }, measured(gender, 3, 0.5), 'holds'],
    [
      { kind: 'keeps', row: 'erased', metric: 'ndcg@10', of: 'base', share: 0.45 },
      measured(gender, 3, 0.5),
      'holds',
    ],
    [
      { kind: 'keeps', row: 'erased', metric: 'ndcg@10', of: 'base', share: 0.55 },
      measured(gender, 3, 0.5),
      'does not hold',
    ],
    [
      { kind: 'keeps', row: 'erased', metric: 'ndcg@10', of: 'base', share: 0.5 },
      measured(gender, 3, 0.5),
      'undecided',
    ],
    [{ kind: 'below', row: 'erased', metric: 'auc', than: 'base' }, measured(gender, 1, 0.6), 'holds'],
    [{ kind: 'below', row: 'erased', metric: 'auc', than: 'base' }, measured(gender, 1, 0.79), 'undecided'],
    [
      { kind: 'below', row: 'erased', metric: 'auc', than: 'base', margin: -0.05 },
      measured(gender, 1, 0.79),
      'holds',
    ],
    [
      { kind: 'above', row: 'erased', metric: 'ndcg@10', than: 'base' },
      measured(gender, 3, 0.5),
      'does not hold',
    ],
    [
      { kind: 'above', row: 'erased', metric: 'ndcg@10', than: 'impossible' },
      measured(gender, 3, 0.5),
      'not run: impossible: failed with INTERNAL: broken',
    ],
  ])('%j', (test, erased, expected) => {
    expect(verdict(tableOf(test, seedsWith(erased)))).toBe(expected)
  })

  it('asks of the attacker what it tells of the base', () => {
    const low: ClaimTest = { kind: 'atMost', row: 'erased', metric: 'auc', bar: 0.56 }
    const below: ClaimTest = { kind: 'below', row: 'erased', metric: 'auc', than: 'base' }
    const weak = (test: ClaimTest, auc: number) => tableOf(test, seedsWith(measured(gender, 1, auc)), 0.84)
    expect(strengthFor(weak(low, 0.5), 'erased', gender)).toBe('too weak')
    expect(verdict(weak(low, 0.5))).toBe('attacker too weak')
    expect(verdict(weak(low, 0.6))).toBe('does not hold')
    expect(verdict(weak(below, 0.5))).toBe('attacker too weak')
    // Accuracy has nothing to do with it.
    expect(verdict(weak({ kind: 'atLeast', row: 'erased', metric: 'ndcg@10', bar: 0.4 }, 0.5))).toBe('holds')
    const alone = tableOf(low, new Map([['erased', [[measured(gender, 1, 0.5)]]]]))
    expect(verdict(alone)).toMatch(/^not run: the attacker was not tried/)
  })

  it('corrects refutations for the number of tests (evaluation.md rule 12), and asks every test to hold', () => {
    const requirements = [['gender'], ['age'], ['occupation']]
    const each = requirements.map(([name]) => name!)
    // One figure of three lies just outside of what its own interval allows, one far outside when `far`.
    const erased = (far: number): MeasuredRequirement[] =>
      each.map((name, i) => ({
        ...measured([name], 1, 0.5),
        attacks: [{ ...attack(name, [0.571, 0.5, far][i]!, 0.01) }],
      }))
    const bare = [{ ...measured([], 1, 0.8), attacks: each.map((name) => attack(name, 0.8, 0.01)) }]
    const judged = (tested: readonly string[][], far = 0.5) => {
      const test: ClaimTest = {
        kind: 'atMost',
        row: 'erased',
        metric: 'auc',
        bar: 0.56,
        requirements: tested,
      }
      const made = tableOf(
        test,
        new Map([
          ['base', [bare]],
          ['erased', [erased(far)]],
        ]),
      )
      const published = Object.fromEntries(each.map((name) => [name, { auc: 0.8 }]))
      const rows = made.table.rows.map((row) => (row.id === 'base' ? { ...row, published } : row))
      return judgeClaims({ ...made, table: { ...made.table, rows } })[0]!
    }
    // Alone: 0.011 / 0.01 * 1.96 = 2.156 standard errors, p = 0.0311.
    const alone = judged([['gender']])
    expect(alone.tests[0]!.refutation).toBeCloseTo(0.0311, 4)
    expect(alone.verdict).toBe('does not hold')
    // One of three such chances: p = 0.0933.
    const family = judged(requirements)
    expect(family.tests[0]!.refutation).toBeCloseTo(0.0933, 3)
    expect(family.tests.map(({ verdict: own }) => own)).toEqual(['undecided', 'holds', 'holds'])
    expect(family.verdict).toBe('undecided')
    // What is beyond doubt is refuted all the same, and leaves two chances.
    const far = judged(requirements, 0.7)
    expect(far.tests.map(({ verdict: own }) => own)).toEqual(['undecided', 'holds', 'does not hold'])
    expect(far.tests[0]!.refutation).toBeCloseTo(0.0622, 3)
    expect(far.verdict).toBe('does not hold')
  })

  it('gives differences over users an effect size', () => {
    const ranks = Array.from({ length: 100 }, (_, user) => (user % 2 === 0 ? 1 : 3))
    const test: ClaimTest = { kind: 'above', row: 'erased', metric: 'ndcg@10', than: 'base' }
    const mixed = { ...measured(gender, 1, 0.5), ranks }
    // Half of the users lose 1/2 and half nothing: -1/4 in units of sqrt(100 / 99) / 4.
    const [claim] = judgeClaims(tableOf(test, seedsWith(mixed)))
    expect(claim!.tests[0]!.effectSize).toBeCloseTo(-Math.sqrt(99 / 100), 12)
    const leak: ClaimTest = { kind: 'below', row: 'erased', metric: 'auc', than: 'base' }
    expect(judgeClaims(tableOf(leak, seedsWith(mixed)))[0]!.tests[0]!.effectSize).toBeNull()
  })

  it('shows every test with what was compared', () => {
    const test: ClaimTest = { kind: 'keeps', row: 'erased', metric: 'ndcg@10', of: 'base', share: 0.45 }
    const [claim] = judgeClaims(tableOf(test, seedsWith(measured(gender, 3, 0.5))))
    expect(claim!.tests).toHaveLength(1)
    expect(claim!.tests[0]).toMatchObject({ requirement: gender, verdict: 'holds' })
    expect(claim!.tests[0]!.value).toBeCloseTo(0.05, 12)
  })
})
