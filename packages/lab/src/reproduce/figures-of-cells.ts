import {
  bootstrapMean,
  hitAtK,
  ndcgAtK,
  pairedBootstrap,
  rankingAuc,
  requirementKey,
  Rng,
  type Interval,
  type PaperAttackResult,
  type Requirement,
} from '@veilrec/core'

import type { MeasuredRequirement } from './measured-cell.js'
import { accuracyMetrics, type AccuracyMetric, type LeakMetric, type PaperMetric } from './paper-table.js'

/** One figure of one system over the seeds that were run. */
export interface Figure {
  /** Mean over the seeds. */
  readonly value: number
  /** 95 %, over users; the variance between seeds is not in it (evaluation.md rule 12). */
  readonly interval: Interval
  readonly seeds: number
  /** Standard deviation of the figure between the seeds; null for one. */
  readonly seedDeviation: number | null
}

/** The measurements of one system under one requirement, one entry per seed. */
export type BySeed = readonly MeasuredRequirement[]

/** The measurements of a row that are about a requirement: a row without a veil has the same for all. */
export function measuredUnder(
  seeds: readonly (readonly MeasuredRequirement[])[],
  requirement: Requirement,
): BySeed {
  const key = requirementKey(requirement)
  return seeds.flatMap((ofSeed) => {
    const found = ofSeed.find((one) => requirementKey(one.requirement) === key)
    const base = ofSeed.find((one) => one.requirement.length === 0)
    return found ?? base ?? []
  })
}

/** Whether a metric is one of accuracy. */
export function isAccuracy(metric: PaperMetric): metric is AccuracyMetric {
  return (accuracyMetrics as readonly string[]).includes(metric)
}

/**
 * A figure of a system under a requirement; null where it was not measured.
 *
 * Accuracy is the mean over users of the mean over seeds, its interval a bootstrap over users. A leak is the mean over the hidden
 * attributes, its interval that of each attribute put together as if they were independent; over several seeds the mean
 * interval, as all seeds have the same test users.
 */
export function figureOf(bySeed: BySeed, requirement: Requirement, metric: PaperMetric): Figure | null {
  if (isAccuracy(metric)) {
    const values = meanPerUser(bySeed, metric)
    if (values === null) return null
    const { value, interval } = bootstrapMean(values, bootstrapOf(metric))!
    const each = bySeed.map((seed) => mean(perUser(seed, metric)!))
    return { value, interval, seeds: bySeed.length, seedDeviation: deviation(each) }
  }
  const each = bySeed.map((seed) => leakOf(seed, requirement, metric))
  const found = each.filter((one) => one !== null)
  if (found.length === 0 || found.length < each.length) return null
  const over = (pick: (one: Estimate) => number): number => mean(found.map(pick))
  return {
    value: over(({ value }) => value),
    interval: { lower: over(({ lower }) => lower), upper: over(({ upper }) => upper) },
    seeds: found.length,
    seedDeviation: deviation(found.map(({ value }) => value)),
  }
}

/** How far two systems are apart. */
export interface Difference {
  readonly value: number
  readonly interval: Interval
  /** Of a difference that is paired over users, in standard deviations of it; null for leaks, and where all differ alike. */
  readonly effectSize: number | null
}

/**
 * `a - share * b` of the same metric, which is how much of b's figure a keeps; null where either was not measured.
 *
 * Accuracy is paired over users; leaks of two systems are taken as independent, which makes the interval too wide rather than
 * too narrow, as both are measured on the same users.
 */
export function differenceOf(
  a: BySeed,
  b: BySeed,
  requirement: Requirement,
  metric: PaperMetric,
  share = 1,
): Difference | null {
  if (isAccuracy(metric)) {
    const [ofA, ofB] = [meanPerUser(a, metric), meanPerUser(b, metric)]
    if (ofA === null || ofB === null) return null
    const { value, interval, effectSize } = pairedBootstrap(
      ofA,
      ofB.map((one) => share * one),
      bootstrapOf(metric),
    )!
    return { value, interval, effectSize }
  }
  const [ofA, ofB] = [figureOf(a, requirement, metric), figureOf(b, requirement, metric)]
  if (ofA === null || ofB === null) return null
  const value = ofA.value - share * ofB.value
  const below = Math.hypot(ofA.value - ofA.interval.lower, share * (ofB.interval.upper - ofB.value))
  const above = Math.hypot(ofA.interval.upper - ofA.value, share * (ofB.value - ofB.interval.lower))
  return { value, interval: { lower: value - below, upper: value + above }, effectSize: null }
}

interface Estimate {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

function leakOf(
  { attacks }: MeasuredRequirement,
  requirement: Requirement,
  metric: Exclude<PaperMetric, AccuracyMetric>,
): Estimate | null {
  const [name, attribute] = metric.split(':') as [LeakMetric, string | undefined]
  const wanted = attribute === undefined ? requirement : [attribute]
  const found = attacks
    .filter((attack) => wanted.includes(attack.attribute))
    .map((attack) => estimateOf(attack, name))
  if (found.length === 0 || found.length < wanted.length) return null
  const value = mean(found.map((one) => one.value))
  const together = (half: (one: Estimate) => number): number => Math.hypot(...found.map(half)) / found.length
  return {
    value,
    lower: value - together((one) => one.value - one.lower),
    upper: value + together((one) => one.upper - one.value),
  }
}

function estimateOf(attack: PaperAttackResult, metric: LeakMetric): Estimate {
  const { value, interval } = {
    auc: attack.hardAuc,
    probabilityAuc: attack.probabilityAuc,
    microF1: attack.microF1,
  }[metric]
  return { value, ...interval }
}

/** `[numUsers]`, mean over seeds; null where the row has no accuracy. */
function meanPerUser(bySeed: BySeed, metric: AccuracyMetric): Float64Array | null {
  const each = bySeed.map((seed) => perUser(seed, metric))
  if (each.length === 0 || each.some((values) => values === null)) return null
  return each[0]!.map((_, user) => mean(each.map((values) => values![user]!)))
}

function perUser(
  { ranks, candidates, fullRanks }: MeasuredRequirement,
  metric: AccuracyMetric,
): Float64Array | null {
  if (ranks.length === 0) return null
  const sampled = Float64Array.from(ranks)
  switch (metric) {
    case 'ndcg@10':
      return ndcgAtK(sampled, 10)
    case 'hit@10':
      return hitAtK(sampled, 10)
    case 'fullNdcg@10':
      return ndcgAtK(Float64Array.from(fullRanks), 10)
    case 'rankingAuc':
      return rankingAuc(sampled, candidates)
  }
}

function bootstrapOf(metric: AccuracyMetric): Rng {
  return Rng.fromSeed(1).split('reproduction').split(metric)
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}
