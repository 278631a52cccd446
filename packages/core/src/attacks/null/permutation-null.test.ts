import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../../dataset.js'
import type { Runtime } from '../../graph/runtime.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { Evidence } from '../attacker.js'
import { logisticRegressionAttacker } from '../linear/logistic-regression-attacker.js'
import { fitLogisticRegression, predictProbabilities } from '../linear/logistic-regression.js'
import { chosenAttackerNull } from './permutation-chosen.js'
import { permutationNull, type NullCell } from './permutation-null.js'
import { oneStepAuc, oneStepDesign } from './permutation-one-step.js'
import { fitStandardizer, standardize } from '../linear/standardize.js'

const numUsers = 600
const dimension = 5
const userGroup = Uint8Array.from({ length: numUsers }, (_, u) =>
  u % 20 < 8 ? 0 : u % 20 < 13 ? 1 : u % 20 < 15 ? 2 : 3,
)
const runtime: Runtime = { load: () => Promise.reject(new Error('no graph is run in these tests')) }

const attribute = (classes: number, seed: number): UserAttribute => {
  const rng = Rng.fromSeed(seed)
  const codes = Int16Array.from({ length: numUsers }, () => rng.int(classes))
  return { name: 'colour', classes: Array.from({ length: classes }, (_, c) => `c${c}`), codes }
}

const leaky = ({ codes }: UserAttribute, strength: number, seed: number): Evidence => {
  const rng = Rng.fromSeed(seed)
  const values = Float32Array.from({ length: numUsers * dimension }, (_, at) => {
    const leaks = codes[Math.floor(at / dimension)] === at % dimension
    return rng.normal() + (leaks ? strength : 0)
  })
  return { kind: 'vectors', values, dimension }
}

const cellOf = (name: string, of: UserAttribute, strength: number, seed: number): NullCell => ({
  name,
  attribute: of,
  evidence: leaky(of, strength, seed),
  userGroup,
  auc: 0.53,
})

const usersOf = (group: number): Int32Array =>
  Int32Array.from(userGroup.keys()).filter((user) => userGroup[user] === group)

