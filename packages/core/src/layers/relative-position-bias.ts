import { normal } from '../graph/initializers.js'
import { gather } from '../graph/ops/indexing.js'
import { transpose } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'

/** Options of {@link relativePositionBias}. */
export interface RelativePositionOptions {
  readonly heads: number
  readonly queries: number
  readonly keys: number
  /** Distances to both sides (an encoder) or to the past only (a decoder). */
  readonly bidirectional: boolean
  readonly buckets?: number
  readonly maxDistance?: number
}

/**
 * T5's relative position bias (Raffel et al. 2020, section 2.1): a trained score per head and bucket of
 * `key - query`, `[heads, queries, keys]`. Parameter: `weight` `[buckets, heads]`.
 */
export function relativePositionBias(scope: Scope, options: RelativePositionOptions): Tensor {
  const { heads, queries, keys, bidirectional, buckets = 32, maxDistance = 128 } = options
  const table = scope.parameter('weight', [buckets, heads], normal(0.02))
  const indices = Int32Array.from({ length: queries * keys }, (_, index) => {
    const distance = (index % keys) - Math.floor(index / keys)
    return relativePositionBucket(distance, { bidirectional, buckets, maxDistance })
  })
  return transpose(gather(table, scope.graph.constant(indices, 'int32', [queries, keys])), [2, 0, 1])
}

/**
 * Bucket of a distance `key - query`: half of the buckets (of one side) count exactly, the rest grow
 * logarithmically up to `maxDistance`.
 */
export function relativePositionBucket(
  distance: number,
  options: { readonly bidirectional: boolean; readonly buckets: number; readonly maxDistance: number },
): number {
  const side = options.bidirectional ? options.buckets / 2 : options.buckets
  const offset = options.bidirectional && distance > 0 ? side : 0
  const length = options.bidirectional ? Math.abs(distance) : Math.max(-distance, 0)
  const exact = side / 2
  if (length < exact) return offset + length
  const growth = Math.log(length / exact) / Math.log(options.maxDistance / exact)
  return offset + Math.min(exact + Math.floor(growth * (side - exact)), side - 1)
}
