import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import { rocAuc } from '../metrics/roc-auc.js'
import { Rng } from '../random.js'
import { attackAttribute, type AttributeAttackInput } from './attribute-attack.js'
import { plantSignal } from './planted-signal.js'

const numUsers = 1600
const dimension = 8
// 40 % defence, 25 % attack-train, 10 % attack-validation, 25 % attack-test.
const userGroup = Uint8Array.from({ length: numUsers }, (_, u) =>
  u % 20 < 8 ? 0 : u % 20 < 13 ? 1 : u % 20 < 15 ? 2 : 3,
)

const attribute = (classes: number, seed: number): UserAttribute => {
  const rng = Rng.fromSeed(seed)
  const codes = Int16Array.from({ length: numUsers }, () => (rng.uniform() < 0.05 ? -1 : rng.int(classes)))
  return { name: 'colour', classes: Array.from({ length: classes }, (_, c) => `c${c}`), codes }
}

/** Standard normal vectors in which coordinate c carries class c with the given strength. */
const leakyVectors = ({ codes }: UserAttribute, strength: number, seed: number): Float32Array => {
  const rng = Rng.fromSeed(seed)
  return Float32Array.from({ length: numUsers * dimension }, (_, at) => {
    const leaks = codes[Math.floor(at / dimension)] === at % dimension
    return rng.normal() + (leaks ? strength : 0)
  })
}

const attack = (
  change: Partial<AttributeAttackInput> & Pick<AttributeAttackInput, 'attribute' | 'vectors'>,
) => attackAttribute({ dimension, userGroup, rng: Rng.fromSeed(1), ...change })

