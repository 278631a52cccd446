import type { Initializer } from '../graph/initializers.js'
import { add, mul } from '../graph/ops/elementwise.js'
import { slice } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticDim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import type { AttentionOptions } from './attention.js'
import { linear } from './linear.js'

/** A part of a transformer's block whose output is added to what came in. */
export type SubLayer = 'attention' | 'feedForward'

/** What somebody else puts into a trained transformer, block by block; what is left out changes nothing. */
export interface Insertions {
  /**
   * Rows `[1 or batch, n, width]` that stand before the items at the input of a block. Every item sees all of them. What a
   * block makes of these rows is not computed: the next one has rows of its own in their place.
   */
  readonly prompts?: (block: number) => Tensor
  /** The output of a sub-layer, of any shape `[..., width]`, changed before it is added to the residual of the same shape. */
  readonly adapt?: (block: number, place: SubLayer, output: Tensor, residual: Tensor) => Tensor
}

/** What stands for {@link Insertions.adapt} where there is none. */
export function unadapted(_block: number, _place: SubLayer, output: Tensor): Tensor {
  return output
}

/**
 * The keys and values of prompts as attention of that scope would make them of items, for every row of a batch.
 *
 * @param prompts `[1 or batch, n, width]`, normalised as the items are.
 * @param items `[batch, time, width]`; only the number of rows matters.
 */
export function promptPrefix(
  attention: Scope,
  prompts: Tensor,
  items: Tensor,
  initializer?: Initializer,
): NonNullable<AttentionOptions['prefix']> {
  const width = staticDim('promptPrefix', prompts.shape, -1)
  // [batch, 1, width], made of the items because the number of rows may be symbolic
  const none = mul(slice(items, 1, 0, 1), 0)
  const project = (name: string): Tensor => {
    return add(linear(attention.child(name), prompts, width, initializer ? { initializer } : {}), none)
  }
  return { keys: project('key'), values: project('value') }
}
