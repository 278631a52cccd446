import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { bootstrapMeans, estimateMean, type MeanEstimate } from './bootstrap-mean.js'
import { mean, standardDeviation, type BootstrapOptions } from './interval.js'

/** A difference of means over the same users. */
export interface PairedDifference extends MeanEstimate {
  /**
   * Cohen's d for paired samples, `mean(a - b) / sd(a - b)`, in units of the spread of user differences;
   * null when all users differ by the same amount, as no spread exists then.
   */
  readonly effectSize: number | null
  /**
   * Two-sided: `min(1, 2 (1 + min(#{d* <= 0}, #{d* >= 0})) / (B + 1))` over the B replicates d* of the difference, the
   * level at which the percentile interval just reaches 0 (Davison and Hinkley 1997, section 5.4, with the estimate itself
   * counted among the replicates). Never below `2 / (B + 1)`: a large family of comparisons needs more resamples.
   */
  readonly pValue: number
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
  if (a.length === 0) return null
  const differences = a.map((value, user) => value - b[user]!)
  const replicates = bootstrapMeans(differences, rng, options)
  const estimate = estimateMean(differences, replicates, options)
  const spread = standardDeviation(differences)
  // Equal differences leave rounding dust in the standard deviation, which must not become an effect.
  const scale = Math.abs(estimate.value) * 1e-12
  return {
    ...estimate,
    effectSize: spread > scale ? mean(differences) / spread : null,
    pValue: bootstrapPValue(replicates),
  }
}

/** The two-sided p-value of {@link PairedDifference} from the replicates of a difference. */
export function bootstrapPValue(replicates: Float64Array): number {
  let below = 0
  let above = 0
  for (const replicate of replicates) {
    if (replicate <= 0) below++
    if (replicate >= 0) above++
  }
  return Math.min(1, (2 * (1 + Math.min(below, above))) / (replicates.length + 1))
}
