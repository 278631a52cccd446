import { constant } from '../../graph/initializers.js'
import { dot, matmul } from '../../graph/ops/linear-algebra.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import type { Recommender } from '../../models/recommender.js'
import { Rng } from '../../random.js'

/** How a trained recommender scores, for the loss of a veil that leaves it as it is. */
export interface FrozenScorer {
  readonly numItems: number
  /** Its parameters: the frozen part of the veil's store. */
  readonly store: ParameterStore
  /** Scores `[batch]` of one item each, int32 ids `[batch]`, an input of the trace; from any scope. */
  one(scope: Scope, vectors: Tensor, items: Tensor): Tensor
  /** Scores `[batch, n]` of items that all rows share, int32 ids `[n]`, an input of the trace; from any scope. */
  shared(scope: Scope, vectors: Tensor, items: Tensor): Tensor
}

/**
 * The scorer of a trained recommender. A veil's parameters are in a `new ParameterStore(rng, store)`, in which those of the
 * recommender are frozen.
 */
export function frozenScorer(
  { scorer }: Pick<Recommender, 'scorer'>,
  store: ParameterStore,
  numItems: number,
): FrozenScorer {
  return {
    numItems,
    store,
    one: (scope, vectors, items) => scorer.one(scope.root(), vectors, items),
    shared: (scope, vectors, items) => scorer.shared(scope.root(), vectors, items),
  }
}

const tableName = 'frozenItems'

/**
 * The scorer of item vectors from elsewhere: the score is the inner product.
 *
 * @param itemVectors `[numItems + 1, dimension]`, row 0 padding; copied.
 * @param trained the store of the recommender, where the veil reads more of it than its item vectors.
 */
export function innerProductScorer(
  itemVectors: Float32Array,
  dimension: number,
  trained?: ParameterStore,
): FrozenScorer {
  const store = new ParameterStore(Rng.fromSeed(0), trained)
  const shape = [itemVectors.length / dimension, dimension]
  const copy = (values: Float32Array): void => values.set(itemVectors)
  store.declare(tableName, shape, copy, { update: 'lazy' })
  const lookup = (scope: Scope, items: Tensor): Tensor => {
    const root = scope.root()
    return root.lookup(root.parameter(tableName, shape, constant(0), { update: 'lazy' }), items)
  }
  return {
    numItems: shape[0]! - 1,
    store,
    one: (scope, vectors, items) => dot(vectors, lookup(scope, items)),
    shared: (scope, vectors, items) => matmul(vectors, lookup(scope, items), { transposeB: true }),
  }
}
