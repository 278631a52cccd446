import {
  filtersMethod,
  filtersModel,
  filtersPresets,
  filtersSchema,
  filtersVeil,
  initializeFilters,
} from '@veilrec/core'

import { vectorKind } from './vector-kind.js'

/**
 * `filters`: the user vectors of the frozen recommender go through the filter of their requirement, or through those of its
 * attributes (`filtersModel` of `@veilrec/core`, Li et al. 2021).
 *
 * Tensors: the parameters of `filtersVeil`, float32.
 */
export const filtersKind = vectorKind({
  method: filtersMethod,
  summary:
    'a filter network for every requirement, or one for every attribute, trained against discriminators',
  schema: filtersSchema,
  presets: filtersPresets,
  veil: (config) => filtersVeil(config),
  model: (config, { labels }) => filtersModel(config, labels),
  initialize: initializeFilters,
})
