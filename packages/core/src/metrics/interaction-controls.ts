import type { Histories } from '../dataset.js'
import { baselineScores, type Baseline } from '../models/baseline.js'
import { popularity } from '../models/popularity.js'
import { random } from '../models/random.js'
import { topKLists } from './top-k-lists.js'

/** What {@link interactionControls} needs. */
export interface InteractionControlInput {
  /** Training interactions, for popularity. */
  readonly training: Histories
  readonly numItems: number
  /** Each user's items before the targets; no list holds them. */
  readonly known: Histories
  readonly k: number
  /** Of the random order; integer. */
  readonly seed: number
}

/**
 * The best k of two recommenders that nobody would call fair, beside which interaction fairness is to be read: the most
 * popular items, and items at random (protocols.md section 6.3).
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when `training` names an item outside the catalogue.
 */
export function interactionControls(
  input: InteractionControlInput,
): Readonly<Record<'popularity' | 'random', Histories>> {
  const { training, numItems, known, k, seed } = input
  const listsOf = (baseline: Baseline): Histories =>
    topKLists(baselineScores(baseline, known, numItems), known.offsets.length - 1, k, known)
  return { popularity: listsOf(popularity(training, numItems)), random: listsOf(random(seed, numItems)) }
}

/**
 * The k items of highest entropy that each user did not know, ties to the lower index: no lists without known items have a
 * higher interaction fairness (protocols.md section 6.3).
 *
 * @param entropy `[numItems + 1]` of {@link adoptionEntropy}; items without one come last.
 */
export function entropySortedLists(entropy: Float64Array, known: Histories, k: number): Histories {
  const scores = entropy.map((value) => (Number.isNaN(value) ? -1 : value))
  return topKLists(() => scores, known.offsets.length - 1, k, known)
}
