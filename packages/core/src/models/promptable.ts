import type { Scope } from '../graph/scope.js'
import type { Tensor } from '../graph/tensor.js'
import type { Insertions } from '../layers/insertions.js'

/**
 * A transformer that prompts and adapters can be put into after it was trained. Parameters are those of the recommender, from
 * the top of its tree; nothing is dropped out, even in a trace for training: who learns to change user vectors meets
 * them as they serve. Item vectors are in a table `items/weight` `[numItems + 1, width]`.
 */
export interface Promptable {
  readonly numBlocks: number
  /** Width of the states inside, that of prompts. */
  readonly width: number
  /** User vectors `[batch, dimension]` as `Recommender.userVectors`; without insertions the same. */
  userVectors(scope: Scope, query: Tensor, insertions: Insertions): Tensor
  /**
   * `[batch, time, dimension]`: the user vector of every beginning of a query, all at once. Left out where a state also
   * depends on later items. At padding it may be anything.
   */
  readonly prefixVectors?: (scope: Scope, query: Tensor, insertions: Insertions) => Tensor
}
