import { add, cast, greater, minimum } from '../graph/ops/elementwise.js'
import { takeTimeStep } from '../graph/ops/indexing.js'
import { sum } from '../graph/ops/reduction.js'
import { reshape } from '../graph/ops/shaping.js'
import type { Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/** Where the items of a batch of histories are, for a layer that is asked about the newest ones only. */
export interface NewestItems {
  /** float32 `[batch, time]`: 1 for an item, 0 for padding. */
  readonly isReal: Tensor
  /** float32 `[batch, 1]`: 0 for a history without items. */
  readonly exists: Tensor
  /** Of states `[batch, time, d]` those at the newest items, `[batch, 1, d]`; zero for a history without items. */
  readonly of: (states: Tensor) => Tensor
}

/** @param items int32 `[batch, time]`, oldest first, padded with 0 on the right. */
export function newestItems(items: Tensor): NewestItems {
  const isReal = cast(greater(items, 0), 'float32')
  const lengths = sum(isReal, { axes: [-1] })
  const places = cast(add(lengths, -1), 'int32')
  const [batch] = items.shape as readonly [Dim, Dim]
  return {
    isReal,
    exists: reshape(minimum(lengths, 1), [batch, 1]),
    of: (states) => reshape(takeTimeStep(states, places), [batch, 1, states.shape[2] as Dim]),
  }
}

/**
 * The state at the newest item of each history.
 *
 * @param states float32 `[batch, time, d]`
 * @param items int32 `[batch, time]`, oldest first, padded with 0 on the right.
 * @returns `[batch, d]`; zero for a history without items.
 */
export function newestState(states: Tensor, items: Tensor): Tensor {
  const [batch, , width] = states.shape as readonly [Dim, Dim, Dim]
  return reshape(newestItems(items).of(states), [batch, width])
}
