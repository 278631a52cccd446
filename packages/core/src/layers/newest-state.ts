import { add, cast, greater } from '../graph/ops/elementwise.js'
import { takeTimeStep } from '../graph/ops/indexing.js'
import { sum } from '../graph/ops/reduction.js'
import type { Tensor } from '../graph/tensor.js'

/**
 * The state at the newest item of each history.
 *
 * @param states float32 `[batch, time, d]`
 * @param items int32 `[batch, time]`, oldest first, padded with 0 on the right.
 * @returns `[batch, d]`; zero for a history without items.
 */
export function newestState(states: Tensor, items: Tensor): Tensor {
  const lengths = sum(cast(greater(items, 0), 'float32'), { axes: [-1] })
  return takeTimeStep(states, cast(add(lengths, -1), 'int32'))
}
