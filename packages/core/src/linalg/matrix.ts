import { VeilrecError } from '../errors/veilrec-error.js'

/** A dense row-major float64 matrix: element (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** `[rows * columns]` */
  readonly data: Float64Array
}

/** A matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) }
}

/** The identity matrix of the given size. */
export function identity(size: number): Matrix {
  const result = zeros(size, size)
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1
  return result
}

/** The transpose, copied. */
export function transpose(matrix: Matrix): Matrix {
  const result = zeros(matrix.columns, matrix.rows)
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) {
      result.data[j * matrix.rows + i] = matrix.data[i * matrix.columns + j]!
    }
  }
  return result
}

/**
 * The product `left right`.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when the inner sizes differ.
 */
export function multiply(left: Matrix, right: Matrix): Matrix {
  if (left.columns !== right.rows) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `matrices of ${left.rows}x${left.columns} and ${right.rows}x${right.columns} have no product`,
      { left: [left.rows, left.columns], right: [right.rows, right.columns] },
    )
  }
  const result = zeros(left.rows, right.columns)
  for (let i = 0; i < left.rows; i++) {
    const out = i * right.columns
    for (let k = 0; k < left.columns; k++) {
      const factor = left.data[i * left.columns + k]!
      if (factor === 0) continue
      const from = k * right.columns
      for (let j = 0; j < right.columns; j++) result.data[out + j]! += factor * right.data[from + j]!
    }
  }
  return result
}

/** The square matrix `V diag(values) V^T`, given the columns of V and one value per column. */
export function fromSpectrum(vectors: Matrix, values: Float64Array): Matrix {
  const scaled = zeros(vectors.rows, vectors.columns)
  for (let i = 0; i < vectors.rows; i++) {
    for (let j = 0; j < vectors.columns; j++) {
      scaled.data[i * vectors.columns + j] = vectors.data[i * vectors.columns + j]! * values[j]!
    }
  }
  return multiply(scaled, transpose(vectors))
}
