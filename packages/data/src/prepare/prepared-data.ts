import type { Histories, ItemProperty, UserAttribute } from '@veilrec/core'

/** Filtered and ordered data, as it is hashed, split and stored; everything is dense and every class occurs. */
export interface PreparedData {
  /** By user index. */
  readonly userIds: readonly string[]
  /** By item index; entry 0 is the empty string (padding). */
  readonly itemIds: readonly string[]
  /** By item index, entry 0 is the empty string. */
  readonly itemTitles?: readonly string[]
  /** Values are numbered in the order in which they first occur. */
  readonly itemProperties?: readonly ItemProperty[]
  readonly attributes: readonly UserAttribute[]
  /** Oldest first within a user, ties in source row order; on shared memory. */
  readonly histories: Histories
  /** `[numInteractions]`, seconds since 1970, along `histories.items`. */
  readonly times: Float64Array
}

/** How many interactions each filter dropped, in the order in which the filters come. */
export interface DroppedInteractions {
  readonly minRating: number
  readonly minInteractions: number
  readonly kCore: number
  readonly maxHistory: number
}
