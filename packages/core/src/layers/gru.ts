import { constant, xavierUniform } from '../graph/initializers.js'
import { add, mul, sigmoid, sub, tanh } from '../graph/ops/elementwise.js'
import { affine } from '../graph/ops/linear-algebra.js'
import { concat, reshape, slice, split, zeros } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticShape } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/**
 * Gated recurrent unit over `[batch, time, in]`, giving all states `[batch, time, hidden]`, in
 * PyTorch's form: `r, z = sigmoid(W x + U h)`, `n = tanh(W_n x + b_n + r (U_n h + c_n))`,
 * `h' = (1 - z) n + z h`. Unrolled over time; the product with all inputs is taken at once.
 *
 * Parameters: `input/weight` `[in, 3 hidden]`, `state/weight` `[hidden, 3 hidden]` and their biases,
 * gates in the order r, z, n.
 */
export function gru(scope: Scope, x: Tensor, hidden: number): Tensor {
  const [batch = 0, time = 0, inputs = 0] = staticShape('gru', x.shape)
  const parameters = (name: string, rows: number): readonly [Tensor, Tensor] => [
    scope.child(name).parameter('weight', [rows, 3 * hidden], xavierUniform()),
    scope.child(name).parameter('bias', [3 * hidden], constant(0)),
  ]
  const [inputWeight, inputBias] = parameters('input', inputs)
  const [stateWeight, stateBias] = parameters('state', hidden)
  const fromInput = affine(x, inputWeight, inputBias)

  let state = zeros(x.graph, [batch, hidden])
  const states: Tensor[] = []
  for (let step = 0; step < time; step++) {
    const input = reshape(slice(fromInput, 1, step, step + 1), [batch, 3 * hidden])
    const [inputReset, inputUpdate, inputNew] = split(input, [hidden, hidden, hidden], 1) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const [stateReset, stateUpdate, stateNew] = split(
      affine(state, stateWeight, stateBias),
      [hidden, hidden, hidden],
      1,
    ) as [Tensor, Tensor, Tensor]
    const reset = sigmoid(add(inputReset, stateReset))
    const update = sigmoid(add(inputUpdate, stateUpdate))
    const candidate = tanh(add(inputNew, mul(reset, stateNew)))
    state = add(candidate, mul(update, sub(state, candidate)))
    states.push(reshape(state, [batch, 1, hidden]))
  }
  return concat(states as [Tensor, ...Tensor[]], 1)
}
