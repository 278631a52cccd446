import { relu, stopGradient, sub } from '../../graph/ops/elementwise.js'
import { concat } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import { layerNorm } from '../../layers/norm.js'
import type { VectorAudience, VectorModel, VectorPlayer } from '../vector-veil/vector-model.js'
import { standardized } from './dependence.js'
import { overHidden, toldCrossEntropy } from './opponent.js'
import type { VeilTrainingConfig } from './veil-settings.js'

type ListenerSettings = Pick<VeilTrainingConfig, 'adversaryLearningRate' | 'adversaryWeightDecay'> & {
  readonly listenerWeight: number
}

const hiddenSize = 256
const dropout = 0.3

/**
 * How badly listeners tell from the veiled vectors of an audience what `distilledLabels` tells of them: the sum of their
 * cross-entropies over the attributes that its requirement hides, a scalar. A listener is a network of two hidden layers for each attribute,
 * which sees the vectors standardised over the audience beside the requirement.
 *
 * Departure from the papers, whose adversaries learn the labels of some users: listeners learn probabilities of everybody, of which
 * there is nothing to be known by heart that the veil should not hide. They find what {@link dependence} is nearly deaf to, what a veil
 * with hidden layers tells by many coordinates together.
 *
 * Parameters: `INDEX/first`, `INDEX/second`, `INDEX/output` by attribute.
 */
export function listenersLoss(
  scope: Scope,
  veiled: Tensor,
  { hidden, probabilities }: VectorAudience,
): Tensor {
  const view = concat([standardized(veiled), sub(hidden, 0.5)], 1)
  return overHidden(heardLosses(scope, view, probabilities), hidden)
}

/**
 * The cross-entropy of the listener of each attribute, a scalar each.
 *
 * @param view `[n, width]`, what they see.
 * @param probabilities `[n, classes]` for each attribute.
 */
export function heardLosses(scope: Scope, view: Tensor, probabilities: readonly Tensor[]): Tensor[] {
  return probabilities.map((told, index) => {
    const network = scope.child(String(index))
    const layer = (name: string, input: Tensor): Tensor => {
      const part = network.child(name)
      return part.dropout(relu(layerNorm(part.child('norm'), linear(part, input, hiddenSize))), dropout)
    }
    const numClasses = staticDim('listenersLoss', told.shape, 1)
    return toldCrossEntropy(
      linear(network.child('output'), layer('second', layer('first', view)), numClasses),
      told,
    )
  })
}

/**
 * The player that trains the listeners of a veil at `path`, which stands still; none where they weigh nothing.
 *
 * @param veil what gives the vectors they hear.
 */
export function listeningPlayers(
  path: string,
  veil: VectorModel['veil'],
  settings: ListenerSettings,
): VectorPlayer[] {
  if (settings.listenerWeight === 0) return []
  const player: VectorPlayer = {
    name: path,
    steps: 1,
    trains: (parameter) => parameter.startsWith(`${path}/`),
    schedule: 'constant',
    optimizer: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      learningRate: settings.adversaryLearningRate,
      weightDecay: settings.adversaryWeightDecay,
    },
    objective(scope, batch) {
      const audience = batch.audience as VectorAudience
      const veiled = stopGradient(veil(scope, audience.vectors, audience.hidden))
      return { loss: listenersLoss(listenersAt(scope, path), veiled, audience) }
    },
  }
  return [player]
}

/** Where the listeners of that path are. */
export function listenersAt(scope: Scope, path: string): Scope {
  return path.split('/').reduce((at, name) => at.child(name), scope.root())
}
