import { describe, expect, it } from 'vitest'

import type { ValidityCheck, VectorAttack } from './vector-audit-result.js'
import { vectorValidity } from './vector-validity.js'

function checks(attack: Partial<VectorAttack>, constantColumns = 0): Record<string, ValidityCheck> {
  const gender = {
    attribute: 'gender',
    state: 'measured',
    shuffledLabelAuc: 0.5,
    plantedSignalAuc: 0.8,
    testUsers: 1000,
    testUsersByClass: [300, 700],
    ...attack,
  } as VectorAttack
  const nobody = { count: 0, examples: [] }
  const result = vectorValidity({
    attributes: { gender },
    defenceUsers: null,
    groups: { defence: 0, attackTrain: 2600, attackValidation: 400, attackTest: 1000 },
    vectors: { file: 'v.npy', dimension: 2, constantColumns },
    users: { file: 'u.csv', audited: 4000, matched: 4000, unlisted: nobody, withoutVector: nobody },
  })
  return Object.fromEntries(result.map((check) => [check.name, check]))
}

describe('vectorValidity', () => {
  it('passes what is sound, and says what it cannot know', () => {
    const all = checks({})
    expect(all['shuffled-labels']).toMatchObject({
      passed: true,
      detail: expect.stringContaining('gender 0.500'),
    })
    expect(all['planted-signal']).toMatchObject({
      passed: true,
      detail: expect.stringContaining('gender 0.800'),
    })
    expect(all['user-split']!.passed).toBeNull()
    expect(all['data-controls']!.passed).toBeNull()
    expect(all['classes']!.passed).toBe(true)
  })

  it.each([
    // Three standard errors of 300 against 700: 3 sqrt(1001 / (12 * 300 * 700)) = 0.0598.
    [0.559, 300, true],
    [0.561, 300, false],
    [0.439, 300, false],
    // 3 sqrt(10001 / (12 * 3000 * 7000)) = 0.0189, less than the tolerance of 0.03.
    [0.529, 3000, true],
    [0.531, 3000, false],
  ])('takes a shuffled-label AUC of %d among %i and as much more for sound: %s', (auc, first, passed) => {
    const testUsersByClass = [first, (first / 3) * 7]
    const testUsers = (first / 3) * 10
    expect(checks({ shuffledLabelAuc: auc, testUsers, testUsersByClass })['shuffled-labels']!.passed).toBe(
      passed,
    )
  })

  it('fails for a dead probe', () => {
    expect(checks({ state: 'dead', plantedSignalAuc: 0.6 })['planted-signal']!.passed).toBe(false)
  })

  it('has no verdict on controls that were not made', () => {
    const all = checks({ state: 'undefined', shuffledLabelAuc: null, plantedSignalAuc: null })
    expect(all['shuffled-labels']!.passed).toBeNull()
    expect(all['planted-signal']!.passed).toBeNull()
    expect(all['classes']).toMatchObject({ passed: false, detail: expect.stringContaining('gender') })
  })
})
