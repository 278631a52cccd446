import type { UpdateRange, UpdateRule } from './optimizer.js'

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
    update({
      parameter,
      slots,
      at,
      gradient,
      from,
      length,
      step,
      lastStep,
      learningRate,
      gradientScale,
    }: UpdateRange) {
      const [first, second] = slots as [Float32Array, Float32Array]
      const stepSize = learningRate / (1 - beta1 ** step)
      const correction = 1 / Math.sqrt(1 - beta2 ** step)
      const kept = decoupled ? (1 - learningRate * weightDecay) ** (step - lastStep) : 1
      const l2 = decoupled ? 0 : weightDecay
      for (let i = 0; i < length; i++) {
        const index = at + i
        const value = (parameter[index] as number) * kept
        const g = (gradient[from + i] as number) * gradientScale + l2 * value
        const m = beta1 * (first[index] as number) + (1 - beta1) * g
        const v = beta2 * (second[index] as number) + (1 - beta2) * g * g
        first[index] = m
        second[index] = v
        parameter[index] = value - (stepSize * m) / (Math.sqrt(v) * correction + epsilon)
      }
    },
  }
}
