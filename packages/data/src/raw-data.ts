import type { UserAttribute } from '@veilrec/core'

/**
 * What a {@link DatasetSource} reads: everything there is, unfiltered, in the source's own order.
 *
 * Users and items are numbered from 0 in the order of their ids.
 */
export interface RawData {
  /** Original user ids, each once. */
  readonly userIds: readonly string[]
  /** Original item ids, each once. */
  readonly itemIds: readonly string[]
  /** Titles by item number, where the source has them. */
  readonly itemTitles?: readonly string[]
  /** Codes are by user number; classes nobody has are allowed here. */
  readonly attributes: readonly UserAttribute[]
  /** `[numRows]`, user number of each interaction, in source row order. */
  readonly user: Int32Array
  /** `[numRows]`, item number. */
  readonly item: Int32Array
  /** `[numRows]`, seconds since 1970; whole numbers. */
  readonly time: Float64Array
}
