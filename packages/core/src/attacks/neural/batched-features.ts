import type { Initializer } from '../../graph/initializers.js'
import type { TrainingMemory } from './training-memory.js'

/** How users become rows of numbers for a {@link batchedNetwork}. */
export interface BatchedFeatures {
  /** Length of a row. */
  readonly width: number
  /** A table that each fit trains along with its network; left out where the rows are given. */
  readonly table?: { readonly rows: number; readonly initializer: Initializer }
  /** What {@link BatchedFeatures.place} takes of the memory. */
  readonly bytes: number
  /** Gets ready to write; what was placed is valid until the memory is cleared. */
  place(memory: TrainingMemory): PlacedFeatures
}

/** {@link BatchedFeatures} at work; tables and their gradients lie in the memory. */
export interface PlacedFeatures {
  /** Writes the rows of `users` behind one another into `target`; `table` is the fit's. */
  write(users: Int32Array, target: Float32Array, table: Float32Array): void
  /** Adds to `tableGradient` what the gradient of the rows of `users`, as written, says of the table. */
  accumulate(users: Int32Array, gradient: Float32Array, tableGradient: Float32Array): void
}
