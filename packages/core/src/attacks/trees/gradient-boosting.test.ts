import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import { binRows, fitFeatureBins, type BinnedRows } from './gradient-boosting-bins.js'
import { addTree, growTree, treeWorkspace } from './gradient-boosting-tree.js'
import {
  fitGradientBoosting,
  predictGradientBoosting,
  type GradientBoostingOptions,
} from './gradient-boosting.js'

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)

const options: GradientBoostingOptions = {
  numClasses: 2,
  maxDepth: 3,
  learningRate: 0.1,
  l2: 1,
  minLeafRows: 10,
  rounds: 30,
  rowShare: 1,
  featureShare: 1,
}

describe('fitFeatureBins', () => {
  it('cuts halfway between few values, at quantiles between many, and constant features not at all', () => {
    const few = fitFeatureBins(Float64Array.of(3, 7, 1, 7, 1, 7), 2, [0, 1, 2], 4)
    expect(few.thresholds.map((cut) => [...cut])).toEqual([[2], []])
    const many = Float64Array.from({ length: 101 }, (_, i) => i)
    expect([...fitFeatureBins(many, 1, range(0, 101), 4).thresholds[0]!]).toEqual([25, 50, 75])
  })

  it('gives a value that fills several quantiles one bin, also at the ends', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : i < 70 ? i : 100))
    const { thresholds } = fitFeatureBins(values, 1, range(0, 100), 4)
    expect([...thresholds[0]!]).toEqual([0, 69])
    const rows = Float64Array.of(-5, 0, 60, 69, 69.5, 100, 1e9)
    expect([...binRows(rows, range(0, 7), { thresholds }).bins]).toEqual([0, 0, 1, 1, 2, 2, 2])
  })

  it('keeps the order of the values, in as many bins as allowed, and never drops a feature that varies', () => {
    const anyValues = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2 })
    fc.assert(
      fc.property(anyValues, fc.integer({ min: 2, max: 8 }), (list, maxBins) => {
        const values = Float64Array.from(list).sort()
        const rows = range(0, values.length)
        const { bins } = binRows(values, rows, fitFeatureBins(values, 1, rows, maxBins))
        expect([...bins]).toEqual(Array.from(bins).sort((a, b) => a - b))
        expect(Math.max(...bins)).toBeLessThan(maxBins)
        expect(bins[0] === bins.at(-1)).toBe(values[0] === values.at(-1))
      }),
    )
  })

  it('tells neighbouring floats apart', () => {
    const values = Float64Array.of(1, 1 + Number.EPSILON)
    const bins = fitFeatureBins(values, 1, [0, 1], 32)
    expect([...binRows(values, [0, 1], bins).bins]).toEqual([0, 1])
  })
})

