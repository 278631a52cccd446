import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { writeNpy } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { auditVectors, type AuditVectorsRequest } from './audit-vectors.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-audit-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const numUsers = 2000
const dimension = 6
// The vectors of packages/lab/golden/audit_vectors.py, number by number.
let state = 1
const uniform = (): number => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32
const labels: number[] = []
const vectors = Float64Array.from(
  Array.from({ length: numUsers }, () => {
    const label = uniform() < 0.4 ? 1 : 0
    labels.push(label)
    const row = Array.from({ length: dimension }, () => {
      let sum = 0
      for (let i = 0; i < 12; i++) sum += uniform()
      return sum - 6
    })
    row[0]! += 0.7 * label
    if (uniform() < 0.7 && row[1]! * row[2]! > 0 !== (label === 1)) row[2] = -row[2]!
    return row
  }).flat(),
)

// Mean test AUC over 20 splits, scikit-learn 1.9.1.
const golden = { logisticRegression: 0.6763850496724799, mlp: 0.8565294600526043 }

const request: AuditVectorsRequest = {
  vectors: join(folder, 'v.npy'),
  users: join(folder, 'users.csv'),
  attributes: ['gender'],
  threads: 1,
}

beforeAll(async () => {
  await writeNpy(request.vectors, { shape: [numUsers, dimension], data: vectors })
  writeFileSync(
    request.users,
    ['id,gender', ...labels.map((label, user) => `${user},${label ? 'F' : 'M'}`)].join('\n'),
  )
})

describe('auditVectors', () => {
  it('has the vectors that the golden values were made with', () => {
    expect(vectors.reduce((sum, value) => sum + value)).toBeCloseTo(693.0246411798522, 9)
    expect(labels.filter((label) => label === 1)).toHaveLength(788)
  })

  it("is at least as strong as scikit-learn's logistic regression and MLP, within the interval", async () => {
    const { gender } = (await auditVectors(request)).attributes
    const { 'logistic-regression': linear, mlp, 'large-mlp': largeMlp, ...others } = gender!.attackers
    expect(Object.keys(others)).toEqual(['knn', 'trees'])
    expect(linear!.interval.upper).toBeGreaterThan(golden.logisticRegression)
    expect(Math.max(mlp!.interval.upper, largeMlp!.interval.upper)).toBeGreaterThan(golden.mlp)
    expect(gender!.interval!.upper).toBeGreaterThan(golden.mlp)
    // What stands in a product of two coordinates no linear attacker finds.
    expect(gender!.auc).toBeGreaterThan(linear!.interval.upper)
  }, 180_000)

  it('gives the same for the same seed, and tells progress to the end', async () => {
    const stages: [number, number][] = []
    const quick = { ...request, isQuick: true, seed: 4 }
    const first = await auditVectors({
      ...quick,
      onProgress: ({ done, total }) => stages.push([done, total]),
    })
    expect(await auditVectors(quick)).toEqual(first)
    expect(first.attackers).toEqual(['logistic-regression', 'mlp'])
    expect(first.attributes['gender']!.seeds).toBe(1)
    expect(stages.every(([done, total]) => done < total)).toBe(true)
    expect(stages.length).toBeGreaterThan(4)
  })

  it('stops between two trainings', async () => {
    const controller = new AbortController()
    const work = auditVectors({
      ...request,
      signal: controller.signal,
      onProgress: ({ stage }) => stage.startsWith('gender: mlp') && controller.abort(),
    })
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('refuses an empty list of attributes and a seed that is no whole number', async () => {
    await expect(auditVectors({ ...request, attributes: [] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(auditVectors({ ...request, seed: 0.5 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
