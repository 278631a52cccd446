import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import type { UserAttribute } from '../../dataset.js'
import { applyAffineMap } from '../../fairness/affine-map.js'
import { fitLinearErasure } from '../../fairness/linear-erasure.js'
import { Rng } from '../../random.js'
import { attackSuite } from './attack-suite.js'
import { attackProfiles } from './suite-profiles.js'
import type { AttackSuiteResult } from './suite-result.js'

const dimension = 8
const context = { runtime: createOrtRuntime({ threads: 1 }) }

/** Users of made-up groups and classes, with what may leak into their vectors. */
interface Simulated {
  readonly attribute: UserAttribute
  readonly userGroup: Uint8Array
  readonly vectors: Float64Array
}

/** How much the vectors tell of the class, in standard deviations of the noise. */
interface Strength {
  /** Shift of one coordinate per class. */
  readonly linear?: number
  /** Two classes only: how far the first two coordinates, of random sign, keep to signs whose product is the class. */
  readonly crosswise?: number
}

function simulate(seed: number, numUsers: number, numClasses: number, strength: Strength): Simulated {
  const rng = Rng.fromSeed(seed)
  const codes = Int16Array.from({ length: numUsers }, () => rng.int(numClasses))
  // 40 % defence, 25 % attack-train, 10 % attack-validation, 25 % attack-test.
  const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => {
    const place = user % 20
    return place < 8 ? 0 : place < 13 ? 1 : place < 15 ? 2 : 3
  })
  const { linear = 0, crosswise = 0 } = strength
  const vectors = new Float64Array(numUsers * dimension)
  for (let user = 0; user < numUsers; user++) {
    const row = vectors.subarray(user * dimension, (user + 1) * dimension)
    for (let j = 0; j < dimension; j++) row[j] = rng.normal()
    row[2 + codes[user]!]! += linear
    const sign = rng.int(2) === 0 ? -1 : 1
    row[0]! += crosswise * sign
    row[1]! += crosswise * (codes[user] === 1 ? sign : -sign)
  }
  const classes = Array.from({ length: numClasses }, (_, c) => `c${c}`)
  return { attribute: { name: 'colour', classes, codes }, userGroup, vectors }
}

function attack(
  { attribute, userGroup, vectors }: Simulated,
  seed: number,
  resamples = 200,
): Promise<AttackSuiteResult> {
  return attackSuite({
    evidence: { kind: 'vectors', values: vectors, dimension },
    attribute,
    userGroup,
    ...attackProfiles.quick,
    rng: Rng.fromSeed(seed),
    context,
    options: { resamples, shuffles: 1 },
  })
}

function erase(simulated: Simulated): Simulated {
  const { attribute, userGroup, vectors } = simulated
  const map = fitLinearErasure({ vectors, dimension, attributes: [attribute], userGroup })
  return { ...simulated, vectors: applyAffineMap(map, vectors) }
}

describe('attackSuite on simulated users', () => {
  it('has an interval with chance in it where nothing leaks', async () => {
    let covered = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { state, auc, interval } = await attack(simulate(seed, 1600, seed % 2 === 0 ? 2 : 3, {}), seed)
      expect(state).not.toBe('dead')
      expect(Math.abs(auc! - 0.5)).toBeLessThan(0.1)
      if (interval!.lower <= 0.5 && interval!.upper >= 0.5) covered++
    }
    expect(covered).toBeGreaterThanOrEqual(17)
  })

  it.each([2, 3])('finds a strong leak of %i classes', async (classes) => {
    const found = await attack(simulate(1, 800, classes, { linear: 2.5 }), 1)
    expect(found.auc).toBeGreaterThan(0.9)
    expect(found.interval!.lower).toBeGreaterThan(0.85)
  })

  it.each([2, 3])(
    'is brought to chance by linear erasure where the leak of %i classes is linear',
    async (classes) => {
      const simulated = simulate(2, 2400, classes, { linear: 2.5 })
      expect((await attack(simulated, 1)).auc).toBeGreaterThan(0.9)
      const { state, auc, interval, attackers } = await attack(erase(simulated), 1)
      expect(state).not.toBe('dead')
      expect(auc).toBeLessThan(0.56)
      expect(interval!.lower).toBeLessThan(0.5)
      expect(attackers['mlp']!.auc).toBeLessThan(0.58)
    },
  )

  it('tells after linear erasure what two coordinates say together', async () => {
    const simulated = simulate(3, 2400, 2, { linear: 2.5, crosswise: 1.5 })
    expect((await attack(simulated, 1)).auc).toBeGreaterThan(0.95)
    const { attacker, interval, attackers } = await attack(erase(simulated), 1)
    expect(attackers['logistic-regression']!.auc).toBeLessThan(0.56)
    expect(attackers['mlp']!.auc).toBeGreaterThan(0.85)
    expect(attacker).toBe('mlp')
    expect(interval!.lower).toBeGreaterThan(0.8)
  })
})
