/** A confidence interval; `lower <= upper`. */
export interface Interval {
  readonly lower: number
  readonly upper: number
}

/** How a bootstrap is run. */
export interface BootstrapOptions {
  /** Number of resamples, default 1,000. */
  readonly resamples?: number
  /** Coverage in (0, 1), default 0.95. */
  readonly confidence?: number
}

/** The one place with the defaults of {@link BootstrapOptions}. */
export function bootstrapDefaults(options: BootstrapOptions): Required<BootstrapOptions> {
  return { resamples: options.resamples ?? 1000, confidence: options.confidence ?? 0.95 }
}

/**
 * Quantile of sorted values with linear interpolation (Hyndman and Fan 1996, type 7; the default of R and NumPy).
 *
 * @param sorted ascending, at least one value.
 * @param probability in `[0, 1]`.
 */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (position - below) * (high - low)
}

/**
 * The percentile interval of bootstrap replicates (Efron and Tibshirani 1993, section 13.3).
 *
 * @param replicates at least one value; sorted in place.
 */
export function percentileInterval(replicates: Float64Array, confidence: number): Interval {
  replicates.sort()
  const tail = (1 - confidence) / 2
  return { lower: quantile(replicates, tail), upper: quantile(replicates, 1 - tail) }
}

/** Standard deviation with `n - 1`; 0 for fewer than two values. */
export function standardDeviation(values: Float64Array): number {
  if (values.length < 2) return 0
  const center = mean(values)
  let sum = 0
  for (const value of values) sum += (value - center) ** 2
  return Math.sqrt(sum / (values.length - 1))
}

/** Arithmetic mean; NaN for no values, which callers rule out. */
export function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
