import { compareWithBaselines, Rng, userGroups, type Dataset, type Histories } from '@veilrec/core'

import type { BaselineFigures, SystemFigures } from './evaluation-result.js'
import type { EvaluationTask } from './evaluation-task.js'
import { figuresOf, systemMetrics, type SystemMetrics } from './figures.js'
import { rankingByScores, rankingOfLists, sampledRanking } from './ranking.js'
import type { Recommended } from './subject.js'

/** Metrics per user of one recommender. */
export interface MeasuredSystem {
  /** Over the whole catalogue. */
  readonly full: SystemMetrics
  /** Among stored candidates, where there are any and all of them are scored. */
  readonly sampled?: SystemMetrics
}

/**
 * Ranks what a recommender gives, over the catalogue and among candidates.
 *
 * @param candidates stored negatives of every user; left out where there are none for the split.
 */
export function measureSystem(
  { scores, lists }: Recommended,
  task: EvaluationTask,
  numItems: number,
  candidates?: Histories,
): MeasuredSystem {
  if (scores === undefined) return { full: systemMetrics(rankingOfLists(task, numItems, lists)) }
  const full = systemMetrics(rankingByScores(task, numItems, scores))
  if (candidates === undefined) return { full }
  return { full, sampled: systemMetrics(sampledRanking(task, scores, candidates)) }
}

/**
 * Figures of every system over all users and over the parts that the contract asks for (evaluation.md rules 1 and 4).
 *
 * @param seed of the bootstrap.
 */
export function figuresOfSystems(
  systems: readonly MeasuredSystem[],
  { lastItemTied, userGroup, numItems }: Dataset,
  { users, split }: EvaluationTask,
  seed: number,
): SystemFigures[] {
  const attackTest = userGroups.indexOf('attackTest')
  const rng = streams(seed)
  const full = systems.map((system) => system.full)
  const over = (part: string, chosen: Int32Array): ReturnType<typeof figuresOf> =>
    figuresOf(full, chosen, numItems, rng.split(part))
  const all = over('all', users)
  const untied = over(
    'untied',
    users.filter((user) => split === 'leave-one-out' && lastItemTied[user] === 0),
  )
  const attacked = over(
    'attack-test',
    users.filter((user) => userGroup[user] === attackTest),
  )
  const withSample = systems.flatMap(({ sampled }) => sampled ?? [])
  const ofSample = figuresOf(withSample, users, numItems, rng.split('sampled'))
  return systems.map(({ sampled }, i) => ({
    ...all[i]!,
    untied: untied[i]!,
    attackTest: attacked[i]!,
    'sampled(uniform,99)': sampled === undefined ? null : ofSample[withSample.indexOf(sampled)]!,
  }))
}

/**
 * The first system against each of the others, the baselines, as one family (evaluation.md rule 12).
 *
 * @param names of the baselines.
 * @param seed of the bootstrap.
 */
export function compareSystems(
  [subject, ...others]: readonly MeasuredSystem[],
  names: readonly string[],
  users: Int32Array,
  seed: number,
): BaselineFigures['comparison'][] {
  const ndcg = ({ full }: MeasuredSystem): Float64Array =>
    Float64Array.from(users, (user) => full.values.get('ndcg@10')![user]!)
  const family = Object.fromEntries(names.map((name, i) => [name, ndcg(others[i]!)]))
  return compareWithBaselines(ndcg(subject!), family, streams(seed)).map(
    ({ difference, adjustedPValue }) => ({
      metric: 'ndcg@10',
      ...difference!,
      adjustedPValue: adjustedPValue!,
    }),
  )
}

function streams(seed: number): Rng {
  return Rng.fromSeed(seed).split('evaluation')
}
