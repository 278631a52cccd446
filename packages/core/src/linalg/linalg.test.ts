import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rng } from '../random.js'
import { cholesky, choleskySolve } from './cholesky.js'
import { fromSpectrum, identity, multiply, transpose, zeros, type Matrix } from './matrix.js'
import { orthonormalBasis } from './orthonormal-basis.js'
import { symmetricEigen } from './symmetric-eigen.js'

const matrix = (rows: number, columns: number, ...values: number[]): Matrix => ({
  rows,
  columns,
  data: Float64Array.from(values),
})

const randomSymmetric = (n: number, seed: number): Matrix => {
  const rng = Rng.fromSeed(seed)
  const result = zeros(n, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) result.data[i * n + j] = result.data[j * n + i] = rng.normal()
  }
  return result
}

const largestDifference = (a: Matrix, b: Matrix): number =>
  a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i]!)), 0)

describe('matrix', () => {
  it('multiplies and transposes', () => {
    const a = matrix(2, 3, 1, 2, 3, 4, 5, 6)
    expect(multiply(a, transpose(a))).toEqual(matrix(2, 2, 14, 32, 32, 77))
    expect(() => multiply(a, a)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('cholesky', () => {
  it('factors and solves a case done by hand', () => {
    const a = matrix(2, 2, 4, 2, 2, 5)
    expect(cholesky(a)).toEqual(matrix(2, 2, 2, 0, 1, 2))
    expect([...choleskySolve(a, Float64Array.from([8, 8]))]).toEqual([1.5, 1])
  })

  it('solves random systems', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
        const half = randomSymmetric(n, seed)
        const a = multiply(half, transpose(half))
        for (let i = 0; i < n; i++) a.data[i * n + i]! += 0.1
        const x = matrix(n, 1, ...Array.from({ length: n }, (_, i) => i - 2))
        const solved = choleskySolve(a, multiply(a, x).data)
        for (let i = 0; i < n; i++) expect(solved[i]).toBeCloseTo(i - 2, 8)
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['indefinite', matrix(2, 2, 1, 2, 2, 1)],
    ['singular', matrix(2, 2, 1, 1, 1, 1)],
    ['NaN', matrix(1, 1, Number.NaN)],
    ['oblong', zeros(2, 3)],
  ])('refuses a matrix that is %s', (_, a) => {
    expect(() => cholesky(a)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('refuses a right-hand side of another length', () => {
    expect(() => choleskySolve(identity(2), new Float64Array(3))).toThrow(/does not fit/)
  })
})

describe('symmetricEigen', () => {
  it('finds the values of cases done by hand, ascending', () => {
    const { values, vectors } = symmetricEigen(matrix(2, 2, 2, 1, 1, 2))
    expect(values[0]).toBeCloseTo(1, 14)
    expect(values[1]).toBeCloseTo(3, 14)
    expect(Math.abs(vectors.data[1]!)).toBeCloseTo(Math.SQRT1_2, 14)
    expect([...symmetricEigen(matrix(1, 1, -4)).values]).toEqual([-4])
    expect([...symmetricEigen(zeros(3, 3)).values]).toEqual([0, 0, 0])
    expect(symmetricEigen(zeros(0, 0)).values).toHaveLength(0)
    expect([...symmetricEigen(identity(4)).values]).toEqual([1, 1, 1, 1])
  })

  it('rebuilds the matrix from orthonormal vectors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.nat(), (n, seed) => {
        const a = randomSymmetric(n, seed)
        const { values, vectors } = symmetricEigen(a)
        expect(largestDifference(fromSpectrum(vectors, values), a)).toBeLessThan(1e-12 * n)
        expect(largestDifference(multiply(transpose(vectors), vectors), identity(n))).toBeLessThan(1e-13 * n)
        expect([...values]).toEqual([...values].sort((x, y) => x - y))
      }),
      { numRuns: 40 },
    )
  })

  it('finds the rank of a singular matrix with repeated values', () => {
    const thin = { ...randomSymmetric(20, 5), columns: 20 }
    thin.data.fill(0, 3 * 20)
    const { values } = symmetricEigen(multiply(transpose(thin), thin))
    const largest = values.at(-1)!
    expect(values.filter((value) => value > 1e-12 * largest)).toHaveLength(3)
  })

  it('converges on a large matrix of little rank, whose zero values are rounding noise', () => {
    const thin = { ...randomSymmetric(220, 3), rows: 60 }
    const rows = { ...thin, data: thin.data.slice(0, 60 * 220).map((value) => (value > 1 ? 1e-3 : 0)) }
    const a = multiply(transpose(rows), rows)
    const { values, vectors } = symmetricEigen(a)
    expect(values.filter((value) => value > 1e-12 * values.at(-1)!).length).toBeLessThanOrEqual(60)
    expect(largestDifference(fromSpectrum(vectors, values), a)).toBeLessThan(1e-17)
  })

  it('does dimension 256 exactly and in well under a second', () => {
    const a = randomSymmetric(256, 1)
    const start = performance.now()
    const { values, vectors } = symmetricEigen(a)
    expect(performance.now() - start).toBeLessThan(2000)
    expect(largestDifference(fromSpectrum(vectors, values), a)).toBeLessThan(1e-11)
  })

  it('refuses what has no real spectrum', () => {
    expect(() => symmetricEigen(zeros(2, 3))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(() => symmetricEigen(matrix(1, 1, Number.NaN))).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    )
  })
})

describe('orthonormalBasis', () => {
  it('drops dependent and short vectors', () => {
    const basis = orthonormalBasis(
      [
        [1e-12, 0, 0],
        [3, 4, 0],
        [6, 8, 1e-12],
        [1, 0, 0],
        [2, 7, 0],
      ].map((v) => Float64Array.from(v)),
      1e-9,
    )
    expect(basis).toHaveLength(2)
    expect([...basis[0]!]).toEqual([0.6, 0.8, 0])
    expect(basis[1]![0]).toBeCloseTo(0.8, 12)
    expect(orthonormalBasis([], 1e-9)).toEqual([])
  })
})
