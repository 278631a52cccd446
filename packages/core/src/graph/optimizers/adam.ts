import type { UpdateRule } from './optimizer.js'

/** Settings of {@link adamRule}. */
export interface AdamSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  /** AdamW's decay instead of L2 in the gradient. */
  readonly decoupled: boolean
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2) in
 * PyTorch's form: `p -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon)`.
 *
 * On a row of a lazy table this is `torch.optim.SparseAdam`: moments change only when the row is
 * touched, the bias correction follows the global step. Decoupled decay is then applied for all
 * steps since the row was last touched, at the present learning rate.
 */
export function adamRule(settings: AdamSettings): UpdateRule {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = settings
  return {
    slots: 2,
    begin({ step, learningRate, gradientScale }) {
      const stepSize = learningRate / (1 - beta1 ** step)
      const correction = 1 / Math.sqrt(1 - beta2 ** step)
      const decay = decoupled ? learningRate * weightDecay : 0
      const l2 = decoupled ? 0 : weightDecay
      return ({ parameter, slots, gradient }, at, from, length, lastStep) => {
        const [first, second] = slots as [Float32Array, Float32Array]
        const kept = decay === 0 ? 1 : (1 - decay) ** (step - lastStep)
        for (let i = 0; i < length; i++) {
          const index = at + i
          const value = parameter[index]! * kept
          const g = gradient[from + i]! * gradientScale + l2 * value
          const m = beta1 * first[index]! + (1 - beta1) * g
          const v = beta2 * second[index]! + (1 - beta2) * g * g
          first[index] = m
          second[index] = v
          parameter[index] = value - (stepSize * m) / (Math.sqrt(v) * correction + epsilon)
        }
      }
    },
  }
}