describe('attackAttribute', () => {
  it('finds a leak of known size among unseen users', () => {
    const gender = attribute(2, 1)
    const result = attack({ attribute: gender, vectors: leakyVectors(gender, 1, 2) })
    // Two coordinates, each one standard deviation apart: AUC = Phi(sqrt(2) / sqrt(2)) = 0.841.
    expect(result.state).toBe('measured')
    expect(result.auc).toBeGreaterThan(0.79)
    expect(result.auc).toBeLessThan(0.89)
    expect(result.interval!.lower).toBeLessThan(result.auc!)
    expect(result.interval!.upper).toBeGreaterThan(result.auc!)
    expect(result.shuffledLabelAuc).toBeGreaterThan(0.42)
    expect(result.shuffledLabelAuc).toBeLessThan(0.58)
    expect(result.plantedSignalAuc).toBeGreaterThan(0.8)
    expect(result.balancedAccuracy).toBeGreaterThan(0.7)
    expect(result.balancedAccuracyChance).toBe(0.5)
    expect(result.microF1).toBeGreaterThan(result.majorityShare!)
    expect(result.bySource.map(({ trainedOn, converged }) => [trainedOn, converged])).toEqual([
      ['defence', true],
      ['attackTrain', true],
    ])
  })

  it('stays at chance without a leak, and is alive', () => {
    const gender = attribute(2, 1)
    const result = attack({ attribute: gender, vectors: leakyVectors(gender, 0, 2) })
    expect(result.interval!.lower).toBeLessThan(0.5)
    expect(result.interval!.upper).toBeGreaterThan(0.5)
    expect(result.plantedSignalAuc).toBeGreaterThan(0.7)
    expect(result.state).toBe('measured')
  })

  it('attacks several classes one against the rest', () => {
    const age = attribute(4, 1)
    const result = attack({ attribute: age, vectors: leakyVectors(age, 1.5, 2) })
    expect(result.auc).toBeGreaterThan(0.8)
    expect(result.largeClassAuc).toBe(result.auc)
    expect(result.skippedClasses).toBe(0)
    expect(result.balancedAccuracyChance).toBe(0.25)
    expect(result.plantedSignalAuc).toBeGreaterThan(0.7)
  })

  it('finds out a veil that knows its defence users by heart', () => {
    const gender = attribute(2, 1)
    const vectors = leakyVectors(gender, 1, 2)
    for (let user = 0; user < numUsers; user++) {
      const code = gender.codes[user]!
      if (userGroup[user] === 0 && code >= 0) vectors[user * dimension + code]! -= 1
    }
    const result = attack({ attribute: gender, vectors })
    const [onDefence, onOthers] = result.bySource
    expect(onOthers!.testAuc).toBeGreaterThan(0.79)
    expect(onOthers!.validationAuc).toBeGreaterThan(onDefence!.validationAuc)
    expect(result.trainedOn).toBe('attackTrain')
    expect(onDefence!.testAuc).toBeLessThan(0.6)
    expect(result.auc).toBe(onOthers!.testAuc)
  })

  it('takes no part of the test users into account before the end', () => {
    const gender = attribute(2, 1)
    const vectors = leakyVectors(gender, 0.5, 2)
    const codes = gender.codes.map((code, user) => (userGroup[user] === 3 && code >= 0 ? 1 - code : code))
    const flipped = attack({ attribute: { ...gender, codes }, vectors })
    const result = attack({ attribute: gender, vectors })
    for (const [i, { l2, validationAuc, testAuc }] of result.bySource.entries()) {
      expect(flipped.bySource[i]).toMatchObject({ l2, validationAuc })
      // Never folded: with all test labels turned round the same attacker scores 1 - AUC.
      expect(flipped.bySource[i]!.testAuc).toBeCloseTo(1 - testAuc, 12)
    }
  })

  it('calls constant vectors majority-only at exactly one half, not dead', () => {
    const gender = attribute(2, 1)
    const result = attack({ attribute: gender, vectors: new Float32Array(numUsers * dimension).fill(0.1) })
    expect(result).toMatchObject({ state: 'majority-only', auc: 0.5, interval: { lower: 0.5, upper: 0.5 } })
    expect(result.plantedSignalAuc).toBeGreaterThan(0.7)
    expect(result.microF1).toBeLessThanOrEqual(result.majorityShare!)
  })

  it('calls an attacker dead when it has too few users to learn from', () => {
    const gender = attribute(2, 1)
    let kept = 0
    const codes = gender.codes.map((code, user) => (userGroup[user]! > 1 || ++kept % 70 === 0 ? code : -1))
    const result = attack({ attribute: { ...gender, codes }, vectors: leakyVectors(gender, 0, 2) })
    expect(result.plantedSignalAuc).toBeLessThan(0.7)
    expect(result).toMatchObject({ state: 'dead', auc: null, interval: null, largeClassAuc: null })
    expect(result.reason).toMatch(/planted signal/)
  })

  it.each([
    ['nobody', (): number => -1],
    ['one class only', (code: number): number => Math.min(code, 0)],
    ['no labels to train on', (code: number, user: number): number => (userGroup[user]! < 2 ? -1 : code)],
    [
      'one class in the test group',
      (code: number, user: number): number => (userGroup[user] === 3 ? Math.min(code, 0) : code),
    ],
  ])('is undefined with a reason for %s', (_, change) => {
    const gender = attribute(2, 1)
    const codes = gender.codes.map(change)
    const result = attack({ attribute: { ...gender, codes }, vectors: leakyVectors(gender, 1, 2) })
    expect(result).toMatchObject({ state: 'undefined', auc: null })
    expect(result.reason).toMatch(/fewer than two classes of colour/)
  })

  it('is the same for the same stream and leaves the stream alone', () => {
    const gender = attribute(2, 1)
    const vectors = leakyVectors(gender, 0.3, 2)
    const rng = Rng.fromSeed(5)
    expect(attack({ attribute: gender, vectors, rng })).toEqual(attack({ attribute: gender, vectors, rng }))
  })

  it('names a user whose vector is not finite, and refuses misshapen input', () => {
    const gender = attribute(2, 1)
    const vectors = leakyVectors(gender, 0, 2)
    vectors[9 * dimension + 3] = Number.NaN
    expect(() => attack({ attribute: gender, vectors })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { user: 9 } }),
    )
    expect(() => attack({ attribute: gender, vectors: new Float32Array(3) })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})

describe('plantSignal', () => {
  it('carries AUC 0.75 in every group, along one direction only', () => {
    const age = attribute(5, 3)
    const features = Float64Array.from(leakyVectors(age, 0, 4))
    const input = { features, dimension, codes: age.codes, numClasses: 5, userGroup, rng: Rng.fromSeed(2) }
    const planted = plantSignal(input)
    const change = (user: number): number[] =>
      Array.from(
        { length: dimension },
        (_, j) => planted.features[user * dimension + j]! - features[user * dimension + j]!,
      )
    const first = change(0)
    const norm = Math.hypot(...first)
    const direction = first.map((value) => value / norm)
    const along = (user: number): number =>
      direction.reduce((sum, value, j) => sum + value * planted.features[user * dimension + j]!, 0)
    for (let user = 1; user < 50; user++) {
      const moved = change(user)
      const share = moved.reduce((sum, value, j) => sum + value * direction[j]!, 0)
      expect(Math.hypot(...moved)).toBeCloseTo(Math.abs(share), 10)
    }
    for (let group = 0; group < 4; group++) {
      const users = Array.from(userGroup.keys()).filter((u) => userGroup[u] === group && age.codes[u]! >= 0)
      const scores = Float64Array.from(users, along)
      const { value } = rocAuc(
        scores,
        Uint8Array.from(users, (u) => planted.marked[age.codes[u]!]!),
      )
      // The sign of the direction is not known here.
      expect(Math.max(value!, 1 - value!)).toBeCloseTo(0.75, 2)
    }
  })
})
