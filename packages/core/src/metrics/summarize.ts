import type { Rng } from '../random.js'
import { bootstrapMean, type MeanEstimate } from '../statistics/bootstrap-mean.js'
import type { BootstrapOptions } from '../statistics/interval.js'

/** A metric's mean over users, or why there is none. */
export type MetricSummary = (
  | (MeanEstimate & { readonly reason?: never })
  | {
      readonly value: null
      readonly reason: string
      readonly interval?: never
      readonly standardError?: never
    }
) & {
  /** Users that the mean is over. */
  readonly users: number
  /** Users that were left out, as the metric is undefined for them. */
  readonly undefinedUsers: number
}

/**
 * The mean of a per-user metric with its bootstrap interval over users.
 *
 * @param values `[numUsers]`; NaN marks a user for whom the metric is undefined (no target), who is left out and counted.
 * @param rng advanced by `resamples * users` draws.
 * @returns a null value with the reason when no user is left.
 * @example
 * summarize(ndcgAtK(ranks, 10), Rng.fromSeed(1).split('ndcg'))
 */
export function summarize(values: Float64Array, rng: Rng, options: BootstrapOptions = {}): MetricSummary {
  const scored = values.filter((value) => !Number.isNaN(value))
  const counts = { users: scored.length, undefinedUsers: values.length - scored.length }
  const estimate = bootstrapMean(scored, rng, options)
  if (estimate !== null) return { ...estimate, ...counts }
  const reason = values.length === 0 ? 'no user' : 'undefined for every user'
  return { value: null, reason, ...counts }
}
