import type { ParameterStore } from '../../graph/parameter-store.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { erasureMap, setErasureLayer } from '../learning/start-from-erasure.js'
import type { FfvaeConfig } from './ffvae-settings.js'

/** A coordinate whose deviation is a smaller share of its root mean square is constant but for rounding. */
const constantShare = 1e-5

/**
 * Sets mean and deviation of every coordinate over all users, and the linear erasure of all attributes where `start` asks for it.
 *
 * @param store holds the parameters of the FFVAE.
 * @param data `vectors` `[numUsers, dimension]`.
 */
export function initializeFfvae(
  settings: FfvaeConfig,
  store: ParameterStore,
  data: { readonly dimension: number; readonly vectors: Float32Array; readonly labels: DefenceLabels },
): void {
  const { dimension, vectors, labels } = data
  const { data: mean } = store.get('moments/mean')
  const { data: deviation } = store.get('moments/deviation')
  const users = vectors.length / dimension
  for (let j = 0; j < dimension; j++) {
    let sum = 0
    for (let user = 0; user < users; user++) sum += vectors[user * dimension + j]!
    const average = sum / users
    let squares = 0
    for (let user = 0; user < users; user++) squares += (vectors[user * dimension + j]! - average) ** 2
    const spread = Math.sqrt(squares / users)
    mean[j] = average
    deviation[j] = spread > constantShare * Math.hypot(average, spread) ? spread : 0
  }
  if (settings.start !== 'erasure') return
  const { attributes } = labels
  setErasureLayer(store, 'erasure', erasureMap({ dimension, vectors, attributes, settings }))
}
