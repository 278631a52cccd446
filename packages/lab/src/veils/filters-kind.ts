import {
  drawFolds,
  filtersMethod,
  filtersModel,
  filtersPresets,
  filtersSchema,
  filtersVeil,
  initializeFilters,
  jointFilters,
  jointFiltersPresets,
  jointFiltersSchema,
  toldByItems,
  type JointFiltersConfig,
} from '@veilrec/core'

import type { JointMethod } from './joint-method.js'
import { vectorKind } from './vector-kind.js'

/** Filters and recommender in one game, nothing frozen (`jointFilters` of `@veilrec/core`). */
const joint: JointMethod<JointFiltersConfig> = {
  schema: jointFiltersSchema,
  presets: jointFiltersPresets,
  async game(config, { runtime, numItems, ...input }) {
    if (config.learnFrom === 'labels') return jointFilters({ config, ...input })
    const { labels, histories, rng } = input
    const foldOfUser = drawFolds(labels, rng)
    const told: (Float32Array | undefined)[] = []
    for (const attribute of labels.attributes) {
      told.push(await toldByItems({ attribute, histories, numItems, foldOfUser, context: { runtime } }))
    }
    return jointFilters({ config, ...input, told })
  },
  stored(config) {
    const { learnFrom: _, ...known } = config
    return known
  },
  veil: (config) => filtersVeil(config),
}

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
  joint,
})
