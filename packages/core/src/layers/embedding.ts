import { normal, type Initializer } from '../graph/initializers.js'
import type { ParameterOptions } from '../graph/parameter-store.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'

/** Size and treatment of an embedding table. */
export interface EmbeddingOptions extends ParameterOptions {
  /** Number of rows, the padding row included. */
  readonly rows: number
  /** Length of a row. */
  readonly width: number
  /** Default N(0, 0.02^2). */
  readonly initializer?: Initializer
}

/**
 * Above this many values a table is updated lazily by default. Below it, one dense pass over table
 * and moments costs less than a step's own noise and keeps the exact optimizer.
 */
export const lazyTableValues = 4_000_000

/** A table of vectors, one row per id; look rows up with {@link Scope.lookup}. Parameter: `weight` `[rows, width]`. */
export function embeddingTable(scope: Scope, options: EmbeddingOptions): Tensor {
  const { rows, width, initializer = normal(0.02), paddingRow = true } = options
  const update = options.update ?? (rows * width > lazyTableValues ? 'lazy' : 'dense')
  return scope.parameter('weight', [rows, width], initializer, { update, paddingRow })
}
