import { identity, type Matrix } from './matrix.js'

/** `A = Q T Q^T` with T tridiagonal and symmetric, Q orthogonal. */
export interface Tridiagonal {
  /** `[n]` */
  readonly diagonal: Float64Array
  /** `[n]`, element i couples i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array
  /** `[n, n]`, Q. */
  readonly basis: Matrix
}

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections (Golub and Van Loan, Matrix
 * Computations, 4th edition, algorithm 8.3.1).
 *
 * @param matrix square and symmetric; not changed.
 */
export function tridiagonalize(matrix: Matrix): Tridiagonal {
  const n = matrix.rows
  const A = Float64Array.from(matrix.data)
  const basis = identity(n)
  const diagonal = new Float64Array(n)
  const offDiagonal = new Float64Array(n)
  const reflectors = new Float64Array(n * n)
  const betas = new Float64Array(n)
  const p = new Float64Array(n)

  for (let k = 0; k + 2 < n; k++) {
    // v reflects column k below the diagonal onto its first entry; its rows start at k + 1.
    const v = reflectors.subarray(k * n, k * n + n)
    let norm = 0
    for (let i = k + 1; i < n; i++) {
      v[i] = A[i * n + k]!
      norm = Math.hypot(norm, v[i]!)
    }
    const alpha = v[k + 1]! > 0 ? -norm : norm
    v[k + 1]! -= alpha
    offDiagonal[k] = alpha
    let square = 0
    for (let i = k + 1; i < n; i++) square += v[i]! * v[i]!
    const beta = square > 0 ? 2 / square : 0
    betas[k] = beta
    if (beta === 0) continue

    let inner = 0
    for (let i = k + 1; i < n; i++) {
      let sum = 0
      for (let j = k + 1; j < n; j++) sum += A[i * n + j]! * v[j]!
      p[i] = beta * sum
      inner += p[i]! * v[i]!
    }
    for (let i = k + 1; i < n; i++) p[i]! -= (beta / 2) * inner * v[i]!
    for (let i = k + 1; i < n; i++) {
      const vi = v[i]!
      const pi = p[i]!
      for (let j = k + 1; j < n; j++) A[i * n + j]! -= vi * p[j]! + pi * v[j]!
    }
  }
  for (let i = 0; i < n; i++) diagonal[i] = A[i * n + i]!
  if (n > 1) offDiagonal[n - 2] = A[(n - 1) * n + n - 2]!

  // Backwards, so that each reflection touches only the block that is no longer the identity.
  for (let k = n - 3; k >= 0; k--) {
    const v = reflectors.subarray(k * n, k * n + n)
    p.fill(0)
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) p[j]! += v[i]! * basis.data[i * n + j]!
    }
    for (let i = k + 1; i < n; i++) {
      const factor = betas[k]! * v[i]!
      for (let j = k + 1; j < n; j++) basis.data[i * n + j]! -= factor * p[j]!
    }
  }
  return { diagonal, offDiagonal, basis }
}
