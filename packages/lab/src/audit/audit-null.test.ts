import { Rng, type Evidence, type SuiteFigures, type UserAttribute } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import type { AttackJob, ChosenNullJob, RegressionNullJob } from './attack-jobs.js'
import { auditNull } from './audit-null.js'
import type { AuditedEvidence, JudgedAttack } from './audit-result.js'
import type { RowAttack } from './audit-rows.js'
import type { AuditedVeil, Subject } from './audit-systems.js'
import type { CellRunner } from './cell-runner.js'

const veil = {} as AuditedVeil
const base: Subject = { name: '(none)', requirement: [], veil: null }
const behind = (...requirement: string[]): Subject => ({ name: requirement.join(','), requirement, veil })
const evidence: Evidence = { kind: 'vectors', values: new Float32Array(3), dimension: 1 }
const figures = (validationAuc: number, config: string): SuiteFigures =>
  ({ validationAuc, config }) as unknown as SuiteFigures

function attack(subject: Subject, name: string, seen: AuditedEvidence, auc: number | null): RowAttack {
  const attribute: UserAttribute = { name, classes: ['a', 'b'], codes: new Int16Array(3) }
  const attackers = {
    linear: { byGroup: { defence: figures(0.6, 'l/d'), attackTrain: figures(0.7, 'l/t') } },
    mlp: { byGroup: { defence: figures(0.6, 'm/d'), attackTrain: figures(0.8, 'm/t') } },
  }
  return {
    subject,
    cell: { name: `${subject.name}/${name}/${seen}`, attribute, stream: '', evidence, seen },
    attack: { auc, attackers } as unknown as JudgedAttack,
  }
}

async function asked(attacks: RowAttack[]): Promise<{
  readonly table: string[]
  readonly chosen: string[]
  readonly requirement: readonly string[]
}> {
  const jobs: AttackJob[] = []
  const runner = {
    make: (_name: string, job: AttackJob) => {
      jobs.push(job)
      return Promise.resolve({ shuffles: 2, maxima: [0.5, 0.6], reported: null, sameAttacker: null })
    },
  } as unknown as CellRunner
  const found = await auditNull(attacks, { runner, userGroup: new Uint8Array(3), rng: Rng.fromSeed(1) })
  const table = (jobs[0] as RegressionNullJob).cells.map(({ name }) => name)
  expect(found).toMatchObject({ cells: table.length, oneRegression: { maxima: [0.5, 0.6] } })
  return {
    table,
    chosen: (jobs[1] as ChosenNullJob).cells.map(
      ({ name, attacker, config, trainedOn }) => `${name} ${attacker} ${config as string} ${trainedOn}`,
    ),
    requirement: found.chosenAttacker.requirement,
  }
}

describe('auditNull', () => {
  it('questions hidden attributes over vectors and unmasked lists, and the worst requirement again', async () => {
    const attacks = [
      attack(base, 'age', 'vectors', 0.9),
      attack(behind('age'), 'age', 'vectors', 0.55),
      attack(behind('age'), 'age', 'unmaskedList', null),
      attack(behind('age'), 'age', 'servedList', 0.8),
      attack(behind('age'), 'gender', 'vectors', 0.8),
      attack(behind('gender'), 'gender', 'vectors', 0.6),
    ]
    const { table, chosen, requirement } = await asked(attacks)
    expect(table).toEqual(['age/age/vectors', 'age/age/unmaskedList', 'gender/gender/vectors'])
    expect(requirement).toEqual(['gender'])
    // Of equal attackers the first, as in the suite.
    expect(chosen).toEqual([
      'gender/gender/vectors linear l/d defence',
      'gender/gender/vectors mlp m/t attackTrain',
    ])
  })

  it('questions everything of a base that stands alone', async () => {
    const attacks = [
      attack(base, 'age', 'vectors', 0.7),
      attack(base, 'gender', 'unmaskedList', 0.6),
      attack(base, 'gender', 'servedList', 0.9),
    ]
    const { table, chosen } = await asked(attacks)
    expect(table).toEqual(['(none)/age/vectors', '(none)/gender/unmaskedList'])
    expect(chosen).toHaveLength(4)
  })

  it('has nothing to question without attributes', async () => {
    expect(await asked([])).toEqual({ table: [], chosen: [], requirement: [] })
  })
})
