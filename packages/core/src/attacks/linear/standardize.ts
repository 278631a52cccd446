/** Per-feature shift and scale, taken from training rows only. */
export interface Standardizer {
  /** `[dimension]` */
  readonly mean: Float64Array
  /** `[dimension]`, population standard deviation (divided by n); 1 where a feature is constant. */
  readonly scale: Float64Array
}

/**
 * Mean and population standard deviation of every feature over some rows.
 *
 * A feature counts as constant, and gets scale 1, when its deviation is below 1e-7 of the mean's size: float32
 * rounding noise must not be blown up to unit variance.
 *
 * @param vectors `[n, dimension]` row-major.
 * @param rows the rows that may be looked at, at least one.
 */
export function fitStandardizer(
  vectors: Float32Array | Float64Array,
  dimension: number,
  rows: ArrayLike<number>,
): Standardizer {
  const mean = new Float64Array(dimension)
  const scale = new Float64Array(dimension)
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimension
    for (let j = 0; j < dimension; j++) mean[j]! += vectors[start + j]! / rows.length
  }
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimension
    for (let j = 0; j < dimension; j++) scale[j]! += (vectors[start + j]! - mean[j]!) ** 2 / rows.length
  }
  for (let j = 0; j < dimension; j++) {
    const deviation = Math.sqrt(scale[j]!)
    scale[j] = deviation > 1e-7 * Math.abs(mean[j]!) ? deviation : 1
  }
  return { mean, scale }
}

/**
 * `(x - mean) / scale` for some rows.
 *
 * @returns `[rows.length, dimension]` float64, in the order of `rows`.
 */
export function standardize(
  vectors: Float32Array | Float64Array,
  rows: ArrayLike<number>,
  standardizer: Standardizer,
): Float64Array {
  const { mean, scale } = standardizer
  const dimension = mean.length
  const result = new Float64Array(rows.length * dimension)
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimension
    for (let j = 0; j < dimension; j++) {
      result[i * dimension + j] = (vectors[start + j]! - mean[j]!) / scale[j]!
    }
  }
  return result
}
