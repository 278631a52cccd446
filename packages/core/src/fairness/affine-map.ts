import { VeilrecError } from '../errors/veilrec-error.js'

/** The affine map `x -> projection x + bias` of vectors of one dimension. */
export interface AffineMap {
  readonly dimension: number
  /** `[dimension, dimension]` row-major: `out_i = sum_j projection[i, j] x_j + bias_i`. */
  readonly projection: Float64Array
  /** `[dimension]` */
  readonly bias: Float64Array
}

/** The map that changes nothing. */
export function identityMap(dimension: number): AffineMap {
  const projection = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) projection[i * dimension + i] = 1
  return { dimension, projection, bias: new Float64Array(dimension) }
}

/**
 * Applies an affine map to every row, summing in float64.
 *
 * @param vectors `[n, dimension]` row-major; not changed.
 * @returns `[n, dimension]` of the same kind of array as the input.
 * @throws VeilrecError `INVALID_ARGUMENT` when the length is no multiple of the dimension.
 */
export function applyAffineMap<T extends Float32Array | Float64Array>(map: AffineMap, vectors: T): T {
  const { dimension } = map
  if (vectors.length % dimension !== 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${vectors.length} numbers are no rows of dimension ${dimension}`,
      { length: vectors.length, dimension },
    )
  }
  const result = vectors.slice() as T
  for (let at = 0; at < vectors.length; at += dimension) applyToRow(map, vectors, at, result)
  return result
}

/** Applies an affine map to the row that starts at `at`, and writes it to the same place of another array. */
export function applyToRow(
  { dimension, projection, bias }: AffineMap,
  vectors: Float32Array | Float64Array,
  at: number,
  result: Float32Array | Float64Array,
): void {
  for (let i = 0; i < dimension; i++) {
    const weights = i * dimension
    let sum = bias[i]!
    for (let j = 0; j < dimension; j++) sum += projection[weights + j]! * vectors[at + j]!
    result[at + i] = sum
  }
}