describe('growTree', () => {
  const binned: BinnedRows = { bins: Uint8Array.of(0, 1, 0, 1, 0, 1, 2, 3), numRows: 4 }
  const data = {
    binned,
    features: Int32Array.of(0, 1),
    rows: range(0, 4),
    gradients: Float64Array.of(0.5, 0.5, -0.5, -0.5),
    hessians: new Float64Array(4).fill(0.25),
  }

  it('splits where the gain is, into Newton steps, and no further than there is gain', () => {
    const grown = growTree(data, { maxDepth: 2, l2: 1, minLeafRows: 1 }, treeWorkspace(4, 2, 2))
    // Feature 1 at bin 1: G = 1 and -1, H = 1/2; the gain is 2 / 1.5. A leaf's own split gains 2 (1/4 / 1.25) < 1 / 1.5.
    expect([...grown.feature]).toEqual([1, -1, -1, -1, -1, -1, -1])
    expect(grown.bin[0]).toBe(1)
    expect([...grown.value.subarray(1, 3)]).toEqual([-1 / 1.5, 1 / 1.5])
    const scores = new Float64Array(4)
    addTree(grown, binned, 0.3, scores)
    expect([...scores]).toEqual([-0.2, -0.2, 0.2, 0.2].map((v) => expect.closeTo(v, 12)))
  })

  it('takes the lower bin and the first feature on ties, and sees only the rows and features given', () => {
    const tied = { ...data, binned: { bins: Uint8Array.of(0, 0, 2, 2, 0, 0, 2, 2), numRows: 4 } }
    const rules = { maxDepth: 1, l2: 0, minLeafRows: 1 }
    const both = growTree(tied, rules, treeWorkspace(4, 2, 1))
    expect([both.feature[0], both.bin[0]]).toEqual([0, 0])
    const second = growTree({ ...tied, features: Int32Array.of(1) }, rules, treeWorkspace(4, 2, 1))
    expect(second.feature[0]).toBe(1)
    const one = growTree({ ...tied, rows: Int32Array.of(0, 1) }, rules, treeWorkspace(4, 2, 1))
    expect([one.feature[0], one.value[0]]).toEqual([-1, -2])
  })

  it('makes no leaf smaller than it may, and none from constant features', () => {
    const big = growTree(data, { maxDepth: 2, l2: 1, minLeafRows: 3 }, treeWorkspace(4, 2, 2))
    expect(big.feature[0]).toBe(-1)
    const constant = { ...data, binned: { bins: new Uint8Array(8), numRows: 4 } }
    const none = growTree(constant, { maxDepth: 2, l2: 1, minLeafRows: 1 }, treeWorkspace(4, 2, 2))
    expect([none.feature[0], none.value[0]]).toEqual([-1, -0])
  })

  it('fills the histogram of the larger child by subtraction as by counting', () => {
    const rng = Rng.fromSeed(2)
    const numRows = 300
    const many: BinnedRows = { bins: Uint8Array.from({ length: 3 * numRows }, () => rng.int(32)), numRows }
    const gradients = Float64Array.from({ length: numRows }, () => rng.normal())
    const hessians = Float64Array.from({ length: numRows }, () => 0.1 + rng.uniform())
    const rules = { maxDepth: 3, l2: 1, minLeafRows: 5 }
    const all = { binned: many, features: range(0, 3), rows: range(0, numRows), gradients, hessians }
    const tree = growTree(all, rules, treeWorkspace(numRows, 3, 3))
    // Every node below the root, grown anew from its own rows, must split alike.
    for (const child of [1, 2]) {
      const rows = all.rows.filter((row) => {
        const left = many.bins[tree.feature[0]! * numRows + row]! <= tree.bin[0]!
        return left === (child === 1)
      })
      const alone = growTree({ ...all, rows }, { ...rules, maxDepth: 2 }, treeWorkspace(numRows, 3, 2))
      expect(tree.feature[child]).toBeGreaterThanOrEqual(0)
      expect([tree.feature[child], tree.bin[child]]).toEqual([alone.feature[0], alone.bin[0]])
      for (const [below, same] of [
        [2 * child + 1, 1],
        [2 * child + 2, 2],
      ] as const) {
        expect([tree.feature[below], tree.bin[below]]).toEqual([alone.feature[same], alone.bin[same]])
        expect(tree.value[2 * below + 1]).toBeCloseTo(alone.value[2 * same + 1]!, 10)
        expect(tree.value[2 * below + 2]).toBeCloseTo(alone.value[2 * same + 2]!, 10)
      }
    }
  })
})

