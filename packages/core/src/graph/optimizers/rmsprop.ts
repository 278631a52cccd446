import type { UpdateRule } from './optimizer.js'

/** Settings of {@link rmspropRule}. */
export interface RmspropSettings {
  readonly alpha: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** RMSprop (Tieleman and Hinton 2012) in PyTorch's form: `p -= lr * g / (sqrt(v) + epsilon)`, L2 in `g`. */
export function rmspropRule({ alpha, epsilon, weightDecay }: RmspropSettings): UpdateRule {
  return {
    slots: 1,
    begin({ learningRate, gradientScale }) {
      return ({ parameter, slots, gradient }, at, from, length) => {
        const [square] = slots as [Float32Array]
        for (let i = 0; i < length; i++) {
          const index = at + i
          const value = parameter[index]!
          const g = gradient[from + i]! * gradientScale + weightDecay * value
          const v = alpha * square[index]! + (1 - alpha) * g * g
          square[index] = v
          parameter[index] = value - (learningRate * g) / (Math.sqrt(v) + epsilon)
        }
      }
    },
  }
}
