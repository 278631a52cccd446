import { describe, expect, it } from 'vitest'
import { balancedAccuracy } from '../../metrics/balanced-accuracy.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import { logisticObjective } from './logistic-objective.js'
import { fitLogisticRegression, mostProbableClass, predictProbabilities } from './logistic-regression.js'
import { mostRotated } from './rotated-features.js'
import { fitStandardizer, standardize } from './standardize.js'

const rows = 60
const dimension = 4
const features = Float64Array.from({ length: rows * dimension }, (_, at) => {
  const i = Math.floor(at / dimension)
  const j = at % dimension
  return Math.sin(1 + 3.7 * i * (j + 1) + j * j)
})
const labelsOf = (classes: number): number[] =>
  Array.from(
    { length: rows },
    (_, i) => (i * i + Math.floor(i / 3) + (features[i * dimension]! > 0.2 ? 1 : 0)) % classes,
  )

// Printed by golden/logistic_regression.py with scikit-learn 1.9.1, tol 1e-12.
const golden = [
  {
    classes: 2,
    l2: 0.01,
    weights: [[0.840706, 0.2993422, -0.5302076, 0.1612577]],
    row7: [0.402574, 0.597426],
    auc: 0.711111111111,
    balanced: 0.666666666667,
  },
  {
    classes: 2,
    l2: 1,
    weights: [[0.0952602, 0.0319728, -0.0518353, 0.0198234]],
    row7: [0.4869847, 0.5130153],
    auc: 0.703333333333,
    balanced: 0.666666666667,
  },
  {
    classes: 3,
    l2: 0.01,
    weights: [
      [0.0047856, -0.2714949, -0.2116804, 0.1231731],
      [-0.1253567, -0.0625701, -0.0934568, -0.0473825],
      [0.1205711, 0.334065, 0.3051372, -0.0757906],
    ],
    row7: [0.2958322, 0.253573, 0.4505948],
    auc: 0.615961199295,
    balanced: 0.417989417989,
  },
  {
    classes: 3,
    l2: 1,
    weights: [
      [-0.0021262, -0.0366233, -0.0271812, 0.0197253],
      [-0.0178102, -0.0086349, -0.0149686, -0.0076631],
      [0.0199364, 0.0452582, 0.0421498, -0.0120622],
    ],
    row7: [0.3127527, 0.3043512, 0.382896],
    auc: 0.617860534527,
    balanced: 0.31746031746,
  },
]

