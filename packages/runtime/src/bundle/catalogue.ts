import type { ItemProperty } from '@veilrec/core'

/** What a bundle knows of its items; entries and rows 0 are padding. */
export interface BundleCatalogue {
  /** `[numItems + 1]` */
  readonly ids: readonly string[]
  /** `[numItems + 1]`; undefined where the data has none. */
  readonly titles: readonly string[] | undefined
  /** `[numItems + 1]`, how often an item occurs in the training interactions: what a non-profiled list is ordered by. */
  readonly popularity: Float64Array
  readonly properties: readonly ItemProperty[]
}