describe('fitGradientBoosting', () => {
  // Printed by golden/attackers.py with scikit-learn 1.9.1, which keeps derivatives in float32 and so breaks a few ties.
  it.each([
    { classes: 2, first: [0.824249, 0.175751], auc: 0.804966 },
    { classes: 3, first: [0.152254, 0.015246, 0.8325], auc: 0.893817 },
  ])('matches scikit-learn with $classes classes', async ({ classes, first, auc }) => {
    const x = (i: number, j: number): number =>
      Math.floor(25 * Math.abs(Math.sin(1 + 3.7 * i * (j + 1) + j * j)))
    const values = Float64Array.from({ length: 400 * 6 }, (_, at) => x(Math.floor(at / 6), at % 6))
    const labels = Int32Array.from(
      { length: 400 },
      (_, i) =>
        (Number(x(i, 0) > 12) + Number(x(i, 1) > 8) * Number(x(i, 2) > 10) + Number(i % 7 === 0)) % classes,
    )
    const bins = fitFeatureBins(values, 6, range(0, 300), 32)
    const training = { binned: binRows(values, range(0, 300), bins), labels: labels.subarray(0, 300) }
    const model = await fitGradientBoosting(training, { ...options, numClasses: classes }, Rng.fromSeed(1))
    const p = predictGradientBoosting(model, binRows(values, range(300, 400), bins))
    for (const [c, value] of first.entries()) expect(p[c]).toBeCloseTo(value, 4)
    expect(macroRocAuc(p, labels.subarray(300), classes).auc.value).toBeCloseTo(auc, 3)
  })

  it('starts from the class shares, and takes the first step of a stump by hand', async () => {
    const binned: BinnedRows = { bins: Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 1), numRows: 8 }
    const labels = Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1)
    const rules = { ...options, maxDepth: 1, minLeafRows: 1, rounds: 1, learningRate: 0.5 }
    const model = await fitGradientBoosting({ binned, labels }, rules, Rng.fromSeed(1))
    expect(model.start[0]).toBeCloseTo(Math.log(2 / 6), 12)
    // p = 1/4: G = 3/4 and 5/4 - 2, H = 9/16 and 15/16.
    const logit = Math.log(1 / 3) + (0.5 * 0.75) / (1 + 15 / 16)
    const p = predictGradientBoosting(model, binned)
    expect(p[15]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12)
    expect(p[14]! + p[15]!).toBeCloseTo(1, 12)
  })

  it('stops at the best validation AUC, keeps no round after it, and breathes', async () => {
    const rng = Rng.fromSeed(8)
    const sample = (n: number) => {
      const labels = Int32Array.from({ length: n }, () => rng.int(2))
      const bins = Uint8Array.from({ length: 5 * n }, (_, at) =>
        at < n ? (rng.uniform() < 0.7 ? labels[at]! : rng.int(2)) : rng.int(32),
      )
      return { binned: { bins, numRows: n }, labels }
    }
    const training = sample(200)
    const validation = sample(200)
    let breaths = 0
    const breathe = () => Promise.resolve(void breaths++)
    const rules = { ...options, rounds: 200, learningRate: 0.3, validation, patience: 20, breathe }
    const model = await fitGradientBoosting(training, rules, Rng.fromSeed(1))
    expect(model.rounds.length).toBeLessThan(100)
    expect(model.rounds.length % 5).toBe(0)
    expect(breaths).toBe(model.rounds.length / 5 + 4)
    const aucAfter = (rounds: number) =>
      macroRocAuc(
        predictGradientBoosting({ ...model, rounds: model.rounds.slice(0, rounds) }, validation.binned),
        validation.labels,
        2,
      ).auc.value!
    const best = aucAfter(model.rounds.length)
    for (let rounds = 5; rounds < model.rounds.length; rounds += 5) {
      expect(aucAfter(rounds)).toBeLessThan(best)
    }
  })

  it('gives classes unseen in training 0, one class alone 1', async () => {
    const binned: BinnedRows = { bins: Uint8Array.from({ length: 60 }, (_, i) => i % 3), numRows: 60 }
    const three = { ...options, numClasses: 4 }
    const labels = Int32Array.from({ length: 60 }, (_, i) => [0, 1, 3][i % 3]!)
    const model = await fitGradientBoosting({ binned, labels }, three, Rng.fromSeed(1))
    const p = predictGradientBoosting(model, binned)
    for (let row = 0; row < 60; row++) {
      expect(p[row * 4 + 2]).toBe(0)
      expect(p[row * 4 + labels[row]!]).toBeGreaterThan(0.5)
      expect(p.subarray(row * 4, row * 4 + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    }
    const single = await fitGradientBoosting(
      { binned, labels: new Int32Array(60).fill(2) },
      three,
      Rng.fromSeed(1),
    )
    expect([...predictGradientBoosting(single, { bins: Uint8Array.of(0), numRows: 1 })]).toEqual([0, 0, 1, 0])
  })
})