describe('fitLogisticRegression', () => {
  it.each(golden)(
    'matches scikit-learn: $classes classes, l2 $l2',
    ({ classes, l2, weights, row7, auc, balanced }) => {
      const labels = labelsOf(classes)
      const training = labels.map((label, i) => (i % 11 === 0 ? -1 : label))
      const model = fitLogisticRegression(features, training, {
        numClasses: classes,
        l2,
        gradientTolerance: 1e-10,
      })
      expect(model.converged).toBe(true)
      for (const [k, row] of weights.entries()) {
        for (const [j, weight] of row.entries()) {
          expect(model.parameters[k * (dimension + 1) + j]).toBeCloseTo(weight, 6)
        }
      }
      const probabilities = predictProbabilities(model, features)
      for (const [c, p] of row7.entries()) expect(probabilities[7 * classes + c]).toBeCloseTo(p, 6)
      expect(macroRocAuc(probabilities, labels, classes).auc.value).toBeCloseTo(auc, 10)
      expect(balancedAccuracy(mostProbableClass(probabilities, classes), labels, classes).value).toBeCloseTo(
        balanced,
        10,
      )
    },
  )

  it.each([2, 3])('has a gradient that agrees with central differences (%d classes)', (classes) => {
    const y = Int32Array.from(labelsOf(classes))
    const numLogits = classes === 2 ? 1 : classes
    const problem = { x: features, y, dimension, numLogits }
    const objective = logisticObjective(problem, 0.3)
    const rng = Rng.fromSeed(1)
    const point = Float64Array.from({ length: numLogits * (dimension + 1) }, () => rng.normal())
    const gradient = new Float64Array(point.length)
    objective(point, gradient)
    for (let i = 0; i < point.length; i++) {
      const unused = new Float64Array(point.length)
      const up = objective(point.with(i, point[i]! + 1e-5), unused)
      const down = objective(point.with(i, point[i]! - 1e-5), unused)
      expect(gradient[i]).toBeCloseTo((up - down) / 2e-5, 8)
    }
  })

  it('converges on separable classes with logits of any size', () => {
    const x = Float64Array.from([-1000, -900, 900, 1000])
    const model = fitLogisticRegression(x, [0, 0, 1, 1], { numClasses: 2, l2: 1e-6 })
    expect([...predictProbabilities(model, x)].every(Number.isFinite)).toBe(true)
    expect([...mostProbableClass(predictProbabilities(model, x), 2)]).toEqual([0, 0, 1, 1])
  })

  it('gives classes unseen in training probability 0', () => {
    const x = Float64Array.from([-1, -2, 1, 2])
    const model = fitLogisticRegression(x, [1, 1, 3, 3], { numClasses: 4, l2: 0.1 })
    const p = predictProbabilities(model, Float64Array.from([5]))
    expect([p[0], p[2]]).toEqual([0, 0])
    expect(p[1]! + p[3]!).toBeCloseTo(1, 12)
    expect(p[3]).toBeGreaterThan(0.5)
  })

  it('ends at the same place with features too many to be rotated', () => {
    const labels = labelsOf(3)
    const options = { numClasses: 3, l2: 0.01, gradientTolerance: 1e-9 }
    const narrow = fitLogisticRegression(features, labels, options)
    // The other columns are constant.
    const wideDimension = mostRotated + 1
    const wideFeatures = new Float64Array(labels.length * wideDimension)
    for (let row = 0; row < labels.length; row++) {
      const values = features.subarray(row * dimension, (row + 1) * dimension)
      wideFeatures.set(values, row * wideDimension + 100)
    }
    const wide = fitLogisticRegression(wideFeatures, labels, options)
    const expected = predictProbabilities(narrow, features)
    expect(wide.converged).toBe(true)
    for (const [i, p] of predictProbabilities(wide, wideFeatures).entries()) {
      expect(p).toBeCloseTo(expected[i]!, 6)
    }
  })

  it('ends at the same place from a warm start', () => {
    const labels = labelsOf(3)
    const options = { numClasses: 3, l2: 0.01, gradientTolerance: 1e-9 }
    const warmStart = fitLogisticRegression(features, labels, { ...options, l2: 1 })
    const cold = fitLogisticRegression(features, labels, options)
    const warm = fitLogisticRegression(features, labels, { ...options, warmStart })
    const p = predictProbabilities(cold, features)
    for (const [i, value] of predictProbabilities(warm, features).entries())
      expect(value).toBeCloseTo(p[i]!, 6)
  })

  it('refuses one class, misshapen input and NaN', () => {
    const options = { numClasses: 2, l2: 1 }
    for (const [x, y] of [
      [
        [1, 2],
        [1, 1],
      ],
      [
        [1, 2],
        [-1, 1],
      ],
      [
        [1, 2, 3],
        [0, 1],
      ],
      [[], []],
    ] as const) {
      expect(() => fitLogisticRegression(Float64Array.from(x), y, options)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
    }
    expect(() => fitLogisticRegression(Float64Array.from([1, 2, Number.NaN]), [0, -1, 1], options)).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { row: 2 } }),
    )
  })
})

describe('standardize', () => {
  it('uses the given rows only, and leaves constant features at zero', () => {
    const vectors = Float32Array.from([1, 0.1, 3, 0.1, 1000, 7])
    const standardizer = fitStandardizer(vectors, 2, [0, 1])
    expect([...standardizer.mean]).toEqual([2, Math.fround(0.1)])
    expect([...standardizer.scale]).toEqual([1, 1])
    expect([...standardize(vectors, [2, 0], standardizer)]).toEqual([998, 7 - Math.fround(0.1), -1, 0])
  })
})
