import { describe, expect, it } from 'vitest'
import type { UserAttribute } from '../dataset.js'
import { Rng } from '../random.js'
import { applyAffineMap, identityMap } from './affine-map.js'
import { fitLinearErasure } from './linear-erasure.js'

const numUsers = 1200
const dimension = 6
const everybody = new Uint8Array(numUsers)
const groups = Uint8Array.from({ length: numUsers }, (_, u) =>
  u % 20 < 8 ? 0 : u % 20 < 13 ? 1 : u % 20 < 15 ? 2 : 3,
)

const attribute = (name: string, classes: number, seed: number, missing = 0): UserAttribute => {
  const rng = Rng.fromSeed(seed)
  const codes = Int16Array.from({ length: numUsers }, () => (rng.uniform() < missing ? -1 : rng.int(classes)))
  return { name, classes: Array.from({ length: classes }, (_, c) => String(c)), codes }
}

/** Correlated coordinates of very different sizes, shifted by class along directions that are no axes. */
const leaky = (attributes: readonly UserAttribute[], seed: number): Float64Array => {
  const rng = Rng.fromSeed(seed)
  const mix = Array.from({ length: dimension * dimension }, () => rng.normal())
  const shifts = attributes.map(({ classes }) =>
    classes.map(() => Array.from({ length: dimension }, () => rng.normal())),
  )
  const vectors = new Float64Array(numUsers * dimension)
  for (let user = 0; user < numUsers; user++) {
    const latent = Array.from({ length: dimension }, () => rng.normal())
    for (let i = 0; i < dimension; i++) {
      let value = 3
      for (let j = 0; j < dimension; j++) value += mix[i * dimension + j]! * latent[j]!
      for (const [a, { codes }] of attributes.entries())
        if (codes[user]! >= 0) value += shifts[a]![codes[user]!]![i]!
      vectors[user * dimension + i] = value * 10 ** (i - 3)
    }
  }
  return vectors
}

/** Largest absolute correlation of any coordinate with any class indicator over the given users. */
const largestCorrelation = (
  vectors: Float64Array,
  { classes, codes }: UserAttribute,
  users: number[],
): number => {
  let largest = 0
  for (let c = 0; c < classes.length; c++) {
    const z = users.map((user) => (codes[user] === c ? 1 : 0))
    for (let j = 0; j < dimension; j++) {
      const x = users.map((user) => vectors[user * dimension + j]!)
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
      const [mx, mz] = [mean(x), mean(z)]
      const covariance = mean(x.map((value, i) => (value - mx) * (z[i]! - mz)))
      const spread = Math.sqrt(
        mean(x.map((value) => (value - mx) ** 2)) * mean(z.map((value) => (value - mz) ** 2)),
      )
      largest = Math.max(largest, Math.abs(covariance) / spread)
    }
  }
  return largest
}

const squaredChange = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)

const users = Array.from({ length: numUsers }, (_, u) => u)
const gender = attribute('gender', 2, 1)
const age = attribute('age', 4, 2, 0.1)

