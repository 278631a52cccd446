import type { Rng } from '../random.js'
import {
  bootstrapDefaults,
  mean,
  percentileInterval,
  standardDeviation,
  type BootstrapOptions,
  type Interval,
} from './interval.js'

/** A mean over users with its bootstrap interval. */
export interface MeanEstimate {
  readonly value: number
  readonly interval: Interval
  /** Standard deviation of the bootstrap replicates. */
  readonly standardError: number
}

/**
 * Percentile bootstrap over users of the mean of a per-user metric (Efron and Tibshirani 1993, section 13.3).
 *
 * @param values `[numUsers]`, one number per user, all finite.
 * @param rng advanced by `resamples * numUsers` draws.
 * @returns null for no users.
 * @example
 * bootstrapMean(ndcgAtK(ranks, 10), Rng.fromSeed(1).split('bootstrap'))
 */
export function bootstrapMean(
  values: Float64Array,
  rng: Rng,
  options: BootstrapOptions = {},
): MeanEstimate | null {
  return values.length === 0 ? null : estimateMean(values, bootstrapMeans(values, rng, options), options)
}

/** The means of the resamples; at least one value. */
export function bootstrapMeans(values: Float64Array, rng: Rng, options: BootstrapOptions): Float64Array {
  const replicates = new Float64Array(bootstrapDefaults(options).resamples)
  for (let b = 0; b < replicates.length; b++) {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[rng.int(values.length)]!
    replicates[b] = sum / values.length
  }
  return replicates
}

/** The estimate from its replicates, which are sorted in place. */
export function estimateMean(
  values: Float64Array,
  replicates: Float64Array,
  options: BootstrapOptions,
): MeanEstimate {
  const standardError = standardDeviation(replicates)
  const interval = percentileInterval(replicates, bootstrapDefaults(options).confidence)
  return { value: mean(values), interval, standardError }
}
