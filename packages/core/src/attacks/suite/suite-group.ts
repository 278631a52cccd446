import type { Rng } from '../../random.js'
import { bootstrapAuc } from '../../statistics/bootstrap-auc.js'
import { mean, standardDeviation } from '../../statistics/interval.js'
import type { AttackerKind, LabelledUsers } from '../attacker.js'
import type { SuiteFigures } from './suite-result.js'
import { trainKind, type SuiteTask, type TrainedKind } from './suite-training.js'

/** The attackers trained on one group of users. */
export interface AttackedGroup {
  readonly task: SuiteTask
  /** In the order of the kinds. */
  readonly trained: readonly TrainedKind[]
  readonly figures: readonly SuiteFigures[]
  /** Places in `trained`, the best mean validation AUC first; on ties the earlier kind. */
  readonly byValidation: readonly number[]
}

/** How {@link attackGroup} trains and measures. */
export interface AttackGroupOptions {
  readonly kinds: readonly AttackerKind[]
  readonly seeds: number
  /** Of the best kind; the others get a fifth. */
  readonly resamples: number
  /** Not advanced. */
  readonly rng: Rng
  /** Told the name of every kind before its turn. */
  readonly onKind: (name: string) => void
}

/** Trains every kind on one group and measures it on the test users. */
export async function attackGroup(
  task: SuiteTask,
  { kinds, seeds, resamples, rng, onKind }: AttackGroupOptions,
): Promise<AttackedGroup> {
  const { trainedOn } = task
  const trained: TrainedKind[] = []
  for (const kind of kinds) {
    onKind(kind.name)
    trained.push(await trainKind(kind, task, seeds, rng.split(`${trainedOn}/${kind.name}`)))
  }
  const byValidation = [...trained.keys()].sort(
    (a, b) => trained[b]!.validationAuc - trained[a]!.validationAuc || a - b,
  )
  const figures = trained.map((one, i) => {
    const draws = i === byValidation[0] ? resamples : Math.ceil(resamples / 5)
    // Every kind is measured on the same resampled users, so that kinds differ by the attacker only.
    return figuresOf(one, task.test, task.problem.numClasses, rng.split(`bootstrap/${trainedOn}`), draws)
  })
  return { task, trained, figures, byValidation }
}

function figuresOf(
  { config, validationAuc, probabilities, testAucs }: TrainedKind,
  test: LabelledUsers,
  numClasses: number,
  rng: Rng,
  resamples: number,
): SuiteFigures {
  const estimate = bootstrapAuc(probabilities, test.labels, numClasses, rng, { resamples })!
  const aucs = Float64Array.from(testAucs)
  const seeds = aucs.length
  const deviation = standardDeviation(aucs)
  // A resample of the seeds has the variance of n values, which divides by n where the estimate divides by n - 1.
  const fromSeeds = (deviation ** 2 * (seeds - 1)) / seeds ** 2
  return {
    auc: mean(aucs),
    interval: estimate.interval,
    validationAuc,
    config,
    seeds,
    seedDeviation: seeds > 1 ? deviation : null,
    userDeviation: Math.sqrt(Math.max(0, estimate.standardError ** 2 - fromSeeds)),
  }
}
