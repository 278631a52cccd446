// Plants leakage in each form and measures it with attackers that know nothing of the model.
import {
  applyAffineMap,
  fitLinearErasure,
  fitLogisticRegression,
  macroRocAuc,
  predictProbabilities,
  Rng,
  userGroups,
} from '@veilrec/core'
import { describe, expect, it } from 'vitest'
import { numSuccessors } from './catalogue.js'
import { simulatorOptionsSchema, type SimulatorOptions } from './options.js'
import { simulate } from './simulate.js'
import { stepsByCluster } from './turn-circles.js'

interface Views {
  readonly gender: Int16Array
  /** Item histogram. */
  readonly items: number[][]
  /** Items per cluster. */
  readonly clusters: number[][]
  /** Steps along the successors less steps against them, per cluster. */
  readonly transitions: number[][]
}

function plant(form: SimulatorOptions['form'], strength: number, seed = 1): Views {
  const options = simulatorOptionsSchema.parse({ form, strength, numUsers: 2000, numItems: 96 })
  const items: number[][] = []
  const clusters: number[][] = []
  const transitions: number[][] = []
  const { data } = simulate(options, Rng.fromSeed(seed), ({ history }, { clusterOf, successors }) => {
    const counts = Array.from({ length: options.numItems }, () => 0)
    const sizes = Array.from({ length: options.numClusters }, () => 0)
    const along = sizes.slice()
    const follows = (from: number, to: number): number =>
      successors.subarray(from * numSuccessors, (from + 1) * numSuccessors).includes(to) ? 1 : 0
    for (const [cluster, steps] of stepsByCluster(history, clusterOf)) {
      sizes[cluster] = steps.length
      steps.slice(1).forEach((step, i) => {
        const [from, to] = [history[steps[i]!]!, history[step]!]
        along[cluster]! += follows(from, to) - follows(to, from)
      })
    }
    for (const item of history) counts[item]!++
    items.push(counts)
    clusters.push(sizes)
    transitions.push(along)
  })
  return { gender: data.attributes[0]!.codes, items, clusters, transitions }
}

/** AUC on the second half of the users, of a logistic regression on the standardised features of the first half. */
function attack(rows: readonly (readonly number[])[], labels: Int16Array): number {
  const half = rows.length / 2
  const scaled = rows[0]!.map((_, j) => {
    const column = rows.map((row) => row[j]!)
    const seen = column.slice(0, half)
    const mean = seen.reduce((a, b) => a + b, 0) / half
    const deviation = Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / half) || 1
    return column.map((value) => (value - mean) / deviation)
  })
  const features = Float64Array.from(rows.flatMap((_, i) => scaled.map((column) => column[i]!)))
  const border = half * scaled.length
  const model = fitLogisticRegression(features.slice(0, border), labels.slice(0, half), {
    numClasses: 2,
    l2: 0.03,
    gradientTolerance: 1e-4,
  })
  return macroRocAuc(predictProbabilities(model, features.slice(border)), labels.slice(half), 2).auc.value!
}

/** The features and the products of any two of them, about their means: what a linear attacker cannot form. */
function withProducts(rows: readonly number[][]): number[][] {
  const means = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length)
  return rows.map((row) => {
    const centred = row.map((value, j) => value - means[j]!)
    return [...centred, ...centred.flatMap((value, j) => centred.slice(j).map((other) => value * other))]
  })
}

/** Erases gender from the vectors, knowing the labels of the first half of the users only. */
function erase(rows: readonly number[][], codes: Int16Array): number[][] {
  const dimension = rows[0]!.length
  const vectors = Float64Array.from(rows.flat())
  const other = userGroups.indexOf('attackTest')
  const map = fitLinearErasure({
    vectors,
    dimension,
    attributes: [{ name: 'gender', classes: ['F', 'M'], codes }],
    userGroup: Uint8Array.from(rows, (_, user) => (user < rows.length / 2 ? 0 : other)),
  })
  const erased = applyAffineMap(map, vectors)
  return rows.map((_, user) => Array.from(erased.subarray(user * dimension, (user + 1) * dimension)))
}

// The AUC at chance has a standard error of 0.019 for 400 against 600 users; 0.08 is four of them.
function expectChance(auc: number): void {
  expect(Math.abs(auc - 0.5)).toBeLessThan(0.08)
}

describe('the linear form', () => {
  it('is found by logistic regression on the item histogram, the better the stronger it is', () => {
    const [none, some, strong] = [0, 0.5, 1].map((strength) => {
      const { items, gender } = plant('linear', strength)
      return attack(items, gender)
    }) as [number, number, number]
    expectChance(none)
    expect(some).toBeGreaterThan(0.7)
    expect(strong).toBeGreaterThan(0.9)
  })

  it('is taken away by linear erasure', () => {
    const { clusters, gender } = plant('linear', 0.8)
    expect(attack(clusters, gender)).toBeGreaterThan(0.85)
    expectChance(attack(erase(clusters, gender), gender))
  })
})

describe('the XOR form', () => {
  it('is hidden from logistic regression on the histogram and found in products of cluster counts', () => {
    const { items, clusters, gender } = plant('xor', 1)
    expectChance(attack(items, gender))
    expectChance(attack(clusters, gender))
    expect(attack(withProducts(clusters), gender)).toBeGreaterThan(0.8)
    const none = plant('xor', 0)
    expectChance(attack(withProducts(none.clusters), none.gender))
  })

  it('leaves every user as many items from each half of the clusters as without attributes', () => {
    const firstHalf = ({ clusters }: Views): number[] =>
      clusters.map((counts) => counts.slice(0, 6).reduce((sum, count) => sum + count, 0))
    expect(firstHalf(plant('xor', 1))).toEqual(firstHalf(plant('xor', 0)))
  })

  it('is beyond linear erasure', () => {
    const { clusters, gender } = plant('xor', 1)
    const erased = erase(clusters, gender)
    expectChance(attack(erased, gender))
    expect(attack(withProducts(erased), gender)).toBeGreaterThan(0.8)
  })
})

describe('the order form', () => {
  it('leaves the histogram of every user as it is without attributes', () => {
    expect(plant('order', 1).items).toEqual(plant('order', 0).items)
    expect(plant('order', 1).transitions).not.toEqual(plant('order', 0).transitions)
  })

  it('is hidden from attackers on the histogram and found in the transitions', () => {
    const { items, clusters, transitions, gender } = plant('order', 1)
    expectChance(attack(items, gender))
    expectChance(attack(withProducts(clusters), gender))
    expect(attack(transitions, gender)).toBeGreaterThan(0.75)
    const none = plant('order', 0)
    expectChance(attack(none.transitions, none.gender))
  })
})
