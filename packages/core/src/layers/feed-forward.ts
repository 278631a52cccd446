import { gelu, leakyRelu, relu, sigmoid, tanh } from '../graph/ops/elementwise.js'
import type { Initializer } from '../graph/initializers.js'
import type { Scope } from '../graph/scope.js'
import { staticDim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { linear } from './linear.js'

/** Elementwise non-linearities by name. */
export const activations = { relu, gelu, tanh, sigmoid, leakyRelu } as const

/** Name of an activation. */
export type Activation = keyof typeof activations

/** Options of {@link feedForward}. */
export interface FeedForwardOptions {
  /** Width of the hidden layer; default that of `x`. */
  readonly hidden?: number
  readonly activation?: Activation
  /** Dropout after the activation while training. */
  readonly dropout?: number
  readonly initializer?: Initializer
}

/** The transformer's position-wise network `W2 act(W1 x)`, `[..., d]` to `[..., d]`. Parameters: `inner`, `outer`. */
export function feedForward(scope: Scope, x: Tensor, options: FeedForwardOptions = {}): Tensor {
  const width = staticDim('feedForward', x.shape, -1)
  const { hidden = width, activation = 'relu', dropout = 0, initializer } = options
  const init = initializer ? { initializer } : {}
  const inner = activations[activation](linear(scope.child('inner'), x, hidden, init))
  return linear(scope.child('outer'), scope.dropout(inner, dropout), width, init)
}

/** Options of {@link mlp}. */
export interface MlpOptions {
  readonly activation?: Activation
  readonly dropout?: number
  readonly initializer?: Initializer
}

/** Linear layers of the given widths with an activation between them, none after the last. Parameters: `0`, `1`, ... */
export function mlp(scope: Scope, x: Tensor, widths: readonly number[], options: MlpOptions = {}): Tensor {
  const { activation = 'relu', dropout = 0, initializer } = options
  return widths.reduce((input, width, index) => {
    const output = linear(scope.child(String(index)), input, width, initializer ? { initializer } : {})
    return index === widths.length - 1 ? output : scope.dropout(activations[activation](output), dropout)
  }, x)
}
