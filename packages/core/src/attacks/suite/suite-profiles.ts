import type { AttackerKind } from '../attacker.js'
import { knnAttacker } from '../neighbours/knn-attacker.js'
import { listLogisticRegressionAttacker } from '../linear/list-logistic-regression-attacker.js'
import { listMlpAttacker } from '../neural/list-mlp-attacker.js'
import { logisticRegressionAttacker } from '../linear/logistic-regression-attacker.js'
import { largeMlpAttacker, mlpAttacker } from '../neural/mlp-attacker.js'
import type { AttackSuiteOptions } from './suite-result.js'
import { treesAttacker } from '../trees/trees-attacker.js'

/** How much an audit spends on each attack. */
export interface AttackProfile {
  /** Trainings of a random kind. */
  readonly seeds: number
  /** Of vectors and of lists; `attackSuite` takes those that fit the evidence. */
  readonly kinds: readonly AttackerKind[]
  /** Of `attackSuite`. */
  readonly options: Pick<AttackSuiteOptions, 'shuffles' | 'resamples'>
}

const onLists = [listLogisticRegressionAttacker, listMlpAttacker]

/** Of the small perceptron a quick look tries two decays, far apart. */
const quickMlp = {
  ...mlpAttacker,
  configurations: mlpAttacker.configurations.filter(({ weightDecay }) => [1e-2, 1e-1].includes(weightDecay)),
}

/**
 * The attackers of evaluation.md rule 7 with its 5 seeds; `quick` is a first look with one seed and the small kinds only.
 */
export const attackProfiles: Readonly<Record<'full' | 'quick', AttackProfile>> = {
  full: {
    seeds: 5,
    kinds: [
      logisticRegressionAttacker,
      mlpAttacker,
      ...onLists,
      largeMlpAttacker,
      knnAttacker,
      treesAttacker,
    ],
    options: {},
  },
  quick: {
    seeds: 1,
    kinds: [logisticRegressionAttacker, quickMlp, ...onLists],
    options: { shuffles: 2, resamples: 400 },
  },
}
