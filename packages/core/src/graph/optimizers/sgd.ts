import type { UpdateRange, UpdateRule } from './optimizer.js'

/** Plain stochastic gradient descent with L2: `p -= lr * (g + weightDecay * p)`. */
export function sgdRule({ weightDecay }: { readonly weightDecay: number }): UpdateRule {
  return {
    slots: 0,
    update({ parameter, at, gradient, from, length, learningRate, gradientScale }: UpdateRange) {
      for (let i = 0; i < length; i++) {
        const value = parameter[at + i] as number
        const g = (gradient[from + i] as number) * gradientScale + weightDecay * value
        parameter[at + i] = value - learningRate * g
      }
    },
  }
}
