import type { Interval } from '../../statistics/interval.js'

/** An upper bound of the AUC below this counts as chance, unless another margin is stated (evaluation.md rule 8). */
export const defaultChanceMargin = 0.55

/** How far the upper bound may lie above a bar that is met. */
const barTolerance = 0.02

/** Whether a bar is met: `undecided` where the users are too few to say. */
export type BarVerdict = 'met' | 'missed' | 'undecided'

/**
 * Whether an AUC is at chance: its upper bound lies below the margin (evaluation.md rule 8), which is a statement
 * about the size of the leak, unlike "not significant".
 *
 * @returns null without an interval, as for a dead probe.
 */
export function atChance(interval: Interval | null, margin = defaultChanceMargin): boolean | null {
  return interval === null ? null : interval.upper < margin
}

/**
 * Whether the bar "AUC at most `bar`" is met (evaluation.md rule 8).
 *
 * `met` when the estimate is below the bar and the upper bound below `bar + 0.02`; `missed` when even the lower bound
 * is above the bar; otherwise, and without an estimate, `undecided`.
 */
export function meetsBar(auc: number | null, interval: Interval | null, bar: number): BarVerdict {
  if (auc === null || interval === null) return 'undecided'
  if (auc < bar && interval.upper < bar + barTolerance) return 'met'
  return interval.lower > bar ? 'missed' : 'undecided'
}