describe('fitLinearErasure', () => {
  it('erases by hand: two coordinates, one of them the label', () => {
    // Balanced and uncorrelated: x0 = label, x1 = independent sign. Erasure sets x0 to its mean and keeps x1.
    const vectors = Float64Array.from([0, 1, 0, -1, 1, 1, 1, -1])
    const label = { name: 'a', classes: ['0', '1'], codes: Int16Array.from([0, 0, 1, 1]) }
    const map = fitLinearErasure({ vectors, dimension: 2, attributes: [label], userGroup: new Uint8Array(4) })
    const erased = applyAffineMap(map, vectors)
    for (const [i, expected] of [0.5, 1, 0.5, -1, 0.5, 1, 0.5, -1].entries()) {
      expect(erased[i]).toBeCloseTo(expected, 12)
    }
  })

  it.each([
    ['one attribute', [gender]],
    ['two attributes at once, one with missing values', [gender, age]],
    ['an attribute given twice', [gender, gender]],
  ])('leaves no correlation with any class on the fitting users: %s', (_, attributes) => {
    const vectors = leaky([gender, age], 3)
    const map = fitLinearErasure({ vectors, dimension, attributes, userGroup: everybody })
    const erased = applyAffineMap(map, vectors)
    const complete = users.filter((user) => attributes.every(({ codes }) => codes[user]! >= 0))
    for (const erasedAttribute of attributes) {
      expect(largestCorrelation(vectors, erasedAttribute, complete)).toBeGreaterThan(0.1)
      expect(largestCorrelation(erased, erasedAttribute, complete)).toBeLessThan(1e-8)
    }
  })

  it('makes class means equal at any shrinkage, and is the same as ever at none', () => {
    const vectors = leaky([gender, age], 3)
    const input = { vectors, dimension, attributes: [gender, age], userGroup: everybody }
    expect(fitLinearErasure({ ...input, shrinkage: 0 })).toEqual(fitLinearErasure(input))
    const map = fitLinearErasure({ ...input, shrinkage: 2 })
    expect(map).not.toEqual(fitLinearErasure(input))
    const complete = users.filter((user) => age.codes[user]! >= 0)
    const erased = applyAffineMap(map, vectors)
    expect(largestCorrelation(erased, gender, complete)).toBeLessThan(1e-8)
    expect(largestCorrelation(erased, age, complete)).toBeLessThan(1e-8)
  })

  it('erases the directions that tell classes best when it may erase a few only', () => {
    // Three classes on a line and, ten times closer together, across it.
    const codes = Int16Array.from({ length: 600 }, (_, user) => user % 3)
    const rng = Rng.fromSeed(1)
    const vectors = Float64Array.from({ length: 1200 }, (_, index) => {
      const c = codes[index >> 1]!
      return rng.normal() + (index % 2 === 0 ? 2 * (c - 1) : c === 1 ? 0.2 : -0.1)
    })
    const attributes = [{ name: 'a', classes: ['0', '1', '2'], codes }]
    const input = { vectors, dimension: 2, attributes, userGroup: new Uint8Array(600) }
    const erased = applyAffineMap(fitLinearErasure({ ...input, rank: 1 }), vectors)
    const mean = (values: Float64Array, of: number, j: number): number =>
      Array.from(codes.keys()).reduce((sum, u) => sum + (codes[u] === of ? values[2 * u + j]! / 200 : 0), 0)
    expect(Math.abs(mean(vectors, 0, 0) - mean(vectors, 2, 0))).toBeGreaterThan(3.5)
    expect(Math.abs(mean(erased, 0, 0) - mean(erased, 2, 0))).toBeLessThan(0.1)
    expect(Math.abs(mean(erased, 0, 1) - mean(erased, 1, 1))).toBeGreaterThan(0.1)
    const all = fitLinearErasure(input)
    fitLinearErasure({ ...input, rank: 9 }).projection.forEach((value, i) =>
      expect(value).toBeCloseTo(all.projection[i]!, 8),
    )
  })

  it('erases one direction for two classes, however many it may', () => {
    const rng = Rng.fromSeed(2)
    const width = 12
    const codes = Int16Array.from({ length: 500 }, (_, user) => user % 2)
    const vectors = Float64Array.from(
      { length: 500 * width },
      (_, i) => rng.normal() + (i % width < 3 ? codes[Math.floor(i / width)]! : 0),
    )
    const attributes = [{ name: 'a', classes: ['0', '1'], codes }]
    const input = { vectors, dimension: width, attributes, userGroup: new Uint8Array(500), shrinkage: 1 }
    const { projection } = fitLinearErasure({ ...input, rank: 5 })
    // The trace of a projection is its rank.
    const trace = Array.from({ length: width }, (_, i) => projection[i * width + i]!)
    expect(trace.reduce((sum, value) => sum + value)).toBeCloseTo(width - 1, 8)
  })

  it('is idempotent and keeps the mean', () => {
    const vectors = leaky([gender], 3)
    const map = fitLinearErasure({ vectors, dimension, attributes: [gender], userGroup: everybody })
    const once = applyAffineMap(map, vectors)
    const twice = applyAffineMap(map, once)
    for (let j = 0; j < dimension; j++) {
      const size = 10 ** (j - 3)
      let before = 0
      let after = 0
      for (const user of users) {
        const at = user * dimension + j
        expect(Math.abs(twice[at]! - once[at]!)).toBeLessThan(1e-9 * size)
        before += vectors[at]! / numUsers
        after += once[at]! / numUsers
      }
      expect(Math.abs(after - before)).toBeLessThan(1e-9 * size)
    }
  })

  it('changes vectors less than the orthogonal projection that erases as well', () => {
    const vectors = leaky([gender], 3)
    const map = fitLinearErasure({ vectors, dimension, attributes: [gender], userGroup: everybody })
    const sums = [new Float64Array(dimension), new Float64Array(dimension)]
    const sizes = [0, 0]
    for (const user of users) {
      const c = gender.codes[user]!
      sizes[c]!++
      for (let j = 0; j < dimension; j++) sums[c]![j]! += vectors[user * dimension + j]!
    }
    const difference = sums[1]!.map((sum, j) => sum / sizes[1]! - sums[0]![j]! / sizes[0]!)
    const length = Math.hypot(...difference)
    const mean = sums[0]!.map((sum, j) => (sum + sums[1]![j]!) / numUsers)
    const projected = Float64Array.from(vectors)
    for (const user of users) {
      let share = 0
      for (let j = 0; j < dimension; j++) {
        share += ((vectors[user * dimension + j]! - mean[j]!) * difference[j]!) / length ** 2
      }
      for (let j = 0; j < dimension; j++) projected[user * dimension + j]! -= share * difference[j]!
    }
    expect(largestCorrelation(projected, gender, users)).toBeLessThan(1e-8)
    const change = squaredChange(applyAffineMap(map, vectors), vectors)
    expect(change).toBeLessThan(0.99 * squaredChange(projected, vectors))
  })

  it('copes with constant, repeated and dependent coordinates', () => {
    const vectors = leaky([gender], 3)
    for (const user of users) {
      const row = vectors.subarray(user * dimension, (user + 1) * dimension)
      row[0] = 7
      row[1] = row[2]!
      row[3] = row[4]! + row[5]!
    }
    const map = fitLinearErasure({ vectors, dimension, attributes: [gender], userGroup: everybody })
    const erased = applyAffineMap(map, vectors)
    for (const user of users) {
      const row = erased.subarray(user * dimension, (user + 1) * dimension)
      expect(row[0]).toBe(7)
      expect(row[1]).toBeCloseTo(row[2]!, 8)
      expect(row[3]).toBeCloseTo(row[4]! + row[5]!, 6)
      // A constant has no correlation to measure.
      row[0] = row[1]!
    }
    expect(largestCorrelation(erased, gender, users)).toBeLessThan(1e-8)
  })

  it('reads defence users only', () => {
    const vectors = leaky([gender], 3)
    const fit = fitLinearErasure({ vectors, dimension, attributes: [gender], userGroup: groups })
    const tampered = Float64Array.from(vectors)
    const codes = Int16Array.from(gender.codes)
    for (const user of users) {
      if (groups[user] === 0) continue
      codes[user] = user % 2
      tampered.fill(Number.NaN, user * dimension, (user + 1) * dimension)
    }
    const attributes = [{ ...gender, codes }]
    expect(fitLinearErasure({ vectors: tampered, dimension, attributes, userGroup: groups })).toEqual(fit)
  })

  it('leaves vectors alone when class means are equal, whatever a non-linear attacker could see', () => {
    // XOR: the label is the product of two signs, balanced.
    const vectors = Float64Array.from([1, 1, -1, -1, 1, -1, -1, 1])
    const xor = { name: 'x', classes: ['0', '1'], codes: Int16Array.from([0, 0, 1, 1]) }
    const map = fitLinearErasure({ vectors, dimension: 2, attributes: [xor], userGroup: new Uint8Array(4) })
    expect(map).toEqual(identityMap(2))
  })

  it('is the identity for no attributes, and for an attribute with one class', () => {
    const vectors = leaky([gender], 3)
    expect(fitLinearErasure({ vectors, dimension, attributes: [], userGroup: everybody })).toEqual(
      identityMap(dimension),
    )
    const single = { name: 's', classes: ['0'], codes: new Int16Array(numUsers) }
    expect(fitLinearErasure({ vectors, dimension, attributes: [single], userGroup: everybody })).toEqual(
      identityMap(dimension),
    )
  })

  it('refuses missing labels, NaN and misshapen input', () => {
    const vectors = leaky([gender], 3)
    const nobody = { ...gender, codes: new Int16Array(numUsers).fill(-1) }
    const input = { vectors, dimension, attributes: [gender], userGroup: everybody }
    expect(() => fitLinearErasure({ ...input, attributes: [nobody] })).toThrow(/no defence user/)
    expect(() => fitLinearErasure({ ...input, vectors: vectors.with(13, Number.NaN) })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', details: { user: 2 } }),
    )
    expect(() => fitLinearErasure({ ...input, dimension: 5 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})

describe('applyAffineMap', () => {
  it('computes projection x + bias and keeps the kind of array', () => {
    const map = { dimension: 2, projection: Float64Array.from([0, 2, 1, 0]), bias: Float64Array.from([1, 0]) }
    const vectors = Float32Array.from([3, 4, 0, 0])
    expect(applyAffineMap(map, vectors)).toEqual(Float32Array.from([9, 3, 1, 0]))
    expect(vectors[0]).toBe(3)
    expect(() => applyAffineMap(map, new Float32Array(3))).toThrow(/no rows of dimension 2/)
  })
})
