import { afrlModel, afrlPresets, afrlSchema, afrlVeil, initializeAfrl } from '@veilrec/core'

import { vectorKind } from './vector-kind.js'

/**
 * `afrl`: the user vectors of the frozen recommender are parted into one embedding for each attribute and one without any of
 * them, and what the requirement does not hide is fused again (`afrlModel` of `@veilrec/core`, Zhu et al. 2024).
 *
 * Tensors: the parameters of `afrlVeil`, float32.
 */
export const afrlKind = vectorKind({
  method: 'afrl',
  summary:
    'one model for all requirements that fuses an attribute-free embedding with those of kept attributes',
  schema: afrlSchema,
  presets: afrlPresets,
  veil: (config, { attributes }) => afrlVeil(config, attributes.length),
  model: (config, { labels }) => afrlModel(config, labels),
  initialize: initializeAfrl,
})
