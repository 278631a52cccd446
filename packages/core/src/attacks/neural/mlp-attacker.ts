import { VeilrecError } from '../../errors/veilrec-error.js'
import type { AttackerKind, AttackProblem } from '../attacker.js'
import type { BatchedFeatures, PlacedFeatures } from './batched-features.js'
import type { NeuralConfig } from './neural-config.js'
import type { NetworkShape } from './batched-network.js'
import { trainNetworks } from './batched-training.js'
import { fitStandardizer } from '../linear/standardize.js'

/**
 * The perceptron of the papers' size on vectors, `d -> d -> C` with ReLU (evaluation.md rule 7); the hidden layer has 256
 * units at most, as its cost grows with the square and the papers' vectors are smaller.
 *
 * Vectors are standardised with the training users' statistics; training and early stopping are `trainNetworks`', with a
 * patience of 15 epochs. Strong weight decay is in the grid because weak leakage in many dimensions is found that way
 * only; the step of 3e-3 instead of protocols.md's 1e-3 finds the same in fewer epochs.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` on lists.
 */
export const mlpAttacker: AttackerKind<NeuralConfig> = vectorAttacker(
  'mlp',
  15,
  [
    { learningRate: 3e-3, weightDecay: 1e-4 },
    { learningRate: 3e-3, weightDecay: 1e-2 },
    { learningRate: 3e-3, weightDecay: 3e-2 },
    { learningRate: 3e-3, weightDecay: 1e-1 },
  ],
  (dimension) => ({ hidden: [Math.min(dimension, 256)], layerNorm: false, dropout: 0 }),
)

/**
 * As {@link mlpAttacker}, `d -> 256 -> 256 -> C` with layer normalisation before each ReLU and dropout 0.1 after it; two
 * configurations and a patience of 8 epochs, because a step costs six times as much.
 */
export const largeMlpAttacker: AttackerKind<NeuralConfig> = vectorAttacker(
  'large-mlp',
  8,
  [
    { learningRate: 3e-3, weightDecay: 3e-2 },
    { learningRate: 3e-3, weightDecay: 1e-1 },
  ],
  () => ({ hidden: [256, 256], layerNorm: true, dropout: 0.1 }),
)

function vectorAttacker(
  name: string,
  patience: number,
  configurations: readonly NeuralConfig[],
  layers: (dimension: number) => Pick<NetworkShape, 'hidden' | 'layerNorm' | 'dropout'>,
): AttackerKind<NeuralConfig> {
  return {
    name,
    evidence: 'vectors',
    isRandom: true,
    configurations,
    async fit(problem, fits, context) {
      const features = standardizedVectors(name, problem)
      const { numClasses } = problem
      const shape = { inputs: features.width, trainedInputs: false, numClasses, ...layers(features.width) }
      return trainNetworks(problem, fits, features, shape, patience, context)
    },
  }
}

/** Vectors standardised with the training users' statistics; a feature that is constant among them is 0 for everybody. */
function standardizedVectors(name: string, { evidence, training }: AttackProblem): BatchedFeatures {
  if (evidence.kind !== 'vectors') {
    throw new VeilrecError('INVALID_ARGUMENT', `${name} attacks vectors, not ${evidence.kind}`, {
      evidence: evidence.kind,
    })
  }
  const { values, dimension } = evidence
  const { mean, scale } = fitStandardizer(values, dimension, training.users)
  const factor = scale.map((deviation, j) => {
    // The weights of such a feature keep their random start, so that a value unseen in training would be noise.
    const tolerance = 1e-6 * Math.abs(mean[j]!)
    const varies = training.users.some(
      (user) => Math.abs(values[user * dimension + j]! - mean[j]!) > tolerance,
    )
    return varies ? 1 / deviation : 0
  })
  const rows = new Float32Array(values.length)
  for (let at = 0, j = 0; at < rows.length; at++, j = j + 1 === dimension ? 0 : j + 1) {
    rows[at] = (values[at]! - mean[j]!) * factor[j]!
  }
  const placed: PlacedFeatures = {
    write(users, target) {
      for (const [i, user] of users.entries()) {
        target.set(rows.subarray(user * dimension, (user + 1) * dimension), i * dimension)
      }
    },
    accumulate: () => undefined,
  }
  return { width: dimension, bytes: 0, place: () => placed }
}
