/**
 * What an outside recommender recommends, read from a run file: every user's list with a score for each item.
 *
 * The entries of user `u` are `offsets[u] .. offsets[u + 1]`, in the order of the file.
 */
export interface RunFile {
  /** `[numUsers + 1]`; a user without entries is missing from the file. */
  readonly offsets: Int32Array
  /** `[numEntries]`, item index in `1..numItems`; no item twice for one user. */
  readonly items: Int32Array
  /** `[numEntries]`, finite; the higher the better. For a file with ranks, the rank times -1. */
  readonly scores: Float64Array
  /** Rows of the file, those left out included. */
  readonly rows: number
  /** Users of the file that the data set does not have; their rows are left out. */
  readonly unknownUsers: UnknownIds
  /** Items of the file that the data set does not have; their rows are left out. */
  readonly unknownItems: UnknownIds
}

/** Ids that occur in a file and not in the data set. */
export interface UnknownIds {
  /** Number of different ids. */
  readonly count: number
  /** The first few, in the order of the file. */
  readonly examples: readonly string[]
}
