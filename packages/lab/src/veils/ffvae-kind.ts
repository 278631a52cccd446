import { ffvaeMethod, ffvaeModel, ffvaePresets, ffvaeSchema, ffvaeVeil, initializeFfvae } from '@veilrec/core'

import { vectorKind } from './vector-kind.js'

/**
 * `ffvae`: the user vectors of the frozen recommender are coded as a part that tells of no attribute and one part for each, and
 * decoded without the parts of hidden attributes (`ffvaeModel` of `@veilrec/core`, Creager et al. 2019).
 *
 * Tensors: the parameters of `ffvaeVeil`, float32.
 */
export const ffvaeKind = vectorKind({
  method: ffvaeMethod,
  summary:
    'a variational autoencoder with a part for each attribute, which is left out where the attribute is hidden',
  schema: ffvaeSchema,
  presets: ffvaePresets,
  veil: (config, shape) => ffvaeVeil(config, shape),
  model: ffvaeModel,
  initialize: initializeFfvae,
})
