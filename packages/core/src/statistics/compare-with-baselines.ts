import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { holm } from './holm.js'
import type { BootstrapOptions } from './interval.js'
import { pairedBootstrap, type PairedDifference } from './paired-bootstrap.js'

/** A model beside one baseline. */
export interface BaselineComparison {
  readonly baseline: string
  /** Users for whom both have a value. */
  readonly users: number
  /** Model minus baseline; null when there is no such user. */
  readonly difference: PairedDifference | null
  /** {@link holm} over all baselines of the call; null with the difference. */
  readonly adjustedPValue: number | null
}

/**
 * One model against several baselines as one family (evaluation.md rule 12): paired user bootstraps, effect sizes, and
 * p-values corrected by Holm.
 *
 * Every comparison draws the same users, so that the rows of a table differ by the baselines only.
 *
 * @param model `[numUsers]`, a metric per user; NaN where it is undefined.
 * @param baselines `[numUsers]` by name, in the same order of users.
 * @param rng not advanced.
 * @returns in the order of the baselines; empty for none.
 * @throws VeilrecError `INVALID_ARGUMENT` on unequal lengths.
 */
export function compareWithBaselines(
  model: Float64Array,
  baselines: Readonly<Record<string, Float64Array>>,
  rng: Rng,
  options: BootstrapOptions = {},
): readonly BaselineComparison[] {
  const rows = Object.entries(baselines).map(([baseline, values]) => {
    if (values.length !== model.length) {
      throw new VeilrecError(
        'INVALID_ARGUMENT',
        `baseline ${baseline} has ${values.length} users, the model has ${model.length}`,
        { baseline, users: values.length, modelUsers: model.length },
      )
    }
    const both = (value: number, user: number): boolean => !Number.isNaN(model[user]! + value)
    const ofBaseline = values.filter(both)
    const ofModel = model.filter((_, user) => both(values[user]!, user))
    const difference = pairedBootstrap(ofModel, ofBaseline, rng.split('comparison'), options)
    return { baseline, users: ofModel.length, difference }
  })
  const adjusted = holm(rows.map(({ difference }) => difference?.pValue ?? null))
  return rows.map((row, i) => ({ ...row, adjustedPValue: adjusted[i]! }))
}
