import { coOccurrence, itemKnn, popularity, random, type Baseline, type Histories } from '@veilrec/core'

/** Largest catalogue that is tiny enough for co-occurrence beside item-kNN. */
const tinyCatalogue = 1000

/**
 * The baselines that stand beside every recommender, each made when its turn comes (evaluation.md rule 4).
 *
 * @param training what a recommender may have learned from under the split.
 * @param seed of the random order.
 */
export function* baselines(training: Histories, numItems: number, seed: number): Generator<Baseline> {
  yield popularity(training, numItems)
  yield random(seed, numItems)
  yield itemKnn(training, numItems)
  if (numItems <= tinyCatalogue) yield coOccurrence(training, numItems)
}
