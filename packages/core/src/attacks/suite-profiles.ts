import type { AttackerKind } from './attacker.js'
import { knnAttacker } from './knn-attacker.js'
import { listLogisticRegressionAttacker } from './list-logistic-regression-attacker.js'
import { listMlpAttacker } from './list-mlp-attacker.js'
import { logisticRegressionAttacker } from './logistic-regression-attacker.js'
import { largeMlpAttacker, mlpAttacker } from './mlp-attacker.js'
import type { AttackSuiteOptions } from './suite-result.js'
import { treesAttacker } from './trees-attacker.js'

/** How much an audit spends on each attack. */
export interface AttackProfile {
  /** Trainings of a random kind. */
  readonly seeds: number
  /** Of vectors and of lists; `attackSuite` takes those that fit the evidence. */
  readonly kinds: readonly AttackerKind[]
  /** Of `attackSuite`. */
  readonly options: Pick<AttackSuiteOptions, 'shuffles' | 'resamples'>
}

const quickKinds: readonly AttackerKind[] = [
  logisticRegressionAttacker,
  mlpAttacker,
  listLogisticRegressionAttacker,
  listMlpAttacker,
]

/**
 * The attackers of evaluation.md rule 7 with its 5 seeds; `quick` is a first look with one seed and the small kinds only.
 */
export const attackProfiles: Readonly<Record<'full' | 'quick', AttackProfile>> = {
  full: { seeds: 5, kinds: [...quickKinds, largeMlpAttacker, knnAttacker, treesAttacker], options: {} },
  quick: { seeds: 1, kinds: quickKinds, options: { shuffles: 2, resamples: 400 } },
}
