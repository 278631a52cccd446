import { zeros, type Matrix } from '../../linalg/matrix.js'
import { symmetricEigen } from '../../linalg/symmetric-eigen.js'

/** Features turned onto their principal axes, where their second moments are uncorrelated. */
export interface RotatedFeatures {
  /** `[n, dimension]` row-major. */
  readonly x: Float64Array
  /** `[dimension]`, mean square along each axis, ascending. */
  readonly moments: Float64Array
  /** `[dimension, dimension]`, orthogonal; column j is axis j. Left out where features stay as they are. */
  readonly axes?: Matrix
}

/** Beyond this the decomposition, which grows with the cube, takes longer than what a solver saves by it. */
export const mostRotated = 256

/**
 * Rotates features onto the eigenvectors of their second moments.
 *
 * An L2 penalty does not see the rotation, but a solver does: with a diagonal Hessian in sight, scaling each
 * parameter makes an ill-conditioned problem round. Features of more than 256 dimensions stay as they are.
 *
 * @param features `[n, dimension]` row-major, n at least 1, all finite.
 */
export function rotateFeatures(features: Float64Array, dimension: number): RotatedFeatures {
  const rows = features.length / dimension
  if (dimension > mostRotated) return { x: features, moments: meanSquares(features, dimension) }
  const { values, vectors: axes } = symmetricEigen(secondMoments(features, dimension))
  const x = new Float64Array(features.length)
  for (let row = 0; row < rows; row++) {
    rotateRow(features.subarray(row * dimension), axes, x.subarray(row * dimension))
  }
  return { x, moments: values.map((value) => Math.max(0, value)), axes }
}

function meanSquares(features: Float64Array, dimension: number): Float64Array {
  const moments = new Float64Array(dimension)
  for (let row = 0; row < features.length; row += dimension) {
    for (let j = 0; j < dimension; j++) moments[j]! += features[row + j]! ** 2
  }
  return moments.map((sum) => (sum * dimension) / features.length)
}

/** `out_j = sum_i row_i axes_ij` over the first `dimension` entries. */
export function rotateRow(row: Float64Array, axes: Matrix, out: Float64Array): void {
  const dimension = axes.rows
  for (let j = 0; j < dimension; j++) out[j] = 0
  for (let i = 0; i < dimension; i++) {
    const value = row[i]!
    const from = i * dimension
    for (let j = 0; j < dimension; j++) out[j]! += value * axes.data[from + j]!
  }
}

/**
 * `X^T X / n`.
 *
 * @param features `[n, dimension]` row-major, n at least 1.
 */
export function secondMoments(features: Float64Array, dimension: number): Matrix {
  const rows = features.length / dimension
  const result = zeros(dimension, dimension)
  const sum = result.data
  for (let row = 0; row < features.length; row += dimension) {
    for (let i = 0; i < dimension; i++) {
      const value = features[row + i]! / rows
      const to = i * dimension
      for (let j = 0; j <= i; j++) sum[to + j]! += value * features[row + j]!
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) sum[j * dimension + i] = sum[i * dimension + j]!
  }
  return result
}
