import { describe, expect, it } from 'vitest'

import { Rng } from '../../random.js'
import { probeAuc } from './probe-auc.js'

const n = 300
const dimension = 8

/** Normal vectors whose first coordinates `shape` changes by the class. */
function planted(shape: (vector: Float32Array, label: number) => void, seed = 1, numClasses = 2) {
  const rng = Rng.fromSeed(seed)
  const labels = Int16Array.from({ length: n }, () => rng.int(numClasses))
  const vectors = Float32Array.from({ length: n * dimension }, () => rng.normal())
  labels.forEach((label, row) => shape(vectors.subarray(row * dimension, (row + 1) * dimension), label))
  return { vectors, dimension, labels, numClasses, rng: Rng.fromSeed(2) }
}

const shift = (vector: Float32Array, label: number): void => {
  vector[0]! += 2 * label
}
/** The product of two coordinates has the sign of the class: no linear probe can tell. */
const xor = (vector: Float32Array, label: number): void => {
  vector[1] = Math.sign(vector[0]!) * Math.abs(vector[1]!) * (label === 1 ? 1 : -1)
}

describe('the probe', () => {
  it('finds a shift of one coordinate, in two classes and in five', () => {
    expect(probeAuc(planted(shift))).toBeGreaterThan(0.85)
    expect(probeAuc(planted(shift, 1, 5))).toBeGreaterThan(0.75)
  })

  it('finds what no linear probe finds', () => {
    expect(probeAuc(planted(xor))).toBeGreaterThan(0.7)
  })

  it('stays at chance on noise', () => {
    const aucs = Array.from({ length: 12 }, (_, seed) => probeAuc(planted(() => undefined, seed))!)
    const mean = aucs.reduce((a, b) => a + b, 0) / aucs.length
    // The larger of two is a little above 1/2; the standard error of each is 0.033.
    expect(Math.abs(mean - 0.51)).toBeLessThan(0.03)
  })

  it('looks at users with a label only, and gives the same again', () => {
    const all = planted(shift)
    const half = all.labels.map((label, row) => (row % 2 === 0 ? label : -1))
    const vectors = all.vectors.slice()
    half.forEach((label, row) => label < 0 && vectors.fill(NaN, row * dimension, (row + 1) * dimension))
    const auc = probeAuc({ ...all, vectors, labels: half })
    expect(auc).toBeGreaterThan(0.8)
    expect(probeAuc({ ...all, vectors, labels: half })).toBe(auc)
  })

  it('copes with constant columns and with vectors that say nothing', () => {
    const withConstant = planted((vector, label) => {
      shift(vector, label)
      vector[7] = 1
    })
    expect(probeAuc(withConstant)).toBeGreaterThan(0.85)
    expect(probeAuc({ ...withConstant, vectors: new Float32Array(n * dimension) })).toBeCloseTo(0.5, 1)
  })

  it('has no figure where no class can be told apart, and refuses what is not finite', () => {
    const some = planted(shift)
    expect(probeAuc({ ...some, labels: new Int16Array(n) })).toBeNull()
    expect(probeAuc({ ...some, labels: new Int16Array(n).fill(-1) })).toBeNull()
    const tiny = {
      ...some,
      vectors: some.vectors.subarray(0, 6 * dimension),
      labels: some.labels.subarray(0, 6),
    }
    expect(probeAuc(tiny)).toBeNull()
    expect(() => probeAuc({ ...some, vectors: some.vectors.slice().fill(NaN, 3, 4) })).toThrow(/NaN/)
  })
})
