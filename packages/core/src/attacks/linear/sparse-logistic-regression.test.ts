import { describe, expect, it } from 'vitest'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import { fitLogisticRegression, predictProbabilities } from './logistic-regression.js'
import { sparseLogisticObjective, type SparseRows } from './sparse-logistic-objective.js'
import { fitSparseLogisticRegression, predictSparseProbabilities } from './sparse-logistic-regression.js'

const numRows = 200
const numColumns = 60
const lists = Array.from({ length: numRows }, (_, i) => {
  const items = Array.from({ length: 3 + (i % 10) }, (_item, k) =>
    Math.floor(numColumns * Math.abs(Math.sin(2 + 1.3 * i * (k + 1)))),
  )
  return [...new Set(items)].sort((a, b) => a - b)
})
const mean = lists.reduce((sum, { length }) => sum + length, 0) / numRows
const rows: SparseRows = {
  offsets: Int32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]),
  columns: Int32Array.from(lists.flat()),
  numColumns,
  values: Float64Array.from(lists, ({ length }) => Math.sqrt(mean / length)),
}
const labelsOf = (classes: number): Int32Array =>
  Int32Array.from(lists, (items, i) => {
    const weight = items.filter((item) => item < 20).length * rows.values[i]!
    return (Number(weight > 2) + Number(i % 5 === 0) + Math.floor((i % 3) / 2)) % classes
  })
const exact = { l2: 0.01, gradientTolerance: 1e-9 }

describe('fitSparseLogisticRegression', () => {
  // Printed by golden/attackers.py with scikit-learn 1.9.1, tol 1e-12.
  it.each([
    {
      classes: 2,
      weights: [[0.156438, -0.257316, 0.538415]],
      intercepts: [0.248385],
      row7: [0.492049, 0.507951],
      auc: 0.728273,
    },
    {
      classes: 3,
      weights: [
        [-0.125352, 0.188969, -0.460787],
        [0.143561, -0.239114, 0.32025],
        [-0.018209, 0.050145, 0.140537],
      ],
      intercepts: [-0.309222, 0.751398, -0.442176],
      row7: [0.419378, 0.46983, 0.110792],
      auc: 0.797349,
    },
  ])('matches scikit-learn: $classes classes', ({ classes, weights, intercepts, row7, auc }) => {
    const labels = labelsOf(classes)
    const model = fitSparseLogisticRegression(rows, labels, { ...exact, numClasses: classes })
    expect(model.converged).toBe(true)
    for (const [k, expected] of weights.entries()) {
      for (const [c, weight] of expected.entries()) {
        expect(model.weights[c * weights.length + k]).toBeCloseTo(weight, 5)
      }
    }
    // The intercepts of several classes are told only up to a constant.
    const shift = classes === 2 ? 0 : model.intercepts.reduce((a, b) => a + b) / classes
    for (const [k, value] of intercepts.entries()) {
      expect(model.intercepts[k]! - shift).toBeCloseTo(value, 5)
    }
    const p = predictSparseProbabilities(model, rows)
    for (const [c, value] of row7.entries()) expect(p[7 * classes + c]).toBeCloseTo(value, 5)
    expect(macroRocAuc(p, labels, classes).auc.value).toBeCloseTo(auc, 5)
  })

  it.each([2, 3])('gives what the dense regression gives on the same rows (%d classes)', (classes) => {
    const dense = new Float64Array(numRows * numColumns)
    for (const [i, items] of lists.entries()) {
      for (const item of items) dense[i * numColumns + item] = rows.values[i]!
    }
    const options = { ...exact, numClasses: classes }
    const sparse = fitSparseLogisticRegression(rows, labelsOf(classes), options)
    const p = predictSparseProbabilities(sparse, rows)
    const expected = predictProbabilities(fitLogisticRegression(dense, labelsOf(classes), options), dense)
    for (const [i, value] of expected.entries()) expect(p[i]).toBeCloseTo(value, 6)
  })

  it.each([1, 3])('has a gradient that agrees with central differences (%d logits)', (numLogits) => {
    const y = labelsOf(Math.max(2, numLogits))
    const means = Float64Array.from({ length: numColumns }, (_, c) => 0.01 * c)
    const objective = sparseLogisticObjective({ rows, y, numLogits, means }, 0.3)
    const rng = Rng.fromSeed(1)
    const point = Float64Array.from({ length: numLogits * (numColumns + 1) }, () => rng.normal())
    const gradient = new Float64Array(point.length)
    objective(point, gradient)
    for (let i = 0; i < point.length; i += i + 7 < point.length - numLogits ? 7 : 1) {
      const unused = new Float64Array(point.length)
      const up = objective(point.with(i, point[i]! + 1e-5), unused)
      const down = objective(point.with(i, point[i]! - 1e-5), unused)
      expect(gradient[i]).toBeCloseTo((up - down) / 2e-5, 7)
    }
  })

  it('ends at the same place from a warm start, in fewer steps', () => {
    const labels = labelsOf(3)
    const warmStart = fitSparseLogisticRegression(rows, labels, { numClasses: 3, l2: 0.03 })
    const cold = fitSparseLogisticRegression(rows, labels, { ...exact, numClasses: 3 })
    const warm = fitSparseLogisticRegression(rows, labels, { ...exact, numClasses: 3, warmStart })
    expect(warm.iterations).toBeLessThan(cold.iterations)
    for (const [i, weight] of cold.weights.entries()) expect(warm.weights[i]).toBeCloseTo(weight, 5)
    for (const k of [0, 1]) {
      expect(warm.intercepts[k]! - warm.intercepts[2]!).toBeCloseTo(
        cold.intercepts[k]! - cold.intercepts[2]!,
        5,
      )
    }
  })

  it('gives classes unseen in training 0, predicts empty rows, and refuses one class', () => {
    const labels = labelsOf(2).map((label) => 1 + 2 * label)
    const model = fitSparseLogisticRegression(rows, labels, { ...exact, numClasses: 4 })
    const empty = {
      offsets: Int32Array.of(0, 0),
      columns: new Int32Array(),
      numColumns,
      values: Float64Array.of(1),
    }
    const p = predictSparseProbabilities(model, empty)
    expect([p[0], p[2]]).toEqual([0, 0])
    expect(p[3]).toBeCloseTo(1 / (1 + Math.exp(-model.intercepts[0]!)), 12)
    expect(p[1]! + p[3]!).toBeCloseTo(1, 12)
    expect(() =>
      fitSparseLogisticRegression(rows, new Int32Array(numRows), { l2: 1, numClasses: 2 }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { classes: 1, rows: numRows } }))
  })
})
