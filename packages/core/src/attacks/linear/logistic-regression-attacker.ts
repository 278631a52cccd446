import { VeilrecError } from '../../errors/veilrec-error.js'
import type { AttackerKind, AttackProblem } from '../attacker.js'
import {
  fitRotatedLogisticRegression,
  predictProbabilities,
  type LogisticRegression,
} from './logistic-regression.js'
import { rotateFeatures, type RotatedFeatures } from './rotated-features.js'
import { fitStandardizer, standardize, type Standardizer } from './standardize.js'
import { pause } from '../suite/suite-pause.js'

/** Configuration of {@link logisticRegressionAttacker}: the strength of the L2 penalty on the mean loss. */
export interface LogisticRegressionConfig {
  readonly l2: number
}

/**
 * From strong to weak, so that each fit starts from the one before; of the mean loss. The next weaker one would double
 * the time, and with a thousand users per hundred columns it only fits their noise.
 */
const strengths: readonly number[] = [10, 1, 0.1, 0.01, 0.001]

/** Moves an AUC by less than 0.0001; weak penalties need three times the steps for a tenth of it. */
const gradientTolerance = 1e-4

/**
 * Iterations at most where features are too many to be rotated and an iteration is dear. On the item histogram of ml-1m
 * (2,000 columns) and on its vectors mixed into 2,000 columns, where weak penalties take 160 and 490, all of them moved no
 * AUC that was best by more than 0.001.
 */
const maxWideIterations = 50

interface Design {
  readonly vectors: Float32Array | Float64Array
  readonly standardizer: Standardizer
  readonly rotated: RotatedFeatures
}

/** Fits on the same problem share its eigendecomposition, also from one call to the next. */
const designs = new WeakMap<AttackProblem, Design>()

/**
 * Logistic regression on standardised vectors, multinomial for more than two classes, over a path of L2 strengths.
 *
 * With more than 256 dimensions a fit ends after 50 iterations at the latest. Deterministic; a fit starts where the one before it in the same call ended when both have the same labels.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for lists, or for training labels of fewer than two classes; `ABORTED`.
 */
export const logisticRegressionAttacker: AttackerKind<LogisticRegressionConfig> = {
  name: 'logistic-regression',
  evidence: 'vectors',
  isRandom: false,
  configurations: strengths.map((l2) => ({ l2 })),
  async fit(problem, fits, { signal }) {
    const { vectors, standardizer, rotated } = designOf(problem)
    const models: LogisticRegression[] = []
    for (const [i, { config, labels }] of fits.entries()) {
      await pause(signal)
      const before = fits[i - 1]?.labels === labels ? models[i - 1] : undefined
      const options = {
        numClasses: problem.numClasses,
        l2: config.l2,
        gradientTolerance,
        ...(rotated.axes === undefined ? { maxIterations: maxWideIterations } : {}),
        ...(before === undefined ? {} : { warmStart: before }),
      }
      models.push(fitRotatedLogisticRegression(rotated, labels ?? problem.training.labels, options))
    }
    return models.map((model) => ({
      predict: (users) =>
        Promise.resolve(predictProbabilities(model, standardize(vectors, users, standardizer))),
    }))
  },
}

function designOf(problem: AttackProblem): Design {
  const known = designs.get(problem)
  if (known !== undefined) return known
  const { evidence, training } = problem
  if (evidence.kind !== 'vectors') {
    throw new VeilrecError('INVALID_ARGUMENT', 'logistic-regression attacks vectors, not lists', {})
  }
  const { values: vectors, dimension } = evidence
  const standardizer = fitStandardizer(vectors, dimension, training.users)
  const rotated = rotateFeatures(standardize(vectors, training.users, standardizer), dimension)
  const design = { vectors, standardizer, rotated }
  designs.set(problem, design)
  return design
}
