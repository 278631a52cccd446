import type { Initializer } from '../graph/initializers.js'

/** How users become rows of numbers for a {@link batchedNetwork}. */
export interface BatchedFeatures {
  /** Length of a row. */
  readonly width: number
  /** A table that each fit trains along with its network; left out where the rows are given. */
  readonly table?: FeatureTable
  /** Writes the rows of `users` behind one another into `target`; `values` are those of the fit's table. */
  write(users: Int32Array, target: Float32Array, values: Float32Array): void
}

/** A trained table behind {@link BatchedFeatures}. */
export interface FeatureTable {
  readonly rows: number
  readonly initializer: Initializer
  /** Adds to `tableGradient` what the gradient of the rows of `users`, as written, says of the table. */
  accumulate(users: Int32Array, gradient: Float32Array, tableGradient: Float32Array): void
}
