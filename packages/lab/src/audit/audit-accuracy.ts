import {
  bootstrapMean,
  groupGapDifference,
  groupMetric,
  pairedBootstrap,
  userGroups,
  type BootstrapOptions,
  type Dataset,
  type Rng,
  type UserAttribute,
} from '@veilrec/core'

import type { AuditAccuracy, AuditedGroups, AuditRow } from './audit-result.js'

/**
 * Accuracy over all users, over those whose last item is not tied, and over attack-test users, each with a bootstrap
 * interval and the paired change against the base (evaluation.md rules 1, 4 and 12).
 *
 * @param ndcg `[numUsers]`
 * @param base `[numUsers]` of the base recommender; left out for the base itself.
 * @param rng not advanced, so that every row of a score card draws the same users.
 */
export function auditAccuracy(
  dataset: Pick<Dataset, 'lastItemTied' | 'userGroup'>,
  ndcg: Float64Array,
  base: Float64Array | undefined,
  rng: Rng,
  options: BootstrapOptions = {},
): AuditRow['accuracy'] {
  const attackTest = userGroups.indexOf('attackTest')
  const over = (label: string, keep: (user: number) => boolean): AuditAccuracy | null => {
    const select = (values: Float64Array): Float64Array => values.filter((_, user) => keep(user))
    const values = select(ndcg)
    const estimate = bootstrapMean(values, rng.split(label), options)
    if (estimate === null) return null
    const change =
      base === undefined ? null : pairedBootstrap(values, select(base), rng.split(`${label}/change`), options)
    return { users: values.length, 'ndcg@10': estimate, change }
  }
  return {
    all: over('all', () => true)!,
    untied: over('untied', (user) => dataset.lastItemTied[user] === 0),
    attackTest: over('attackTest', (user) => dataset.userGroup[user] === attackTest),
  }
}

/**
 * Accuracy by the groups of one attribute, and how much larger the gap is than the base's (evaluation.md rule 10).
 *
 * @param ndcg `[numUsers]`
 * @param base `[numUsers]` of the base recommender; left out for the base itself.
 * @param rng not advanced.
 */
export function auditGroups(
  attribute: UserAttribute,
  ndcg: Float64Array,
  base: Float64Array | undefined,
  rng: Rng,
  options: BootstrapOptions = {},
): AuditedGroups {
  return {
    ...groupMetric(ndcg, attribute, rng, options),
    gapChange: base === undefined ? null : groupGapDifference(ndcg, base, attribute, rng, options),
  }
}
