/** What is tuned of a neural attacker. */
export interface NeuralConfig {
  /** Step size of Adam. */
  readonly learningRate: number
  /** L2 in the gradient, as `torch.optim.Adam` has it. */
  readonly weightDecay: number
}
