import { VeilrecError } from '../errors/veilrec-error.js'
import { transpose, zeros, type Matrix } from './matrix.js'
import { tridiagonalize } from './tridiagonalize.js'

/** `A = V diag(values) V^T` with orthonormal columns of V. */
export interface SymmetricEigen {
  /** `[n]`, ascending. */
  readonly values: Float64Array
  /** `[n, n]`; column j belongs to `values[j]`. */
  readonly vectors: Matrix
}

/** EISPACK allows 30; real matrices need 2 or 3 per value. */
const maxSweepsPerValue = 60

/**
 * All eigenvalues and eigenvectors of a real symmetric matrix.
 *
 * Householder tridiagonalisation, then implicit QL with Wilkinson shifts (EISPACK `tred2`, `imtql2`; Golub and Van
 * Loan, 4th edition, section 8.3). About `9 n^3` operations; signs of vectors are arbitrary but deterministic.
 *
 * @param matrix square; symmetric up to rounding (the lower triangle is trusted).
 * @throws VeilrecError `INVALID_ARGUMENT` when not square, `NOT_FINITE` on NaN or infinities.
 */
export function symmetricEigen(matrix: Matrix): SymmetricEigen {
  const n = matrix.rows
  if (matrix.columns !== n) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `an eigendecomposition needs a square matrix, got ${n}x${matrix.columns}`,
      { rows: n, columns: matrix.columns },
    )
  }
  if (!matrix.data.every(Number.isFinite)) {
    throw new VeilrecError(
      'NOT_FINITE',
      'the matrix holds a NaN or an infinity, so it has no eigenvalues',
      {},
    )
  }
  const { diagonal, offDiagonal, basis } = tridiagonalize(matrix)
  // The rotations act on columns of the basis; as rows they are contiguous.
  const rows = transpose(basis).data
  diagonalize(diagonal, offDiagonal, rows, n)

  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[a]! - diagonal[b]!)
  const vectors = zeros(n, n)
  for (let j = 0; j < n; j++) {
    const from = order[j]! * n
    for (let k = 0; k < n; k++) vectors.data[k * n + j] = rows[from + k]!
  }
  return { values: Float64Array.from(order, (j) => diagonal[j]!), vectors }
}

/** Implicit QL: `d` becomes the eigenvalues, `e` zero, and every rotation is applied to two rows of `rows`. */
function diagonalize(d: Float64Array, e: Float64Array, rows: Float64Array, n: number): void {
  // Relative to the whole matrix and not to its neighbours: where the matrix has no rank, the neighbours are rounding
  // noise themselves and never separate.
  let scale = 0
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(d[i]!) + Math.abs(e[i] ?? 0))
  const negligible = Number.EPSILON * scale
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first
      while (last < n - 1) {
        if (Math.abs(e[last]!) <= negligible) break
        last++
      }
      if (last === first) break
      if (sweep === maxSweepsPerValue) {
        throw new VeilrecError('INTERNAL', `eigenvalue ${first} did not converge`, { index: first })
      }
      chase(d, e, rows, n, first, last)
    }
  }
}

/** One QL sweep with a Wilkinson shift over the unreduced block `first..last`. */
function chase(
  d: Float64Array,
  e: Float64Array,
  rows: Float64Array,
  n: number,
  first: number,
  last: number,
): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  const root = Math.hypot(half, 1)
  let g = d[last]! - d[first]! + e[first]! / (half + (half >= 0 ? root : -root))
  let sine = 1
  let cosine = 1
  let shift = 0
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]!
    const b = cosine * e[i]!
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      // The block has split; the next sweep works on the smaller one.
      d[i + 1]! -= shift
      e[last] = 0
      return
    }
    sine = f / r
    cosine = g / r
    g = d[i + 1]! - shift
    const t = (d[i]! - g) * sine + 2 * cosine * b
    shift = sine * t
    d[i + 1] = g + shift
    g = cosine * t - b
    const low = i * n
    const high = low + n
    for (let k = 0; k < n; k++) {
      const upper = rows[high + k]!
      const lower = rows[low + k]!
      rows[high + k] = sine * lower + cosine * upper
      rows[low + k] = cosine * lower - sine * upper
    }
  }
  d[first]! -= shift
  e[first] = g
  e[last] = 0
}
