import { createOrtRuntime } from '@veilrec/runtime'
import { describe, expect, it } from 'vitest'

import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { AttackerFit, AttackerKind, AttackProblem, FittedAttacker, LabelledUsers } from '../attacker.js'
import type { NeuralConfig } from './neural-config.js'
import { fitLogisticRegression, predictProbabilities } from '../linear/logistic-regression.js'
import { largeMlpAttacker, mlpAttacker } from './mlp-attacker.js'

const runtime = createOrtRuntime({ threads: 2 })
const users = 1600
const ranges = { training: [0, 800], validation: [800, 1000], test: [1000, users] } as const

/** The inputs of golden/mlp_classifier.py: signs of products, that no linear attacker can see. */
const golden = ((): {
  values: Float32Array
  dimension: number
  codes: Readonly<Record<number, Int32Array>>
} => {
  const drawn = 16
  let state = 12345
  const raw = Array.from({ length: users * drawn }, () => {
    let sum = 0
    for (let i = 0; i < 4; i++) {
      state = (state * 16807) % 2147483647
      sum += state / 2147483647
    }
    return Math.fround(Math.sqrt(3) * (sum - 2))
  })
  const at = (user: number, j: number): number => raw[user * drawn + j]!
  const first = Int32Array.from({ length: users }, (_, u) =>
    at(u, 0) * at(u, 1) + 0.3 * at(u, 4) > 0 ? 1 : 0,
  )
  const both = first.map((code, u) => code + (at(u, 2) * at(u, 3) + 0.3 * at(u, 5) > 0 ? 1 : 0))
  const values = Float32Array.from(raw.filter((_, i) => i % drawn !== 4 && i % drawn !== 5))
  return { values, dimension: drawn - 2, codes: { 2: first, 3: both } }
})()

const group = (codes: Int32Array, [from, to]: readonly [number, number]): LabelledUsers => {
  const chosen = Int32Array.from({ length: to - from }, (_, i) => from + i)
  return { users: chosen, labels: chosen.map((user) => codes[user]!) }
}

const goldenProblem = (numClasses: number): AttackProblem => ({
  evidence: { kind: 'vectors', values: golden.values, dimension: golden.dimension },
  numClasses,
  training: group(golden.codes[numClasses]!, ranges.training),
  validation: group(golden.codes[numClasses]!, ranges.validation),
})

const aucOn = async (attacker: FittedAttacker, { users: who, labels }: LabelledUsers, numClasses: number) =>
  macroRocAuc(await attacker.predict(who), labels, numClasses).auc.value!

const goldenTest = (numClasses: number): LabelledUsers => group(golden.codes[numClasses]!, ranges.test)

/** Test AUC of the configuration that is best on validation. */
const tunedAuc = async (kind: AttackerKind<unknown>, numClasses: number): Promise<number> => {
  const problem = goldenProblem(numClasses)
  const fits = kind.configurations.map((config) => ({ config, rng: Rng.fromSeed(1) }))
  const attackers = await kind.fit(problem, fits, { runtime })
  let best = { validation: 0, attacker: attackers[0]! }
  for (const attacker of attackers) {
    const validation = await aucOn(attacker, problem.validation, numClasses)
    if (validation > best.validation) best = { validation, attacker }
  }
  return aucOn(best.attacker, goldenTest(numClasses), numClasses)
}

/** One quick fit each. */
const fitOf = (seed: number, config = mlpAttacker.configurations[1]!): AttackerFit<NeuralConfig> => ({
  config,
  rng: Rng.fromSeed(seed),
})

