import { describe, expect, it } from 'vitest'
import { macroRocAuc } from '../metrics/macro-roc-auc.js'
import { Rng } from '../random.js'
import { bootstrapAuc } from './bootstrap-auc.js'
import { bootstrapMean } from './bootstrap-mean.js'
import { quantile } from './interval.js'
import { normalQuantile } from './normal-quantile.js'
import { pairedBootstrap } from './paired-bootstrap.js'

const normals = (n: number, seed: number, shift = 0): Float64Array => {
  const rng = Rng.fromSeed(seed)
  return Float64Array.from({ length: n }, () => rng.normal() + shift)
}

/** Binary probabilities from scores; only the order matters to an AUC. */
const twoColumns = (scores: Float64Array): Float64Array =>
  Float64Array.from([...scores].flatMap((score) => [-score, score]))

describe('quantile', () => {
  it('interpolates as NumPy does', () => {
    const sorted = Float64Array.from([1, 2, 4, 8])
    expect(quantile(sorted, 0)).toBe(1)
    expect(quantile(sorted, 0.4)).toBeCloseTo(2.4, 12)
    expect(quantile(sorted, 1)).toBe(8)
    expect(quantile(Float64Array.from([3]), 0.7)).toBe(3)
  })
})

describe('normalQuantile', () => {
  it('matches SciPy 1.17.1 (golden/logistic_regression.py)', () => {
    const golden = [
      [1e-5, -4.264890793922825],
      [0.01, -2.3263478740408408],
      [0.3, -0.5244005127080409],
      [0.75, 0.6744897501960817],
      [0.999, 3.090232306167813],
    ] as const
    for (const [probability, value] of golden) expect(normalQuantile(probability)).toBeCloseTo(value, 7)
  })

  it('has its limits', () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)].map((v) => v + 0)).toEqual([
      -Infinity,
      0,
      Infinity,
    ])
    expect(normalQuantile(1.1)).toBeNaN()
  })
})

describe('bootstrapMean', () => {
  it('has the textbook standard error and interval of a normal mean', () => {
    const values = normals(400, 1)
    const { value, interval, standardError } = bootstrapMean(values, Rng.fromSeed(2), { resamples: 4000 })!
    const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - value) ** 2, 0) / 400)
    expect(standardError).toBeGreaterThan((spread / 20) * 0.94)
    expect(standardError).toBeLessThan((spread / 20) * 1.06)
    expect(interval.upper - interval.lower).toBeCloseTo((2 * 1.96 * spread) / 20, 1)
    expect(interval.lower).toBeLessThan(value)
  })

  it('is a point for constants, null for nobody, and the same for the same seed', () => {
    const constant = bootstrapMean(new Float64Array(5).fill(0.25), Rng.fromSeed(1), { resamples: 10 })
    expect(constant).toEqual({ value: 0.25, interval: { lower: 0.25, upper: 0.25 }, standardError: 0 })
    expect(bootstrapMean(new Float64Array(0), Rng.fromSeed(1))).toBeNull()
    const values = normals(50, 3)
    expect(bootstrapMean(values, Rng.fromSeed(5))).toEqual(bootstrapMean(values, Rng.fromSeed(5)))
    expect(bootstrapMean(values, Rng.fromSeed(5))).not.toEqual(bootstrapMean(values, Rng.fromSeed(6)))
  })
})

