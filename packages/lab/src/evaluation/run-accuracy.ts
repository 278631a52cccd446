import { baselineScores, popularity, type Dataset, type ScoreRows } from '@veilrec/core'

import type { Accuracy, RunManifest } from '../run-manifest.js'
import type { Figures, SystemFigures } from './evaluation-result.js'
import { evaluationTask } from './evaluation-task.js'
import { figuresOfSystems, measureSystem } from './measure-systems.js'

/**
 * What a finished training says of itself: its accuracy on the leave-one-out test, beside popularity. The figures are
 * those of `evaluate` with the same seed.
 *
 * @param scores of every user's test query.
 */
export function accuracyBesidePopularity(
  dataset: Dataset,
  scores: ScoreRows,
  seed: number,
): NonNullable<RunManifest['test']> {
  const task = evaluationTask(dataset, 'leave-one-out')
  const { numItems } = dataset
  const systems = [scores, baselineScores(popularity(task.training, numItems), task.known, numItems)].map(
    (each) => measureSystem({ scores: each }, task, numItems),
  )
  const [model, popular] = figuresOfSystems(systems, dataset, task, seed)
  return { model: accuracyOf(model!), popularity: accuracyOf(popular!) }
}

function accuracyOf({ untied, attackTest, ...all }: SystemFigures): Accuracy {
  return {
    users: all.users,
    'ndcg@10': estimate(all, 'ndcg@10'),
    'hit@10': estimate(all, 'hit@10'),
    'ndcg@10-untied': untied && estimate(untied, 'ndcg@10'),
    'ndcg@10-attack-test': attackTest && estimate(attackTest, 'ndcg@10'),
  }
}

/** Means over users are defined wherever there are users. */
function estimate(figures: Figures, metric: 'ndcg@10' | 'hit@10'): Accuracy['ndcg@10'] {
  return { value: figures[metric]!, interval: { ...figures.intervals[metric]! } }
}
