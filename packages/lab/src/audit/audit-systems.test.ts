import { vectorScores, type Histories, type Requirement, type Veil } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import type { EvaluationTask } from '../evaluation/evaluation-task.js'
import type { LoadedRun } from '../load-run.js'
import { auditedSubjects, auditedSystem, type AuditedVeil } from './audit-systems.js'

const listsOf = ({ offsets, items }: Histories): number[][] =>
  Array.from({ length: offsets.length - 1 }, (_, user) => [
    ...items.subarray(offsets[user], offsets[user + 1]),
  ])

const veilOf = (id: string, requirements: Requirement[], encode?: Veil['encode']): AuditedVeil => ({
  id,
  dataset: { name: 'data', hash: 'a' },
  veil: {
    method: id,
    attributes: [...new Set(requirements.flat())],
    requirements,
    encode: encode ?? (() => Promise.reject(new Error('not asked for'))),
  },
})

/** Three users who have had items 1 and 2 of four and are asked for item 3. */
const known = { offsets: Int32Array.of(0, 2, 4, 6), items: Int32Array.of(1, 2, 1, 2, 1, 2) }
const targets = { offsets: Int32Array.of(0, 1, 2, 3), items: Int32Array.of(3, 3, 3) }
const task = { known, masked: known, targets } as unknown as EvaluationTask
// Scores of items 3 and 4 for the users: (2, 1), (1, 2), (0, 0); known items score more but for the third user.
const itemVectors = Float32Array.of(0, 0, 9, 9, 8, 9, 1, 0, 0, 1)
const run: Pick<LoadedRun, 'scores'> = {
  scores: (userVectors) => vectorScores({ userVectors, itemVectors, dimension: 2 }),
}
const vectors = Float32Array.of(2, 1, 1, 2, 0, 0)
const base = (): Promise<Float32Array> => Promise.resolve(vectors)

describe('auditedSystem', () => {
  it('ranks the target and lists the best items, with and without those a user has had', async () => {
    const [subject] = auditedSubjects([])
    const system = await auditedSystem(run, base, subject!, task)
    expect([...system.ndcg]).toEqual([1, 1 / Math.log2(3), 1 / Math.log2(2.5)])
    expect(listsOf(system.unmaskedLists)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 4, 3],
      [1, 2, 3, 4],
    ])
    expect(listsOf(system.servedLists)).toEqual([
      [3, 4],
      [4, 3],
      [3, 4],
    ])
    expect([...system.vectors]).toEqual([...vectors])
    expect(system.vectors.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('asks a veil for its requirement for every user', async () => {
    const asked: (readonly Requirement[])[] = []
    const encode: Veil['encode'] = (_, requirements) => {
      asked.push(requirements)
      return Promise.resolve(vectors.map((value) => 3 - value))
    }
    const [, subject] = auditedSubjects([veilOf('erasure', [['gender']], encode)])
    const system = await auditedSystem(run, base, subject!, task)
    expect(asked).toEqual([[['gender'], ['gender'], ['gender']]])
    expect(listsOf(system.servedLists)[0]).toEqual([4, 3])
  })

  it('masks nothing where items may repeat', async () => {
    const [subject] = auditedSubjects([])
    const { masked: _, ...repeating } = task
    const system = await auditedSystem(run, base, subject!, repeating)
    expect(system.servedLists).toEqual(system.unmaskedLists)
  })
})

describe('auditedSubjects', () => {
  it('names the base and every requirement, with the veil where two hide the same', () => {
    const veils = [veilOf('erasure', [['age'], ['age', 'gender']]), veilOf('filter', [['age']])]
    expect(auditedSubjects(veils).map(({ name, veil }) => [name, veil?.id])).toEqual([
      ['(none)', undefined],
      ['erasure: age', 'erasure'],
      ['age,gender', 'erasure'],
      ['filter: age', 'filter'],
    ])
  })
})