describe('pairedBootstrap', () => {
  it('sees a small difference that user variance would hide', () => {
    const b = normals(500, 1)
    const noise = normals(500, 2)
    const a = b.map((value, i) => value + 0.05 + 0.1 * noise[i]!)
    const result = pairedBootstrap(a, b, Rng.fromSeed(3))!
    expect(result.value).toBeCloseTo(0.05, 1)
    expect(result.interval.lower).toBeGreaterThan(0.03)
    expect(result.interval.upper).toBeLessThan(0.07)
    expect(result.effectSize).toBeCloseTo(0.5, 0)
  })

  it('has no effect size without spread', () => {
    const a = Float64Array.from([0.1, 0.5, 0.7])
    expect(pairedBootstrap(a, a, Rng.fromSeed(1))).toMatchObject({ value: 0, effectSize: null })
    const shifted = a.map((value) => value + 0.1)
    expect(pairedBootstrap(shifted, a, Rng.fromSeed(1))!.effectSize).toBeNull()
  })

  it('needs the same users', () => {
    expect(() => pairedBootstrap(new Float64Array(2), new Float64Array(3), Rng.fromSeed(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
    expect(pairedBootstrap(new Float64Array(0), new Float64Array(0), Rng.fromSeed(1))).toBeNull()
  })
})

describe('bootstrapAuc', () => {
  const labels = Int16Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0))
  const scores = normals(400, 7).map((value, i) => value + labels[i]!)

  it('estimates the AUC with an interval as wide as Hanley and McNeil say', () => {
    const estimate = bootstrapAuc([twoColumns(scores)], labels, 2, Rng.fromSeed(1))!
    const auc = macroRocAuc(twoColumns(scores), labels, 2).auc.value!
    expect(estimate.value).toBe(auc)
    // Hanley and McNeil 1982, with 100 positives and 300 negatives.
    const q1 = auc / (2 - auc)
    const q2 = (2 * auc * auc) / (1 + auc)
    const error = Math.sqrt((auc * (1 - auc) + 99 * (q1 - auc * auc) + 299 * (q2 - auc * auc)) / 30000)
    expect(estimate.standardError / error).toBeGreaterThan(0.85)
    expect(estimate.standardError / error).toBeLessThan(1.15)
    expect(estimate.interval.lower).toBeLessThan(auc)
    expect(estimate.interval.upper).toBeGreaterThan(auc)
  })

  it('counts ties half: constant scores give a point at one half', () => {
    const flat = bootstrapAuc([new Float64Array(800)], labels, 2, Rng.fromSeed(1))
    expect(flat).toEqual({ value: 0.5, interval: { lower: 0.5, upper: 0.5 }, standardError: 0 })
  })

  it('resamples what macroRocAuc measures: every resample equals the AUC of the repeated rows', () => {
    const classes = Int16Array.from({ length: 12 }, (_, i) => (i === 5 ? -1 : i % 3))
    const rng = Rng.fromSeed(3)
    const probabilities = Float64Array.from({ length: 48 }, () => rng.int(4) / 4)
    const once = bootstrapAuc([probabilities], classes, 4, Rng.fromSeed(9), { resamples: 1 })!
    const replay = Rng.fromSeed(9)
    const rows: number[] = []
    for (let c = 0; c < 3; c++) {
      const members = Array.from(classes.keys()).filter((i) => classes[i] === c)
      for (let i = 0; i < members.length; i++) rows.push(members[replay.int(members.length)]!)
    }
    const drawn = Float64Array.from(rows.flatMap((row) => [...probabilities.subarray(row * 4, row * 4 + 4)]))
    const expected = macroRocAuc(
      drawn,
      rows.map((row) => classes[row]!),
      4,
    )
    expect(expected.skippedClasses).toBe(1)
    expect(once.interval.lower).toBeCloseTo(expected.auc.value!, 12)
  })

  it('widens the interval when attack seeds disagree', () => {
    const agree = bootstrapAuc([twoColumns(scores), twoColumns(scores)], labels, 2, Rng.fromSeed(1))!
    const noise = normals(400, 8)
    const disagree = bootstrapAuc([twoColumns(scores), twoColumns(noise)], labels, 2, Rng.fromSeed(1))!
    expect(disagree.standardError).toBeGreaterThan(2 * agree.standardError)
  })

  it('is null for one class and refuses misshapen input', () => {
    expect(bootstrapAuc([new Float64Array(4)], [1, 1], 2, Rng.fromSeed(1))).toBeNull()
    for (const matrices of [[], [new Float64Array(3)]]) {
      expect(() => bootstrapAuc(matrices, [0, 1], 2, Rng.fromSeed(1))).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
    }
  })
})
