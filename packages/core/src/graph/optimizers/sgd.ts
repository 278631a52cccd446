import type { UpdateRule } from './optimizer.js'

/** Plain stochastic gradient descent with L2: `p -= lr * (g + weightDecay * p)`. */
export function sgdRule({ weightDecay }: { readonly weightDecay: number }): UpdateRule {
  return {
    slots: 0,
    begin({ learningRate, gradientScale }) {
      return ({ parameter, gradient }, at, from, length) => {
        for (let i = 0; i < length; i++) {
          const value = parameter[at + i]!
          const g = gradient[from + i]! * gradientScale + weightDecay * value
          parameter[at + i] = value - learningRate * g
        }
      }
    },
  }
}