describe('mlpAttacker and largeMlpAttacker', () => {
  it.each([
    { classes: 2, kind: mlpAttacker, scikitLearn: 0.8982 },
    { classes: 2, kind: largeMlpAttacker, scikitLearn: 0.8876 },
    { classes: 3, kind: mlpAttacker, scikitLearn: 0.6685 },
  ])('find what lies in products as scikit-learn does: $kind.name, $classes classes', async (row) => {
    // One standard error of an AUC of 0.9 on 600 users is 0.012.
    expect(await tunedAuc(row.kind, row.classes)).toBeGreaterThan(row.scikitLearn - 0.02)
  })

  it('find the sign of a product where logistic regression stays at chance', async () => {
    const dimension = 8
    const rng = Rng.fromSeed(3)
    const values = Float32Array.from({ length: users * dimension }, () => rng.normal())
    const codes = Int32Array.from({ length: users }, (_, u) =>
      values[u * dimension]! * values[u * dimension + 1]! > 0 ? 1 : 0,
    )
    const [training, validation, test] = [ranges.training, ranges.validation, ranges.test].map((range) =>
      group(codes, range),
    )
    const evidence = { kind: 'vectors', values, dimension } as const
    const problem = { evidence, numClasses: 2, training: training!, validation: validation! }
    const rowsOf = ({ users: who }: LabelledUsers) =>
      Float64Array.from([...who].flatMap((u) => [...values.subarray(u * dimension, (u + 1) * dimension)]))
    const linear = fitLogisticRegression(rowsOf(training!), training!.labels, { numClasses: 2, l2: 0.01 })
    expect(macroRocAuc(predictProbabilities(linear, rowsOf(test!)), test!.labels, 2).auc.value).toBeLessThan(
      0.58,
    )
    for (const kind of [mlpAttacker, largeMlpAttacker]) {
      const [attacker] = await kind.fit(
        problem,
        [{ config: kind.configurations[0]!, rng: Rng.fromSeed(1) }],
        { runtime },
      )
      expect(await aucOn(attacker!, test!, 2)).toBeGreaterThan(0.9)
    }
  })

  it.each([mlpAttacker, largeMlpAttacker])(
    '$name does not depend on what is fitted beside it',
    async (kind) => {
      const problem = { ...goldenProblem(2), training: group(golden.codes[2]!, [0, 150]) }
      const test = goldenTest(2)
      const shuffled = { ...fitOf(2), labels: Rng.fromSeed(9).shuffle(problem.training.labels.slice()) }
      // More than go into one graph, where they are small.
      const others = (kind === mlpAttacker ? [2, 3, 4, 5, 6, 7] : [2]).map((seed) =>
        fitOf(seed, kind.configurations[seed % 2]!),
      )
      const [alone] = await kind.fit(problem, [fitOf(1)], { runtime })
      // Places become free and graphs shrink on the way.
      const beside = (await kind.fit(problem, [shuffled, ...others, fitOf(1)], { runtime })).at(-1)!
      const [expected, got] = [await alone!.predict(test.users), await beside.predict(test.users)]
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 4)
    },
  )

  it('is deterministic, differs by seed, and gives probabilities', async () => {
    const problem = goldenProblem(3)
    const test = goldenTest(3)
    const [first, again, other] = await mlpAttacker.fit(problem, [fitOf(1), fitOf(1), fitOf(2)], { runtime })
    const probabilities = await first!.predict(test.users)
    expect([...(await again!.predict(test.users))]).toEqual([...probabilities])
    expect([...(await other!.predict(test.users))]).not.toEqual([...probabilities])
    for (let row = 0; row < test.users.length; row++) {
      const ofUser = probabilities.subarray(row * 3, row * 3 + 3)
      expect(ofUser.every((p) => p >= 0)).toBe(true)
      expect(ofUser.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    }
    // Rows stand alone: another order and number of users changes nothing.
    const some = await first!.predict(test.users.slice(0, 3).reverse())
    for (let c = 0; c < 3; c++) expect(some[c]).toBeCloseTo(probabilities[2 * 3 + c]!, 6)
    expect(await first!.predict(new Int32Array(0))).toHaveLength(0)
  })

  it('learns nothing from shuffled labels', async () => {
    const problem = goldenProblem(2)
    const rng = Rng.fromSeed(4)
    const fits = [1, 2, 3].map((seed) => ({
      ...fitOf(seed),
      labels: rng.shuffle(problem.training.labels.slice()),
      validationLabels: rng.shuffle(problem.validation.labels.slice()),
    }))
    const attackers = await mlpAttacker.fit(problem, fits, { runtime })
    const aucs: number[] = []
    for (const attacker of attackers) aucs.push(await aucOn(attacker, goldenTest(2), 2))
    expect(Math.abs(aucs.reduce((sum, auc) => sum + auc, 0) / 3 - 0.5)).toBeLessThan(0.06)
  })

  it('ignores scale and features that are constant in training', async () => {
    const problem = goldenProblem(2)
    const { values, dimension } = golden
    // Each feature on a scale of its own, then one that only users of the test group vary in.
    const wide = Float32Array.from({ length: users * (dimension + 1) }, (_, i) => {
      const [user, j] = [Math.floor(i / (dimension + 1)), i % (dimension + 1)]
      if (j === dimension) return user < ranges.test[0] ? 0.1 : user
      return values[user * dimension + j]! * 4 ** (j % 5) + j
    })
    const evidence = { kind: 'vectors', values: wide, dimension: dimension + 1 } as const
    const [attacker] = await mlpAttacker.fit({ ...problem, evidence }, [fitOf(1)], { runtime })
    expect(await aucOn(attacker!, goldenTest(2), 2)).toBeGreaterThan(0.85)
  })

  it('stops on request and refuses lists', async () => {
    const signal = AbortSignal.abort()
    await expect(mlpAttacker.fit(goldenProblem(2), [fitOf(1)], { runtime, signal })).rejects.toThrow(
      expect.objectContaining({ code: 'ABORTED' }),
    )
    const lists = { offsets: new Int32Array(users + 1), items: new Int32Array(0) }
    const evidence = { kind: 'lists', lists, numItems: 3 } as const
    await expect(mlpAttacker.fit({ ...goldenProblem(2), evidence }, [fitOf(1)], { runtime })).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
