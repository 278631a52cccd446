import type { ParameterStore } from '../../graph/parameter-store.js'
import type { DefenceLabels } from '../learning/defence-labels.js'
import { erasureMap, setErasureLayer } from '../learning/start-from-erasure.js'
import { filterRequirement, numFilters } from './filter-shares.js'
import type { FiltersConfig } from './filters-settings.js'

/**
 * Lets every filter start from the linear erasure of what it hides, fitted on the labels that train, where they are to.
 *
 * @param store holds the parameters of the filters.
 * @param data `vectors` `[numUsers, dimension]`.
 */
export function initializeFilters(
  settings: FiltersConfig,
  store: ParameterStore,
  data: { readonly dimension: number; readonly vectors: Float32Array; readonly labels: DefenceLabels },
): void {
  const { mode, start } = settings
  if (start !== 'erasure') return
  const { dimension, vectors, labels } = data
  const count = labels.attributes.length
  for (let filter = 0; filter < numFilters(mode, count); filter++) {
    const attributes = filterRequirement(mode, filter, count).map((index) => labels.attributes[index]!)
    setErasureLayer(
      store,
      `filters/${filter}/erasure`,
      erasureMap({ dimension, vectors, attributes, settings }),
    )
  }
}
