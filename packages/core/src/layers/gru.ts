import { constant, xavierUniform } from '../graph/initializers.js'
import { add, mul, sigmoid, stopGradient, sub, tanh } from '../graph/ops/elementwise.js'
import { affine, matmul } from '../graph/ops/linear-algebra.js'
import { sumTo } from '../graph/ops/reduction.js'
import { concat, reshape, slice, split, transpose } from '../graph/ops/shaping.js'
import type { Scope } from '../graph/scope.js'
import { staticDim, staticShape, type Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'

/**
 * Gated recurrent unit over `[batch, time, in]`, giving all states `[batch, time, hidden]`, in
 * PyTorch's form: `r, z = sigmoid(W x + U h)`, `n = tanh(W_n x + b_n + r (U_n h + c_n))`,
 * `h' = (1 - z) n + z h` with `h = 0` at the start. Unrolled over time, which is static; `batch` may be symbolic where
 * no gradient is taken. The product with all inputs is taken at once.
 *
 * Parameters: `input/weight` `[in, 3 hidden]`, `state/weight` `[hidden, 3 hidden]` and their biases,
 * gates in the order r, z, n.
 */
export function gru(scope: Scope, x: Tensor, hidden: number): Tensor {
  const parameters = (name: string, rows: number): readonly [Tensor, Tensor] => [
    scope.child(name).parameter('weight', [rows, 3 * hidden], xavierUniform()),
    scope.child(name).parameter('bias', [3 * hidden], constant(0)),
  ]
  const byTime = transpose(x, [1, 0, 2])
  const inputs = affine(byTime, ...parameters('input', staticDim('gru', x.shape, 2)))
  const [weight, bias] = parameters('state', hidden)

  const steps = recurrence(stopGradient(inputs), stopGradient(weight), stopGradient(bias))
  const states = joinSteps(steps.map(({ state }) => state))
  x.graph.differentiable([inputs, weight, bias], [states], ([g]) => gradientsOf(steps, weight, g as Tensor))
  return transpose(states, [1, 0, 2])
}

/** What one step computes, `[batch, hidden]` each. */
interface Step {
  /** The state before it. */
  readonly previous: Tensor
  readonly reset: Tensor
  readonly update: Tensor
  /** `U_n h + c_n` */
  readonly recalled: Tensor
  readonly candidate: Tensor
  readonly state: Tensor
}

/** Runs over `inputs` `[time, batch, 3 hidden]`, what the input adds to the three gates. */
function recurrence(inputs: Tensor, weight: Tensor, bias: Tensor): Step[] {
  const [, batch, gates] = inputs.shape as readonly [Dim, Dim, number]
  const hidden = gates / 3
  const steps: Step[] = []
  for (const input of splitSteps(inputs)) {
    const [inputGates, inputNew] = split(reshape(input, [batch, gates]), [2 * hidden, hidden], 1) as Pair
    const previous = steps.at(-1)?.state ?? mul(inputNew, 0)
    const [stateGates, recalled] = split(affine(previous, weight, bias), [2 * hidden, hidden], 1) as Pair
    const [reset, update] = split(sigmoid(add(inputGates, stateGates)), [hidden, hidden], 1) as Pair
    const candidate = tanh(add(inputNew, mul(reset, recalled)))
    const state = add(candidate, mul(update, sub(previous, candidate)))
    steps.push({ previous, reset, update, recalled, candidate, state })
  }
  return steps
}

/**
 * Gradients for inputs, weight and bias from that of all states, `[time, batch, hidden]`.
 *
 * Written by hand because only `dh` has to pass from step to step: every factor that it meets is computed for all steps
 * at once beforehand and the gradients of inputs, weight and bias for all steps at once afterwards. Reverse mode
 * through the steps would add up a whole gradient for each of them.
 */
function gradientsOf(steps: readonly Step[], weight: Tensor, g: Tensor): [Tensor, Tensor, Tensor] {
  const [time = 0, batch = 0, hidden = 0] = staticShape('gru', g.shape)
  const all = (part: keyof Step): Tensor => joinSteps(steps.map((step) => step[part]))
  const [previous, r, z, n] = [all('previous'), all('reset'), all('update'), all('candidate')]
  // What h' changes by with the argument of n, with U_n h + c_n, and with the arguments of r and z.
  const byNew = mul(sub(1, z), sub(1, mul(n, n)))
  const byRecalled = mul(byNew, r)
  const byReset = mul(mul(byRecalled, all('recalled')), sub(1, r))
  const byUpdate = mul(sub(previous, n), mul(z, sub(1, z)))
  const factors = splitSteps(concat([byReset, byUpdate, byRecalled], 2))
  const above = splitSteps(g)

  const dStates: Tensor[] = []
  const dGates: Tensor[] = []
  let carried: Tensor | undefined
  for (let t = time - 1; t >= 0; t--) {
    const own = reshape(above[t]!, [batch, hidden])
    const dState = carried ? add(own, carried) : own
    const spread = mul(reshape(dState, [batch, 1, hidden]), reshape(factors[t]!, [batch, 3, hidden]))
    const dGate = reshape(spread, [batch, 3 * hidden])
    carried = add(mul(dState, steps[t]!.update), matmul(dGate, weight, { transposeB: true }))
    dStates.push(dState)
    dGates.push(dGate)
  }
  const ofGates = joinSteps(dGates.reverse())
  const rows = reshape(ofGates, [time * batch, 3 * hidden])
  const ofNew = mul(joinSteps(dStates.reverse()), byNew)
  return [
    concat([slice(ofGates, 2, 0, 2 * hidden), ofNew], 2),
    matmul(reshape(previous, [time * batch, hidden]), rows, { transposeA: true }),
    sumTo(rows, [3 * hidden]),
  ]
}

type Pair = [Tensor, Tensor]

/** `[time, ...]` as `time` tensors `[1, ...]`. */
function splitSteps(x: Tensor): Tensor[] {
  return split(
    x,
    Array.from({ length: staticDim('gru', x.shape, 0) }, () => 1),
    0,
  )
}

/** Tensors `[batch, width]` as one `[time, batch, width]`. */
function joinSteps(steps: readonly Tensor[]): Tensor {
  const parts = steps.map((step) => reshape(step, [1, ...step.shape]))
  return concat(parts as [Tensor, ...Tensor[]], 0)
}
