import { classMeanVeil } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../../dataset.js'
import type { Runtime } from '../../graph/runtime.js'
import { Rng } from '../../random.js'
import { attackSuite } from './attack-suite.js'
import type { AttackerKind, AttackProblem, Evidence } from '../attacker.js'
import { listLogisticRegressionAttacker } from '../linear/list-logistic-regression-attacker.js'
import { logisticRegressionAttacker } from '../linear/logistic-regression-attacker.js'
import type { AttackSuiteInput, AttackSuiteResult } from './suite-result.js'

const numUsers = 1200
const dimension = 6
// 40 % defence, 25 % attack-train, 10 % attack-validation, 25 % attack-test.
const userGroup = Uint8Array.from({ length: numUsers }, (_, u) =>
  u % 20 < 8 ? 0 : u % 20 < 13 ? 1 : u % 20 < 15 ? 2 : 3,
)
const runtime: Runtime = { load: () => Promise.reject(new Error('no graph is run in these tests')) }

const attribute = (classes: number, seed: number): UserAttribute => {
  const rng = Rng.fromSeed(seed)
  const codes = Int16Array.from({ length: numUsers }, () => (rng.uniform() < 0.05 ? -1 : rng.int(classes)))
  return { name: 'colour', classes: Array.from({ length: classes }, (_, c) => `c${c}`), codes }
}

/** Standard normal vectors in which coordinate c carries class c with the given strength. */
const leaky = ({ codes }: UserAttribute, strength: number, seed: number): Float32Array => {
  const rng = Rng.fromSeed(seed)
  return Float32Array.from({ length: numUsers * dimension }, (_, at) => {
    const leaks = codes[Math.floor(at / dimension)] === at % dimension
    return rng.normal() + (leaks ? strength : 0)
  })
}

const vectors = (values: Float32Array): Evidence => ({ kind: 'vectors', values, dimension })

const attack = (
  change: Partial<AttackSuiteInput> & Pick<AttackSuiteInput, 'attribute' | 'evidence'>,
): Promise<AttackSuiteResult> =>
  attackSuite({
    userGroup,
    kinds: [logisticRegressionAttacker],
    rng: Rng.fromSeed(1),
    context: { runtime },
    options: { resamples: 200 },
    ...change,
  })

/** A kind without learning: `score` says what it thinks of a user, and a fit is told apart by its stream. */
const toy = (
  name: string,
  score: (user: number, noise: number, problem: AttackProblem) => number,
  change: Partial<AttackerKind> = {},
): AttackerKind => ({
  name,
  evidence: 'vectors',
  isRandom: true,
  configurations: ['only'],
  fit: (problem, fits) =>
    Promise.resolve(
      fits.map(({ rng }) => {
        const stream = rng.split('noise')
        const noise = Float64Array.from({ length: numUsers }, () => stream.uniform())
        return {
          predict: (users) =>
            Promise.resolve(
              Float64Array.from({ length: users.length * 2 }, (_, at) => {
                const user = users[at >> 1]!
                const p = score(user, noise[user]!, problem)
                return at % 2 === 1 ? p : 1 - p
              }),
            ),
        }
      }),
    ),
  ...change,
})

const first = (evidence: Evidence, user: number): number =>
  evidence.kind === 'vectors' ? evidence.values[user * evidence.dimension]! : 0

