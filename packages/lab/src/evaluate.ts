import {
  bootstrapMean,
  hitAtK,
  leaveOneOutTargets,
  ndcgAtK,
  popularityScores,
  rankTargets,
  rankTargetsBySharedScores,
  Rng,
  userGroups,
  type Dataset,
} from '@veilrec/core'

import type { Accuracy } from './run-manifest.js'

type Split = 'validation' | 'test'

/** Full-ranking ranks of the targets of a split, `[numUsers]`, from user and item vectors. */
export function rankByVectors(
  dataset: Dataset,
  split: Split,
  vectors: { readonly users: Float32Array; readonly items: Float32Array; readonly dimension: number },
): Float64Array {
  const { known, targets } = leaveOneOutTargets(dataset.histories, split)
  return rankTargets({
    userVectors: vectors.users,
    itemVectors: vectors.items,
    dimension: vectors.dimension,
    masked: known,
    targets,
  })
}

/** Full-ranking ranks under popularity in the training interactions. */
export function rankByPopularity(dataset: Dataset, split: Split): Float64Array {
  const { known, targets } = leaveOneOutTargets(dataset.histories, split)
  return rankTargetsBySharedScores(popularityScores(dataset.histories, dataset.numItems), known, targets)
}

/** Accuracy with intervals, for all users and for the groups the contract asks for (evaluation.md rules 1 and 4). */
export function accuracyOf(dataset: Dataset, ranks: Float64Array, seed: number): Accuracy {
  const ndcg = ndcgAtK(ranks, 10)
  const attackTest = userGroups.indexOf('attackTest')
  const rng = Rng.fromSeed(seed).split('accuracy intervals')
  const estimate = (name: string, values: Float64Array): NonNullable<Accuracy['ndcg@10-untied']> | null => {
    const result = bootstrapMean(values, rng.split(name))
    return result && { value: result.value, interval: { ...result.interval } }
  }
  const all = estimate('ndcg', ndcg)
  const hit = estimate('hit', hitAtK(ranks, 10))
  if (!all || !hit) throw new RangeError('a data set without users has no accuracy')
  return {
    users: ranks.length,
    'ndcg@10': all,
    'hit@10': hit,
    'ndcg@10-untied': estimate(
      'untied',
      ndcg.filter((_, user) => dataset.lastItemTied[user] === 0),
    ),
    'ndcg@10-attack-test': estimate(
      'attack-test',
      ndcg.filter((_, user) => dataset.userGroup[user] === attackTest),
    ),
  }
}
