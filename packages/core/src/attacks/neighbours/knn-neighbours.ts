import { topK } from '../../metrics/top-k.js'
import { vectorScores } from '../../metrics/vector-scores.js'

/** The nearest reference rows of every query, nearest first. */
export interface Neighbours {
  /** Neighbours of each query: as many as asked for, or as there are reference rows. */
  readonly count: number
  /** `[queries, count]` row-major, reference rows. */
  readonly rows: Int32Array
  /** `[queries, count]` row-major, Euclidean distances. */
  readonly distances: Float64Array
}

/**
 * The `k` nearest reference rows of every query by Euclidean distance, exactly; ties go to the lower row.
 *
 * Ranks by `<q, r> - |r|^2 / 2 = (|q|^2 - |q - r|^2) / 2` with the kernel of full ranking, the norm of the reference
 * row as one more dimension. Sums run in the order of the dimensions, so that a query that equals a reference row is
 * at distance 0, not at rounding error.
 *
 * @param queries `[n, dimension]` row-major, finite.
 * @param references `[m, dimension]` row-major, finite, m at least 1.
 * @param breathe awaited every few queries, to let waiting events in.
 */
export async function nearestNeighbours(
  queries: Float64Array,
  references: Float64Array,
  dimension: number,
  k: number,
  breathe: () => Promise<void>,
): Promise<Neighbours> {
  const numQueries = queries.length / dimension
  const numReferences = references.length / dimension
  const wide = dimension + 1
  // Row 0 is padding, which ranking never returns.
  const itemVectors = new Float64Array((numReferences + 1) * wide)
  for (let row = 0; row < numReferences; row++) {
    const vector = references.subarray(row * dimension, (row + 1) * dimension)
    itemVectors.set(vector, (row + 1) * wide)
    itemVectors[(row + 2) * wide - 1] = -squaredNorm(vector) / 2
  }
  const userVectors = new Float64Array(numQueries * wide)
  const norms = new Float64Array(numQueries)
  for (let row = 0; row < numQueries; row++) {
    const vector = queries.subarray(row * dimension, (row + 1) * dimension)
    userVectors.set(vector, row * wide)
    userVectors[(row + 1) * wide - 1] = 1
    norms[row] = squaredNorm(vector)
  }
  const scoresOf = vectorScores({ userVectors, itemVectors, dimension: wide })

  const count = Math.min(k, numReferences)
  const rows = new Int32Array(numQueries * count)
  const distances = new Float64Array(numQueries * count)
  for (let query = 0; query < numQueries; query++) {
    if (query % queriesPerTurn === 0) await breathe()
    const best = topK(scoresOf(query), count)
    for (let place = 0; place < count; place++) {
      rows[query * count + place] = best.items[place]! - 1
      const squared = norms[query]! - 2 * best.scores[place]!
      distances[query * count + place] = Math.sqrt(Math.max(0, squared))
    }
  }
  return { count, rows, distances }
}

/** A multiple of the kernel's block of users. */
const queriesPerTurn = 512

/** In the order of the dimensions, as the kernel adds. */
function squaredNorm(vector: Float64Array): number {
  let sum = 0
  for (let j = 0; j < vector.length; j++) sum += vector[j]! * vector[j]!
  return sum
}