describe('permutationNull', () => {
  it('finds a small leak in one of several cells', async () => {
    const gender = attribute(2, 1)
    const cells = [cellOf('a', gender, 0, 2), cellOf('b', gender, 0.6, 3), cellOf('c', attribute(4, 2), 0, 4)]
    const result = await permutationNull({ cells, shuffles: 60, rng: Rng.fromSeed(1) })
    expect(result.sameAttacker).toMatchObject({ name: 'b', pValue: 1 / 61 })
    expect(result.maxima).toHaveLength(60)
    expect([...result.maxima].sort((x, y) => x - y)).toEqual(result.maxima)
    const asLarge = result.maxima.filter((maximum) => maximum >= 0.53).length
    expect(result.reported).toEqual({ name: 'a', auc: 0.53, pValue: (1 + asLarge) / 61 })
  })

  it('has p-values spread over (0, 1] without a leak', async () => {
    const pValues: number[] = []
    for (let seed = 1; seed <= 30; seed++) {
      const gender = attribute(2, seed)
      const cells = [cellOf('a', gender, 0, 100 + seed), cellOf('b', gender, 0, 200 + seed)]
      const { sameAttacker } = await permutationNull({ cells, shuffles: 19, rng: Rng.fromSeed(seed) })
      pValues.push(sameAttacker!.pValue)
    }
    // Uniform on multiples of 0.05: 30 values have mean 0.525 with standard error 0.053.
    const mean = pValues.reduce((a, b) => a + b) / pValues.length
    expect(mean).toBeGreaterThan(0.36)
    expect(mean).toBeLessThan(0.69)
    expect(pValues.filter((p) => p <= 0.1).length).toBeLessThan(9)
  })

  it('grows with the number of cells, which is the point', async () => {
    const gender = attribute(2, 1)
    const cells = Array.from({ length: 8 }, (_, i) => cellOf(`${i}`, gender, 0, 10 + i))
    const options = { shuffles: 40, rng: Rng.fromSeed(1) }
    const one = await permutationNull({ cells: cells.slice(0, 1), ...options })
    const many = await permutationNull({ cells, ...options })
    const median = (values: readonly number[]): number => values[values.length / 2]!
    expect(median(many.maxima)).toBeGreaterThan(median(one.maxima) + 0.02)
  })

  it('reads lists', async () => {
    const gender = attribute(2, 1)
    // Item 1 or 2 tells the class of three users in four; items 3 to 20 are noise.
    const rng = Rng.fromSeed(9)
    const offsets = new Int32Array(numUsers + 1)
    const items: number[] = []
    for (let user = 0; user < numUsers; user++) {
      const told = rng.uniform() < 0.75 ? gender.codes[user]! : 1 - gender.codes[user]!
      items.push(1 + told, 3 + rng.int(9), 12 + rng.int(9))
      offsets[user + 1] = items.length
    }
    const lists = { offsets, items: Int32Array.from(items) }
    const evidence: Evidence = { kind: 'lists', lists, numItems: 20 }
    const cells = [{ name: 'list', attribute: gender, evidence, userGroup, auc: null }]
    const result = await permutationNull({ cells, shuffles: 30, rng: Rng.fromSeed(1) })
    expect(result.sameAttacker!.auc).toBeGreaterThan(0.68)
    expect(result.sameAttacker!.pValue).toBeCloseTo(1 / 31, 12)
    expect(result.reported).toBeNull()
  })

  it('reads vectors of more dimensions than it keeps', async () => {
    const gender = attribute(2, 1)
    // Every value of the leaky vectors, spread over sixty columns of other scales.
    const { values } = leaky(gender, 1.5, 2) as Extract<Evidence, { kind: 'vectors' }>
    const copies = 60
    const wide = Float32Array.from({ length: values.length * copies }, (_, at) => {
      const copy = at % copies
      return values[Math.floor(at / copies)]! * 10 ** (copy % 4) + copy
    })
    const evidence: Evidence = { kind: 'vectors', values: wide, dimension: dimension * copies }
    const cells = [{ name: 'wide', attribute: gender, evidence, userGroup, auc: null }]
    const result = await permutationNull({ cells, shuffles: 30, rng: Rng.fromSeed(1) })
    const narrow = await permutationNull({
      cells: [cellOf('narrow', gender, 1.5, 2)],
      shuffles: 1,
      rng: Rng.fromSeed(1),
    })
    expect(result.sameAttacker!.auc).toBeCloseTo(narrow.sameAttacker!.auc, 1)
    expect(result.sameAttacker!.auc).toBeGreaterThan(0.8)
    expect(result.sameAttacker!.pValue).toBeCloseTo(1 / 31, 12)
  })

  it('passes over what cannot be attacked', async () => {
    const nobody = { ...attribute(2, 1), codes: new Int16Array(numUsers).fill(-1) }
    const cells = [cellOf('a', nobody, 0, 2)]
    const result = await permutationNull({ cells, shuffles: 3, rng: Rng.fromSeed(1) })
    expect(result).toEqual({ shuffles: 3, maxima: [], reported: null, sameAttacker: null })
  })

  it('stops when asked to and refuses no shuffles', async () => {
    const cells = [cellOf('a', attribute(2, 1), 0, 2)]
    const rng = Rng.fromSeed(1)
    await expect(permutationNull({ cells, rng, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await expect(permutationNull({ cells, rng, shuffles: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})

describe('oneStepAuc', () => {
  it.each([2, 4])('is what a logistic regression finds, nearly: %i classes', (classes) => {
    const of = attribute(classes, 3)
    const evidence = leaky(of, 0.8, 4)
    if (evidence.kind === 'lists') throw new Error('vectors were asked for')
    // What all columns share drowns the leak unless they are weighed by their covariance.
    const common = Rng.fromSeed(5)
    for (let at = 0; at < evidence.values.length; at += dimension) {
      const shift = 4 * common.normal()
      for (let j = 0; j < dimension; j++) evidence.values[at + j]! += shift
    }
    const [training, test] = [usersOf(0), usersOf(3)]
    const labelsOf = (users: Int32Array): Int32Array => users.map((user) => of.codes[user]!)
    const design = oneStepDesign(evidence, training, test, Rng.fromSeed(1))
    const auc = oneStepAuc(design, labelsOf(training), labelsOf(test), classes)
    const standardizer = fitStandardizer(evidence.values, dimension, training)
    const model = fitLogisticRegression(
      standardize(evidence.values, training, standardizer),
      labelsOf(training),
      { numClasses: classes, l2: 0.01 },
    )
    const probabilities = predictProbabilities(model, standardize(evidence.values, test, standardizer))
    expect(auc).toBeCloseTo(macroRocAuc(probabilities, labelsOf(test), classes).auc.value!, 2)
    expect(auc).toBeGreaterThan(0.6)
  })

  it('gives a class without training users, and constant vectors, one half', () => {
    const evidence: Evidence = { kind: 'vectors', values: new Float32Array(12).fill(3), dimension: 2 }
    const users = Int32Array.of(0, 1, 2)
    const design = oneStepDesign(evidence, users, Int32Array.of(3, 4, 5), Rng.fromSeed(1))
    expect(oneStepAuc(design, Int32Array.of(0, 1, 1), Int32Array.of(0, 1, 2), 3)).toBe(0.5)
  })
})

describe('chosenAttackerNull', () => {
  it('shuffles the attackers that made the table', async () => {
    const gender = attribute(2, 1)
    const cells = [0.9, 0.52].map((auc, i) => ({
      ...cellOf(`cell ${i}`, gender, 0.8, 2 + i),
      auc,
      kind: logisticRegressionAttacker,
      config: { l2: 0.1 },
      trainedOn: 'attackTrain' as const,
    }))
    const input = { shuffles: 9, rng: Rng.fromSeed(1), context: { runtime } }
    const result = await chosenAttackerNull({ cells, ...input })
    expect(result.reported).toEqual({ name: 'cell 0', auc: 0.9, pValue: 0.1 })
    expect(result.maxima).toHaveLength(9)
    // The larger of two AUCs at chance, 150 test users: between 0.45 and 0.65.
    expect(result.maxima[0]).toBeGreaterThan(0.44)
    expect(result.maxima[8]).toBeLessThan(0.67)
    expect(await chosenAttackerNull({ cells: [], ...input })).toEqual({
      shuffles: 9,
      maxima: [],
      reported: null,
    })
  })
})
