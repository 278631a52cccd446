import type { Initializer } from '../../graph/initializers.js'
import { add, mul } from '../../graph/ops/elementwise.js'
import { gather } from '../../graph/ops/indexing.js'
import { concat, reshape, slice } from '../../graph/ops/shaping.js'
import type { Scope } from '../../graph/scope.js'
import type { Dim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'

/** An attribute with a row in the user prompt. */
export interface PromptedAttribute {
  readonly name: string
  readonly numClasses: number
}

/** What {@link prompt} is made of. */
export interface PromptShape {
  /** Rows of the task prompt. */
  readonly taskPrompts: number
  /** In the order of their rows. */
  readonly attributes: readonly PromptedAttribute[]
  readonly width: number
  readonly initializer: Initializer
}

/**
 * The rows before the items of a block, `[1 or batch, taskPrompts + attributes, width]` (PFRec section 2.3.2): first the
 * task prompt, rows of the block's own, then the user prompt, for each attribute the row of the user's value in a
 * table that all blocks share. Row 0 of a table stands for an unknown value.
 *
 * Parameters: `task/BLOCK` and `user/ATTRIBUTE`, all in the initial distribution of `initializer`.
 *
 * @param codes int32 `[batch]` for each attribute, 1 + class or 0 for unknown; left out where nothing is known of anybody, as
 * always when a veil serves.
 */
export function prompt(scope: Scope, shape: PromptShape, block: number, codes?: readonly Tensor[]): Tensor {
  const { taskPrompts, attributes, width, initializer } = shape
  const rows = scope.child('task').parameter(String(block), [taskPrompts, width], initializer)
  const task = reshape(rows, [1, taskPrompts, width])
  const user = attributes.map(({ name, numClasses }, index) => {
    const table = scope.child('user').parameter(name, [numClasses + 1, width], initializer)
    const known = codes?.[index]
    if (!known) return reshape(slice(table, 0, 0, 1), [1, 1, width])
    return reshape(gather(table, known), [known.shape[0] as Dim, 1, width])
  })
  const [first] = user
  if (!first) return task
  return concat([codes ? add(task, mul(first, 0)) : task, ...user], 1)
}
