import { userGroups } from '../../dataset.js'
import type { Initializer } from '../../graph/initializers.js'
import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import { fitLinearErasure } from '../linear-erasure.js'
import type { DefenceAttribute } from './defence-labels.js'

/**
 * A linear erasure inside a model, `[batch, d]` to `[batch, d]`: the identity until {@link fitErasureLayer} sets it. No player should train
 * it: what is computed from its output can then never tell again what it removed. Parameters: `weight`, `bias`.
 */
export function erasureLayer(scope: Scope, x: Tensor): Tensor {
  return linear(scope, x, staticDim('erasureLayer', x.shape, -1), { initializer: identity })
}

/** User vectors and what may be known of the users. */
export interface ErasureLayerInput {
  readonly dimension: number
  /** `[numUsers, dimension]` row-major. */
  readonly vectors: Float32Array
  /** What to erase; only the labels that train are read. */
  readonly attributes: readonly DefenceAttribute[]
  /** See `fitLinearErasure`. */
  readonly shrinkage: number
  /** See `fitLinearErasure`. */
  readonly rank?: number
}

/**
 * Sets the {@link erasureLayer} of that path to the linear erasure of some attributes.
 *
 * @throws VeilrecError `GRAPH_INVALID` unless the store already holds the layer; as `fitLinearErasure` otherwise.
 */
export function fitErasureLayer(store: ParameterStore, path: string, input: ErasureLayerInput): void {
  const { dimension, vectors, attributes: erased, ...options } = input
  const attributes = erased.map(({ name, numClasses, training }) => ({
    name,
    classes: Array.from({ length: numClasses }, (_, c) => String(c)),
    codes: training,
  }))
  // Whose label may not train has none here, so that everybody can stand as a defence user.
  const userGroup = new Uint8Array(vectors.length / dimension).fill(userGroups.indexOf('defence'))
  const { projection, bias } = fitLinearErasure({ vectors, dimension, attributes, userGroup, ...options })
  // A layer multiplies from the right: its weight is the transpose.
  const weight = store.get(`${path}/weight`).data
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) weight[j * dimension + i] = projection[i * dimension + j]!
  }
  store.get(`${path}/bias`).data.set(bias)
}

const identity: Initializer = (values, [rows = 0]) => {
  for (let i = 0; i < rows; i++) values[i * (rows + 1)] = 1
}
