import {
  bootstrapMean,
  leaveOneOutTargets,
  ndcgAtK,
  pairedBootstrap,
  rankTargets,
  userGroups,
  type Dataset,
  type Rng,
} from '@veilrec/core'

import type { AuditAccuracy, AuditRow } from './audit-result.js'

/**
 * NDCG@10 of every user's test target under full ranking, known items masked (evaluation.md rule 3).
 *
 * @param userVectors `[numUsers, dimension]` of the test query.
 * @param itemVectors `[numItems + 1, dimension]`
 * @returns `[numUsers]`
 */
export function testNdcg(
  dataset: Dataset,
  userVectors: Float32Array,
  itemVectors: Float32Array,
  dimension: number,
): Float64Array {
  const { known, targets } = leaveOneOutTargets(dataset.histories, 'test')
  return ndcgAtK(rankTargets({ userVectors, itemVectors, dimension, masked: known, targets }), 10)
}

/**
 * Accuracy over all users, over those whose last item is not tied, and over attack-test users, each with a bootstrap
 * interval and the paired change against the base.
 *
 * @param ndcg `[numUsers]`
 * @param base `[numUsers]` of the base recommender; left out for the base itself.
 * @param rng not advanced, so that every row of a score card draws the same users.
 */
export function auditAccuracy(
  dataset: Dataset,
  ndcg: Float64Array,
  base: Float64Array | undefined,
  rng: Rng,
): AuditRow['accuracy'] {
  const attackTest = userGroups.indexOf('attackTest')
  const over = (label: string, keep: (user: number) => boolean): AuditAccuracy | null => {
    const select = (values: Float64Array): Float64Array => values.filter((_, user) => keep(user))
    const values = select(ndcg)
    const estimate = bootstrapMean(values, rng.split(label))
    if (estimate === null) return null
    const change =
      base === undefined ? null : pairedBootstrap(values, select(base), rng.split(`${label}/change`))
    return { users: values.length, 'ndcg@10': estimate, change }
  }
  return {
    all: over('all', () => true)!,
    untied: over('untied', (user) => dataset.lastItemTied[user] === 0),
    attackTest: over('attackTest', (user) => dataset.userGroup[user] === attackTest),
  }
}
