import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { userGroups, type UserAttribute } from '../../dataset.js'
import { Rng } from '../../random.js'
import { afrlAttacker, paperAttacker, pfrecAttacker } from './paper-attacker.js'
import { paperAttack, type PaperAttackInput } from './paper-attack.js'

const numUsers = 600
const dimension = 6
const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => user % userGroups.length)
const context = { runtime: createOrtRuntime({ threads: 1 }) }
const quick = paperAttacker('quick', {
  learningRate: 1e-2,
  weightDecay: 1e-4,
  batchSize: 64,
  epochs: 40,
  leastEpochs: 5,
  patience: 10,
  classWeights: 'inverse',
  keeps: 'auc',
})

/** Vectors whose first number tells the class, as strongly as `strength` says, and whose others tell nothing. */
function leaking(strength: number, numClasses = 2): { vectors: Float32Array; attribute: UserAttribute } {
  const rng = Rng.fromSeed(7)
  const codes = Int16Array.from({ length: numUsers }, () => rng.int(numClasses))
  const vectors = new Float32Array(numUsers * dimension)
  for (let user = 0; user < numUsers; user++) {
    for (let j = 0; j < dimension; j++) {
      vectors[user * dimension + j] = rng.normal() + (j === 0 ? strength * codes[user]! : 0)
    }
  }
  const classes = Array.from({ length: numClasses }, (_, c) => `class ${c}`)
  return { vectors, attribute: { name: 'trait', classes, codes } }
}

const attack = (more: Partial<PaperAttackInput> & Pick<PaperAttackInput, 'vectors' | 'attribute'>) =>
  paperAttack({
    dimension,
    userGroup,
    attacker: quick,
    seeds: 2,
    rng: Rng.fromSeed(1),
    context,
    bootstrap: { resamples: 200 },
    ...more,
  })

describe('paperAttack', () => {
  it('finds a planted signal, and prints for two classes the balanced accuracy as hard AUC', async () => {
    const result = (await attack(leaking(2)))!
    // Two normals two deviations apart: AUC 0.921, best accuracy 0.841.
    expect(result.probabilityAuc.value).toBeGreaterThan(0.87)
    expect(result.hardAuc.value).toBeCloseTo(result.balancedAccuracy, 10)
    expect(result.hardAuc.value).toBeLessThan(result.probabilityAuc.value)
    expect(result.microF1.value).toBeGreaterThan(0.75)
    expect(result.testUsers).toBe(numUsers / userGroups.length)
    expect(result.microF1.interval.lower).toBeLessThan(result.microF1.value)
  })

  it('finds nothing where there is nothing', async () => {
    const result = (await attack(leaking(0)))!
    expect(Math.abs(result.probabilityAuc.value - 0.5)).toBeLessThan(0.12)
  })

  it('prints one figure twice for more than two classes', async () => {
    const result = (await attack(leaking(1, 3)))!
    expect(result.hardAuc).toEqual(result.probabilityAuc)
    expect(result.hardAuc.value).toBeGreaterThan(0.6)
  })

  it('is the same again with the same stream, and reads no label of a test user to learn', async () => {
    const { vectors, attribute } = leaking(1)
    const once = (await attack({ vectors, attribute }))!
    expect(await attack({ vectors, attribute })).toEqual(once)
    const test = userGroups.indexOf('attackTest')
    const turned = attribute.codes.map((code, user) => (userGroup[user] === test ? 1 - code : code))
    const opposite = (await attack({ vectors, attribute: { ...attribute, codes: turned } }))!
    expect(opposite.probabilityAuc.value).toBeCloseTo(1 - once.probabilityAuc.value, 10)
  })

  it('learns from users of both training groups', async () => {
    const { vectors, attribute } = leaking(1)
    for (const group of ['defence', 'attackTrain'] as const) {
      const without = attribute.codes.map((code, user) =>
        userGroup[user] === userGroups.indexOf(group) ? -1 : code,
      )
      const whole = (await attack({ vectors, attribute }))!
      const half = (await attack({ vectors, attribute: { ...attribute, codes: without } }))!
      expect(half.probabilityAuc.value).not.toBe(whole.probabilityAuc.value)
    }
  })

  it('has nothing to say where all are of one class, and refuses what does not fit', async () => {
    const { vectors, attribute } = leaking(1)
    const alike = { ...attribute, codes: new Int16Array(numUsers) }
    expect(await attack({ vectors, attribute: alike })).toBeNull()
    await expect(attack({ vectors, attribute, seeds: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(attack({ vectors: vectors.subarray(6), attribute })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})

describe('paperAttacker', () => {
  it('stops on request, and refuses lists', async () => {
    const { vectors, attribute } = leaking(1)
    const controller = new AbortController()
    controller.abort()
    await expect(
      attack({ vectors, attribute, context: { ...context, signal: controller.signal } }),
    ).rejects.toMatchObject({ code: 'ABORTED' })
    const lists = { offsets: new Int32Array(2), items: new Int32Array(0) }
    const labelled = { users: Int32Array.of(0), labels: Int32Array.of(0) }
    const problem = {
      evidence: { kind: 'lists', lists, numItems: 3 } as const,
      numClasses: 2,
      training: labelled,
      validation: labelled,
    }
    const fits = [{ config: quick.configurations[0]!, rng: Rng.fromSeed(1) }]
    await expect(quick.fit(problem, fits, context)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it.each([afrlAttacker, pfrecAttacker])('$name has one configuration', ({ configurations }) => {
    expect(configurations).toHaveLength(1)
  })
})
