import type { ItemProperty, UserAttribute } from '@veilrec/core'

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
  /** `[numRows]`, seconds since 1970; finite. Finer times keep their fraction, so milliseconds are divided by 1000. */
  readonly time: Float64Array
  /** By item number from 0, so `offsets` is `[numItems + 1]` here. */
  readonly itemProperties?: readonly ItemProperty[]
  /** Rows that were left out for a rating below `minRating`; none when left out. */
  readonly belowMinRating?: number
  /** Rows that were malformed and left out, because the user asked for that; none when left out. */
  readonly skipped?: SkippedRows
  /** What the user should know about how the files were read, a sentence each; nothing when left out. */
  readonly notes?: readonly string[]
  /** The files that were read. */
  readonly files?: readonly SourceFile[]
}

/** Rows left out with `onBadRow: 'skip'`. */
export interface SkippedRows {
  readonly count: number
  /** The first few, as `file:line: what is wrong`; sensitive values are not shown. */
  readonly examples: readonly string[]
}

/** A file that a source read. */
export interface SourceFile {
  readonly name: string
  readonly sha256: string
  /** Whether these are the bytes that the publisher gives out; null where the publisher's hash is not known. */
  readonly asPublished: boolean | null
}
