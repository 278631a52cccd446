import { z } from 'zod'

import { userGroups } from '../../dataset.js'
import type { Initializer } from '../../graph/initializers.js'
import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import { linear } from '../../layers/linear.js'
import type { AffineMap } from '../affine-map.js'
import { fitLinearErasure } from '../linear-erasure.js'
import type { DefenceAttribute } from './defence-labels.js'

/** Settings of a linear erasure that a veil starts from; part of its own schema. */
export const erasureSettings = {
  erasureShrinkage: z
    .number()
    .min(0)
    .default(1)
    .describe('of the linear erasure: added to every eigenvalue of the correlations, whose mean is 1'),
  erasureRank: z
    .int()
    .min(1)
    .nullable()
    .default(5)
    .describe(
      'of the linear erasure: how many directions to erase at most; null: all that differ between classes',
    ),
} as const

/**
 * A linear erasure inside a model, `[batch, d]` to `[batch, d]`: the identity until {@link setErasureLayer} sets it. What is computed
 * from its output alone can never tell again what it removed, as long as no player trains it. Parameters: `weight`, `bias`.
 */
export function erasureLayer(scope: Scope, x: Tensor): Tensor {
  return linear(scope, x, staticDim('erasureLayer', x.shape, -1), { initializer: identity })
}

/** User vectors and what may be known of the users. */
export interface ErasureInput {
  readonly dimension: number
  /** `[numUsers, dimension]` row-major. */
  readonly vectors: Float32Array
  /** What to erase; only the labels that train are read. */
  readonly attributes: readonly DefenceAttribute[]
  /** Of the veil. */
  readonly settings: z.output<z.ZodObject<typeof erasureSettings>>
}

/**
 * The linear erasure of some attributes by the labels that train.
 *
 * @throws VeilrecError as `fitLinearErasure`.
 */
export function erasureMap({ dimension, vectors, attributes: erased, settings }: ErasureInput): AffineMap {
  const attributes = erased.map(({ name, numClasses, training }) => ({
    name,
    classes: Array.from({ length: numClasses }, (_, c) => String(c)),
    codes: training,
  }))
  // Whose label may not train has none here, so that everybody can stand as a defence user.
  const userGroup = new Uint8Array(vectors.length / dimension).fill(userGroups.indexOf('defence'))
  const { erasureShrinkage: shrinkage, erasureRank } = settings
  const rank = erasureRank === null ? {} : { rank: erasureRank }
  return fitLinearErasure({ vectors, dimension, attributes, userGroup, shrinkage, ...rank })
}

/**
 * Sets the {@link erasureLayer} of that path.
 *
 * @throws VeilrecError `GRAPH_INVALID` unless the store already holds the layer.
 */
export function setErasureLayer(
  store: ParameterStore,
  path: string,
  { dimension, projection, bias }: AffineMap,
): void {
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
