import type { UserGroup } from '../../dataset.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import type { Rng } from '../../random.js'
import type { AttackerFit, AttackerKind, LabelledUsers } from '../attacker.js'
import { retrain, type SuiteTask } from './suite-training.js'

/**
 * Shuffles at a time, as many as the seeds after the first: a kind that compiles its training by the number of fits
 * compiles nothing new.
 */
const shufflesAtOnce = 4

/**
 * Test AUCs of an attacker trained with given settings on shuffled labels (evaluation.md rules 8 and 9): what chance
 * looks like.
 *
 * The labels of training, validation and test users are shuffled, each within their group. Would the test users keep
 * theirs, evidence with one strong direction for the label would give values far from 0.5: a random attacker points
 * along that direction by accident.
 *
 * @param rng not advanced; equal streams shuffle the same users in the same way, whatever the labels are.
 * @returns one AUC per shuffle.
 */
export async function shuffledLabelAucs(
  kind: AttackerKind,
  config: unknown,
  task: SuiteTask,
  shuffles: number,
  rng: Rng,
): Promise<Float64Array> {
  const { training, validation, numClasses } = task.problem
  const aucs = new Float64Array(shuffles)
  for (let from = 0; from < shuffles; from += shufflesAtOnce) {
    const streams = Array.from({ length: Math.min(shufflesAtOnce, shuffles - from) }, (_, i) =>
      shuffleStream(rng, from + i),
    )
    const fits = streams.map((stream): AttackerFit => ({
      config,
      rng: stream.split(`training of ${kind.name}`),
      labels: shuffleGroup(training, task.trainedOn, stream),
      validationLabels: shuffleGroup(validation, 'attackValidation', stream),
    }))
    for (const [i, probabilities] of (await retrain(kind, task, fits)).entries()) {
      const labels = shuffleGroup(task.test, 'attackTest', streams[i]!)
      aucs[from + i] = macroRocAuc(probabilities, labels, numClasses).auc.value!
    }
  }
  return aucs
}

/** The stream of one shuffle. */
export function shuffleStream(rng: Rng, shuffle: number): Rng {
  return rng.split(`shuffle ${shuffle}`)
}

/** The labels of one group in random order; groups of equal size are shuffled alike for every attribute. */
export function shuffleGroup({ labels }: LabelledUsers, group: UserGroup, stream: Rng): Int32Array {
  return stream.split(group).shuffle(Int32Array.from(labels))
}
