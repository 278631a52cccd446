import { dot, matmul } from '../graph/ops/linear-algebra.js'
import { concat } from '../graph/ops/shaping.js'
import type { ParameterStore } from '../graph/parameter-store.js'
import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import { vectorScores, type ScoreRows } from '../metrics/vector-scores.js'

/**
 * How a recommender scores items for user vectors: in a graph, where a loss is made of scores or a model is exported, and
 * outside of one, where catalogues are ranked. The two agree up to rounding.
 *
 * A scope is the top of the recommender's parameter tree, as for its user vectors.
 */
export interface Scorer {
  /** Traces scores `[batch]` of one item each for `vectors` `[batch, dimension]`; int32 ids `[batch]`, an input of the trace. */
  one(scope: Scope, vectors: Tensor, items: Tensor): Tensor
  /** Traces scores `[batch, n]` of items that all rows share; int32 ids `[n]`, an input of the trace. */
  shared(scope: Scope, vectors: Tensor, items: Tensor): Tensor
  /** Traces scores `[batch, numItems + 1]` of the catalogue, by item index, in a trace that has its tables whole; `batch` may be symbolic. */
  catalogue(scope: Scope, vectors: Tensor): Tensor
  /**
   * Scores of the catalogue by the present parameters, one row per user vector. Deterministic, and equal vectors tie exactly.
   *
   * @param userVectors `[numUsers, dimension]` row-major.
   * @throws VeilrecError `NOT_FINITE` naming the user or the item whose vector holds a NaN or an infinity; `INVALID_ARGUMENT`
   * for vectors that are not whole rows.
   */
  scores(store: ParameterStore, userVectors: Float32Array): ScoreRows
  /**
   * The item vectors `[numItems + 1, dimension]` of the present parameters, row-major, row 0 padding, where the score is an inner
   * product; left out where it is not.
   */
  readonly itemVectors?: (store: ParameterStore) => Float32Array
}

/** Where the item vectors of {@link innerProduct} are. */
export interface ItemVectors {
  /** Tables `[numItems + 1, width]` whose rows, side by side, are the item vectors; row 0 is padding. */
  readonly tables: (scope: Scope) => readonly [Tensor, ...Tensor[]]
  /** The item vectors `[numItems + 1, dimension]` of the present parameters, row-major. */
  readonly values: (store: ParameterStore) => Float32Array
  readonly dimension: number
}

/** `score(u, i) = <u, v_i>` for user vectors u and item vectors v. */
export function innerProduct({ tables, values, dimension }: ItemVectors): Scorer {
  const sideBySide = ([first, ...others]: readonly [Tensor, ...Tensor[]]): Tensor => {
    return others.length === 0 ? first : concat([first, ...others], -1)
  }
  const lookup = (scope: Scope, items: Tensor): Tensor => {
    const [first, ...others] = tables(scope)
    return sideBySide([scope.lookup(first, items), ...others.map((table) => scope.lookup(table, items))])
  }
  return {
    one: (scope, vectors, items) => dot(vectors, lookup(scope, items)),
    shared: (scope, vectors, items) => matmul(vectors, lookup(scope, items), { transposeB: true }),
    catalogue: (scope, vectors) => matmul(vectors, sideBySide(tables(scope)), { transposeB: true }),
    scores: (store, userVectors) => vectorScores({ userVectors, itemVectors: values(store), dimension }),
    itemVectors: values,
  }
}
