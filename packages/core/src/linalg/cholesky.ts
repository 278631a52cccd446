import { VeilrecError } from '../errors/veilrec-error.js'
import { zeros, type Matrix } from './matrix.js'

/**
 * The Cholesky factor of a symmetric positive definite matrix: lower triangular L with `A = L L^T`.
 *
 * Golub and Van Loan, Matrix Computations, 4th edition, algorithm 4.2.1; only the lower triangle of A is read.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when A is not square or not positive definite (also on NaN).
 */
export function cholesky(matrix: Matrix): Matrix {
  const n = matrix.rows
  if (matrix.columns !== n) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `a Cholesky factor needs a square matrix, got ${n}x${matrix.columns}`,
      { rows: n, columns: matrix.columns },
    )
  }
  const factor = zeros(n, n)
  const L = factor.data
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix.data[i * n + j]!
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!
      if (i !== j) {
        L[i * n + j] = sum / L[j * n + j]!
      } else if (sum > 0) {
        L[i * n + i] = Math.sqrt(sum)
      } else {
        throw new VeilrecError(
          'INVALID_ARGUMENT',
          `the matrix is not positive definite (pivot ${i} is ${sum})`,
          { pivot: i },
          'Add a small ridge to the diagonal, or use a symmetric eigendecomposition.',
        )
      }
    }
  }
  return factor
}

/**
 * Solves `A x = b` for a symmetric positive definite A by forward and back substitution.
 *
 * @param b `[n]` right-hand side.
 * @returns `[n]` float64.
 * @throws VeilrecError `INVALID_ARGUMENT` as {@link cholesky} does, or when b has a wrong length.
 */
export function choleskySolve(matrix: Matrix, b: Float64Array): Float64Array {
  const n = matrix.rows
  if (b.length !== n) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `a right-hand side of ${b.length} does not fit ${n} equations`,
      { rows: n, rightHandSide: b.length },
    )
  }
  const L = cholesky(matrix).data
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    let sum = x[i]!
    for (let k = 0; k < i; k++) sum -= L[i * n + k]! * x[k]!
    x[i] = sum / L[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!
    for (let k = i + 1; k < n; k++) sum -= L[k * n + i]! * x[k]!
    x[i] = sum / L[i * n + i]!
  }
  return x
}