describe('attackSuite', () => {
  it('finds a leak of known size among unseen users', async () => {
    const gender = attribute(2, 1)
    const result = await attack({ attribute: gender, evidence: vectors(leaky(gender, 1, 2)) })
    // Two coordinates, each one standard deviation apart: AUC = Phi(sqrt(2) / sqrt(2)) = 0.841.
    expect(result).toMatchObject({ state: 'measured', attacker: 'logistic-regression', evidence: 'vectors' })
    expect(result.auc).toBeGreaterThan(0.78)
    expect(result.auc).toBeLessThan(0.9)
    expect(result.interval!.lower).toBeLessThan(result.auc!)
    expect(result.interval!.upper).toBeGreaterThan(result.auc!)
    expect(result.plantedSignalAuc).toBeGreaterThan(0.8)
    expect(Math.abs(result.shuffledLabelAuc! - 0.5)).toBeLessThan(0.06)
    expect(result.balancedAccuracy).toBeGreaterThan(0.7)
    expect(result.balancedAccuracyChance).toBe(0.5)
    expect(result.microF1).toBeGreaterThan(result.majority!)
    expect(result.testUsersByClass.reduce((a, b) => a + b)).toBe(result.testUsers)
    const { byGroup, ...linear } = result.attackers['logistic-regression']!
    expect(linear).toMatchObject({
      auc: result.auc,
      interval: result.interval,
      seeds: 1,
      seedDeviation: null,
    })
    expect(linear.auc).toBe(Math.max(byGroup.defence!.auc, byGroup.attackTrain!.auc))
    expect(byGroup[linear.trainedOn]).toMatchObject({ auc: linear.auc, config: linear.config })
    // Width of the interval of an AUC of 0.84 with 150 users of each class, by Hanley and McNeil: about 0.09.
    expect(linear.userDeviation).toBeGreaterThan(0.015)
    expect(linear.userDeviation).toBeLessThan(0.035)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  it('attacks several classes one against the rest and counts the ones nobody has', async () => {
    const age = attribute(4, 1)
    const codes = age.codes.map((code, user) => (code === 3 && userGroup[user] === 3 ? 0 : code))
    const evidence = vectors(leaky(age, 1.5, 2))
    const result = await attack({ attribute: { ...age, codes }, evidence })
    expect(result.auc).toBeGreaterThan(0.7)
    expect(result.skippedClasses).toBe(1)
    expect(result.balancedAccuracyChance).toBeCloseTo(1 / 3, 12)
    expect(result.testUsersByClass[3]).toBe(0)
    expect(result.largeClassAuc).toBeCloseTo(result.auc!, 12)
  })

  it('contains 0.5 in at least 17 of 20 data sets without a leak', async () => {
    let contained = 0
    for (let seed = 1; seed <= 20; seed++) {
      const gender = attribute(2, seed)
      const { interval } = await attack({
        attribute: gender,
        evidence: vectors(leaky(gender, 0, 100 + seed)),
        options: { resamples: 200, shuffles: 1 },
      })
      if (interval!.lower <= 0.5 && interval!.upper >= 0.5) contained++
    }
    expect(contained).toBeGreaterThanOrEqual(17)
  })

  it('finds out a veil that knows its defence users by heart', async () => {
    const gender = attribute(2, 1)
    const base = leaky(gender, 1, 2)
    const known = userGroup.map((group) => (group === 0 ? 1 : 0))
    const veiled = classMeanVeil(base, dimension, gender.codes, known)
    const bare = await attack({ attribute: gender, evidence: vectors(base) })
    const result = await attack({ attribute: gender, evidence: vectors(veiled) })
    const { byGroup } = result.attackers['logistic-regression']!
    expect(byGroup.defence!.auc).toBeLessThan(0.6)
    expect(result.trainedOn).toBe('attackTrain')
    expect(result.auc).toBeCloseTo(bare.attackers['logistic-regression']!.byGroup.attackTrain!.auc, 6)
  })

  it('reports the kind that is best on validation, even where another is better on test', async () => {
    const gender = attribute(2, 1)
    const truth = (user: number): number => (gender.codes[user] === 1 ? 0.9 : 0.1)
    // Only knows validation users; only knows test users. The planted check is passed by both, being told the label.
    const validation = toy('validation-wise', (user, noise) => (userGroup[user] === 2 ? truth(user) : noise))
    const test = toy('test-wise', (user, noise) => (userGroup[user] === 3 ? truth(user) : noise))
    const alive = toy('alive', (user, noise) => 0.5 * truth(user) + 0.5 * noise)
    const result = await attack({
      attribute: gender,
      evidence: vectors(leaky(gender, 0, 2)),
      kinds: [test, alive, validation],
    })
    // `validation-wise` is chosen, is dead on the planted signal, and `alive` vouches and found more.
    expect(result.attackers['validation-wise']!.validationAuc).toBe(1)
    expect(result.attackers['test-wise']).toMatchObject({ auc: 1, plantedSignalAuc: null })
    expect(result.attackers['validation-wise']!.plantedSignalAuc).toBeLessThan(0.7)
    expect(result).toMatchObject({
      state: 'measured',
      attacker: 'alive',
      auc: result.attackers['alive']!.auc,
    })
    expect(result.plantedSignalAuc).toBe(result.attackers['alive']!.plantedSignalAuc)
  })

  it('keeps what a dead attacker found, with a living one to vouch', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 0, 2))
    const blindWhenPlanted = toy('blind-when-planted', (user, noise, problem) =>
      problem.evidence === evidence ? (gender.codes[user] === 1 ? 0.8 : 0.2) : noise,
    )
    const result = await attack({
      attribute: gender,
      evidence,
      kinds: [blindWhenPlanted, logisticRegressionAttacker],
    })
    expect(result).toMatchObject({ state: 'measured', attacker: 'blind-when-planted', auc: 1 })
    expect(result.attackers['blind-when-planted']!.plantedSignalAuc).toBeLessThan(0.7)
    expect(result.plantedSignalAuc).toBe(result.attackers['logistic-regression']!.plantedSignalAuc)
  })

  it('is dead with the reason where no attacker finds the planted signal', async () => {
    const gender = attribute(2, 1)
    const result = await attack({
      attribute: gender,
      evidence: vectors(leaky(gender, 1, 2)),
      kinds: [toy('coin', (_, noise) => noise)],
    })
    expect(result).toMatchObject({ state: 'dead', auc: null, interval: null, largeClassAuc: null })
    expect(result.reason).toMatch(/planted signal of AUC 0.75 was found with 0\.[3-6]/)
    expect(result.attackers['coin']!.auc).toBeGreaterThan(0.4)
  })

  it('calls constant vectors majority-only at exactly one half, not dead', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(new Float32Array(numUsers * dimension).fill(0.1))
    const result = await attack({ attribute: gender, evidence })
    expect(result).toMatchObject({ state: 'majority-only', auc: 0.5, interval: { lower: 0.5, upper: 0.5 } })
    expect(result.plantedSignalAuc).toBeGreaterThan(0.7)
  })

  it('attacks lists, takes the kinds for them only, and proves them alive by marker items', async () => {
    const gender = attribute(2, 1)
    const rng = Rng.fromSeed(3)
    const offsets = new Int32Array(numUsers + 1)
    const items: number[] = []
    for (let user = 0; user < numUsers; user++) {
      // Items 1 and 2 tell the class of three users in four, which is an AUC of 0.75; the others are noise.
      const told = rng.uniform() < 0.75 ? gender.codes[user]! : 1 - gender.codes[user]!
      items.push(1 + Math.max(0, told), 3 + rng.int(9), 12 + rng.int(9), 21 + rng.int(20))
      offsets[user + 1] = items.length
    }
    const evidence: Evidence = {
      kind: 'lists',
      lists: { offsets, items: Int32Array.from(items) },
      numItems: 40,
    }
    const kinds = [logisticRegressionAttacker, listLogisticRegressionAttacker]
    const result = await attack({ attribute: gender, evidence, kinds })
    expect(result).toMatchObject({ state: 'measured', evidence: 'lists' })
    expect(Object.keys(result.attackers)).toEqual(['list-logistic-regression'])
    expect(result.auc).toBeGreaterThan(0.69)
    expect(result.auc).toBeLessThan(0.81)
    expect(result.plantedSignalAuc).toBeGreaterThan(0.7)
  })

  it('means over seeds, tells the two variances apart and never folds', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 0, 2))
    const wrongWay = (noise: number, user: number): number =>
      gender.codes[user] === 1 ? 0.5 * noise : 0.4 + 0.5 * noise
    const noisy = toy('noisy', (user, noise) => wrongWay(noise, user))
    const steady = toy('steady', (user) => (first(evidence, user) > 0 ? 0.4 : 0.6), { isRandom: false })
    const { attackers } = await attack({ attribute: gender, evidence, kinds: [noisy, steady], seeds: 3 })
    // Two uniforms of width 0.5, 0.4 apart: P(right order) = (0.1 / 0.5)^2 / 2 = 0.02.
    expect(attackers['noisy']!.auc).toBeCloseTo(0.02, 1)
    expect(attackers['noisy']).toMatchObject({ seeds: 3 })
    expect(attackers['noisy']!.seedDeviation).toBeGreaterThan(0)
    expect(attackers['steady']).toMatchObject({ seeds: 1, seedDeviation: null })
  })

  it('tunes on validation users within the budget, the earlier configuration winning ties', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 1, 2))
    const asked: unknown[][] = []
    const kind: AttackerKind = {
      ...logisticRegressionAttacker,
      isRandom: true,
      configurations: [{ l2: 1e6 }, { l2: 0.01 }, { l2: 0.01, same: true }],
      fit: (problem, fits, context) => {
        asked.push(fits.map(({ config }) => config))
        return logisticRegressionAttacker.fit(problem, fits as never, context)
      },
    }
    const { attackers } = await attack({ attribute: gender, evidence, kinds: [kind], seeds: 3 })
    expect(attackers['logistic-regression']!.config).toEqual({ l2: 0.01 })
    // Tuning and two more seeds for both groups, then the planted signal and 4 shuffles.
    expect(asked.map((configs) => configs.length)).toEqual([3, 2, 3, 2, 1, 4])
    const tooMany = { ...kind, configurations: [1, 2, 3, 4, 5, 6, 7] }
    await expect(attack({ attribute: gender, evidence, kinds: [tooMany] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('asks nothing about test users before the choice is made', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 0.5, 2))
    const codes = gender.codes.map((code, user) => (userGroup[user] === 3 && code >= 0 ? 1 - code : code))
    const result = await attack({ attribute: gender, evidence })
    const flipped = await attack({ attribute: { ...gender, codes }, evidence })
    for (const group of ['defence', 'attackTrain'] as const) {
      const figures = result.attackers['logistic-regression']!.byGroup[group]!
      const other = flipped.attackers['logistic-regression']!.byGroup[group]!
      expect(other).toMatchObject({ config: figures.config, validationAuc: figures.validationAuc })
      expect(other.auc).toBeCloseTo(1 - figures.auc, 12)
    }
  })

  it.each([
    ['nobody', (): number => -1],
    ['one class only', (code: number): number => Math.min(code, 0)],
    ['no labels to train on', (code: number, user: number): number => (userGroup[user]! < 2 ? -1 : code)],
    [
      'one class in validation',
      (code: number, user: number): number => (userGroup[user] === 2 ? Math.min(code, 0) : code),
    ],
  ])('is undefined with a reason for %s', async (_, change) => {
    const gender = attribute(2, 1)
    const codes = gender.codes.map(change)
    const evidence = vectors(leaky(gender, 1, 2))
    const result = await attack({ attribute: { ...gender, codes }, evidence })
    expect(result).toMatchObject({ state: 'undefined', auc: null, attackers: {} })
    expect(result.reason).toMatch(/fewer than two classes of colour/)
  })

  it('does with one training group where the other has no labels', async () => {
    const gender = attribute(2, 1)
    const codes = gender.codes.map((code, user) => (userGroup[user] === 0 ? -1 : code))
    const evidence = vectors(leaky(gender, 1, 2))
    const result = await attack({ attribute: { ...gender, codes }, evidence })
    expect(result.trainedOn).toBe('attackTrain')
    expect(Object.keys(result.attackers['logistic-regression']!.byGroup)).toEqual(['attackTrain'])
  })

  it('is the same for the same stream and leaves the stream alone', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 0.3, 2))
    const kinds = [logisticRegressionAttacker, toy('coin', (_, noise) => noise)]
    const rng = Rng.fromSeed(5)
    expect(await attack({ attribute: gender, evidence, kinds, rng })).toEqual(
      await attack({ attribute: gender, evidence, kinds, rng }),
    )
  })

  it('stops when asked to, and says how far it is', async () => {
    const gender = attribute(2, 1)
    const evidence = vectors(leaky(gender, 0.3, 2))
    const controller = new AbortController()
    const seen: string[] = []
    const options = {
      onProgress: ({ stage, total }: { stage: string; total: number }): void => {
        seen.push(`${stage} of ${total}`)
        if (seen.length === 2) controller.abort()
      },
    }
    const context = { runtime, signal: controller.signal }
    await expect(attack({ attribute: gender, evidence, context, options })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect(seen).toEqual(['logistic-regression on defence of 4', 'logistic-regression on attackTrain of 4'])
  })

  it('names a user whose vector is not finite, and refuses misshapen input', async () => {
    const gender = attribute(2, 1)
    const values = leaky(gender, 0, 2)
    await expect(attack({ attribute: gender, evidence: vectors(values.slice(6)) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(attack({ attribute: gender, evidence: vectors(values), kinds: [] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(attack({ attribute: gender, evidence: vectors(values), seeds: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    values[9 * dimension + 3] = Number.NaN
    await expect(attack({ attribute: gender, evidence: vectors(values) })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      details: { user: 9 },
    })
  })
})
