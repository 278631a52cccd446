import {
  coverage,
  hitAtK,
  ndcgAtK,
  precisionAtK,
  rankingAuc,
  recallAtK,
  reciprocalRankAtK,
  summarize,
  type Histories,
  type Interval,
  type Rng,
} from '@veilrec/core'

import { cutoffs, type Figures, type MetricName } from './evaluation-result.js'
import { firstOfEach } from './first-of-each.js'
import { jointBootstrap } from './joint-bootstrap.js'
import type { Ranking } from './ranking.js'

/** A recommender's metrics per user, and its lists. */
export interface SystemMetrics {
  /** `[numUsers]` each, NaN for a user without targets; no `auc` where lists leave candidates out. */
  readonly values: ReadonlyMap<MetricName, Float64Array>
  /** Null in a ranking of a sample. */
  readonly lists: Histories | null
}

/** Every metric of a ranking that is a mean over users. */
export function systemMetrics({ ranks, candidates, lists }: Ranking): SystemMetrics {
  const values = new Map<MetricName, Float64Array>()
  for (const k of cutoffs) {
    values.set(`ndcg@${k}`, ndcgAtK(ranks, k))
    values.set(`hit@${k}`, hitAtK(ranks, k))
    values.set(`recall@${k}`, recallAtK(ranks, k))
    values.set(`precision@${k}`, precisionAtK(ranks, k))
  }
  values.set('mrr', reciprocalRankAtK(ranks, Number.POSITIVE_INFINITY))
  if (candidates !== null) values.set('auc', rankingAuc(ranks, candidates))
  return { values, lists }
}

/**
 * Means and 95 % intervals of several recommenders over the same users, who are resampled together.
 *
 * A metric that is undefined for some of the users (an AUC without other candidates) is the mean over the rest.
 *
 * @param users who counts; each has a target.
 * @param rng not advanced.
 * @returns one entry per recommender; nulls without users.
 */
export function figuresOf(
  systems: readonly SystemMetrics[],
  users: Int32Array,
  numItems: number,
  rng: Rng,
): (Figures | null)[] {
  if (users.length === 0) return systems.map(() => null)
  const columns = systems.flatMap(({ values }, system) =>
    Array.from(values, ([metric, ofAll]) => ({
      system,
      metric,
      values: Float64Array.from(users, (user) => ofAll[user]!),
    })),
  )
  const [whole, partial] = [false, true].map((wanted) =>
    columns.filter(({ values }) => values.some(Number.isNaN) === wanted),
  )
  const joint = jointBootstrap(
    whole!.map(({ values }) => values),
    rng.split('users'),
  )
  const figures = systems.map(({ lists }) => withoutMeans(lists, users, numItems))
  for (const [i, { system, metric, values }] of whole!.entries()) {
    const { means, intervals } = figures[system]!
    means[metric] = values.reduce((sum, value) => sum + value, 0) / values.length
    intervals[metric] = joint[i]!
  }
  for (const { system, metric, values } of partial!) {
    const { means, intervals, reasons } = figures[system]!
    const { value, interval, reason } = summarize(values, rng.split(metric))
    means[metric] = value
    if (value === null) reasons[metric] = reason
    else intervals[metric] = interval
  }
  return figures.map(({ means, intervals, reasons }) => {
    if (means.auc === null) {
      reasons.auc ??= 'the lists leave candidates out and do not say in which order'
    }
    return { users: users.length, ...means, intervals, reasons }
  })
}

interface Unfinished {
  readonly means: Record<MetricName, number | null>
  readonly intervals: Partial<Record<MetricName, Interval>>
  readonly reasons: Partial<Record<MetricName, string>>
}

/** Coverage, which is no mean over users; everything else is null. */
function withoutMeans(lists: Histories | null, users: Int32Array, numItems: number): Unfinished {
  const measured = (k: number): ReturnType<typeof coverage> =>
    lists === null
      ? { value: null, reason: 'a ranking of a sample gives no lists' }
      : coverage(firstOfEach(lists, k, users), numItems)
  const means = Object.fromEntries([
    ...cutoffs.flatMap((k) => ['ndcg', 'hit', 'recall', 'precision'].map((name) => [`${name}@${k}`, null])),
    ['mrr', null],
    ['auc', null],
  ]) as Unfinished['means']
  const reasons: Unfinished['reasons'] = {}
  for (const k of cutoffs) {
    const { value, reason } = measured(k)
    means[`coverage@${k}`] = value
    if (reason !== undefined) reasons[`coverage@${k}`] = reason
  }
  return { means, intervals: {}, reasons }
}
