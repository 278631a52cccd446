import { VeilrecError } from '../../errors/veilrec-error.js'
import type { AttackerKind, AttackProblem } from '../attacker.js'
import { binRows, fitFeatureBins, type BinnedRows, type FeatureBins } from './gradient-boosting-bins.js'
import { maxBins } from './gradient-boosting-histogram.js'
import { fitGradientBoosting, predictGradientBoosting } from './gradient-boosting.js'
import { pause } from '../suite/suite-pause.js'

/** Settings of {@link treesAttacker}. */
export interface TreesConfig {
  readonly maxDepth: number
  readonly learningRate: number
}

const minLeafRows = 10
const l2 = 1
const rowShare = 0.5
/** About this many features per tree, at least a fifth of them. */
const featuresPerTree = 24
/** Trees of one attacker, at most, and bounds for the rounds that share them out among the classes. */
const maxTrees = 800
const minRounds = 40
const maxRounds = 200
const patience = 30

/**
 * Gradient-boosted trees on binned vectors (evaluation.md rule 7).
 *
 * {@link fitGradientBoosting} with at most 32 bins per feature, half of the users per round and about a fifth of the
 * features per tree, stopped early on validation AUC. The number of rounds falls with the number of classes, so that
 * many classes stay affordable. Trees do not mind the scale of a feature, so nothing is standardised; cuts come from
 * training users only.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for lists; `ABORTED`.
 */
export const treesAttacker: AttackerKind<TreesConfig> = {
  name: 'trees',
  evidence: 'vectors',
  isRandom: true,
  configurations: [
    { maxDepth: 1, learningRate: 0.2 },
    { maxDepth: 3, learningRate: 0.05 },
    { maxDepth: 5, learningRate: 0.05 },
  ],
  async fit(problem, fits, { signal }) {
    const { values, dimension, bins, training, validation } = binnedProblem(problem)
    const { numClasses } = problem
    const attackers = []
    for (const { config, rng, labels, validationLabels } of fits) {
      await pause(signal)
      const model = await fitGradientBoosting(
        { binned: training, labels: labels ?? problem.training.labels },
        {
          ...config,
          numClasses,
          l2,
          minLeafRows,
          rowShare,
          featureShare: Math.min(1, Math.max(0.2, featuresPerTree / dimension)),
          rounds: Math.min(maxRounds, Math.max(minRounds, Math.round(maxTrees / numClasses))),
          patience,
          validation: { binned: validation, labels: validationLabels ?? problem.validation.labels },
          breathe: () => pause(signal),
        },
        rng,
      )
      attackers.push({
        predict: (users: Int32Array) =>
          Promise.resolve(predictGradientBoosting(model, binRows(values, users, bins))),
      })
    }
    return attackers
  },
}

interface BinnedProblem {
  readonly values: Float32Array | Float64Array
  readonly dimension: number
  readonly bins: FeatureBins
  readonly training: BinnedRows
  readonly validation: BinnedRows
}

/** Fits on the same problem share its bins, also from one call to the next. */
const binnedProblems = new WeakMap<AttackProblem, BinnedProblem>()

function binnedProblem(problem: AttackProblem): BinnedProblem {
  const known = binnedProblems.get(problem)
  if (known !== undefined) return known
  const { evidence, training, validation } = problem
  if (evidence.kind !== 'vectors') {
    throw new VeilrecError('INVALID_ARGUMENT', 'trees attack vectors, not lists')
  }
  const { values, dimension } = evidence
  const bins = fitFeatureBins(values, dimension, training.users, maxBins)
  const made = {
    values,
    dimension,
    bins,
    training: binRows(values, training.users, bins),
    validation: binRows(values, validation.users, bins),
  }
  binnedProblems.set(problem, made)
  return made
}
