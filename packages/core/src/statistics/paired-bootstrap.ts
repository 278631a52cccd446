import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { bootstrapMean, type MeanEstimate } from './bootstrap-mean.js'
import { mean, standardDeviation, type BootstrapOptions } from './interval.js'

/** A difference of means over the same users. */
export interface PairedDifference extends MeanEstimate {
  /**
   * Cohen's d for paired samples, `mean(a - b) / sd(a - b)`, in units of the spread of user differences;
   * null when all users differ by the same amount, as no spread exists then.
   */
  readonly effectSize: number | null
}

/**
 * Paired user bootstrap of `mean(a) - mean(b)` (evaluation.md rule 12): users are drawn, and each brings both values.
 *
 * Only users are resampled; the variance between training seeds is a separate matter and not in this interval.
 *
 * @param a `[numUsers]`, for instance the veiled model's NDCG@10 per user.
 * @param b `[numUsers]`, the other model's, in the same order of users.
 * @param rng advanced by `resamples * numUsers` draws.
 * @returns null for no users.
 * @throws VeilrecError `INVALID_ARGUMENT` on unequal lengths.
 */
export function pairedBootstrap(
  a: Float64Array,
  b: Float64Array,
  rng: Rng,
  options: BootstrapOptions = {},
): PairedDifference | null {
  if (a.length !== b.length) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `a paired comparison needs the same users on both sides, got ${a.length} and ${b.length}`,
      { a: a.length, b: b.length },
    )
  }
  const differences = a.map((value, user) => value - b[user]!)
  const estimate = bootstrapMean(differences, rng, options)
  if (estimate === null) return null
  const spread = standardDeviation(differences)
  // Equal differences leave rounding dust in the standard deviation, which must not become an effect.
  const scale = Math.abs(estimate.value) * 1e-12
  return { ...estimate, effectSize: spread > scale ? mean(differences) / spread : null }
}
