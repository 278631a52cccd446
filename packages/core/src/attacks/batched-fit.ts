import { fillDropoutMask } from '../graph/dropout-mask.js'
import { adamRule } from '../graph/optimizers/adam.js'
import { OptimizerState } from '../graph/optimizers/optimizer-state.js'
import type { UpdateRule } from '../graph/optimizers/optimizer.js'
import { ParameterStore, type Parameter } from '../graph/parameter-store.js'
import { createTrace, Scope } from '../graph/scope.js'
import type { Rng } from '../random.js'
import type { BatchedFeatures } from './batched-features.js'
import { batchedNetwork, type NetworkShape } from './batched-network.js'
import { maskOf, type BatchedProgram } from './batched-programs.js'

/** What is tuned of a neural attacker. */
export interface NeuralConfig {
  /** Step size of Adam. */
  readonly learningRate: number
  /** L2 in the gradient, as `torch.optim.Adam` has it. */
  readonly weightDecay: number
}

const tableName = 'table'

/**
 * One network in training: parameters, moments and random streams of its own, so that it does not matter what is
 * trained beside it. It takes a place in a {@link BatchedProgram} for the time of a run.
 */
export class BatchedFit {
  readonly #features: BatchedFeatures
  readonly #store: ParameterStore
  readonly #state = new OptimizerState()
  readonly #rule: UpdateRule
  readonly #config: NeuralConfig
  readonly #dropoutRng: Rng
  readonly #dropout: number
  readonly #table: Parameter | undefined
  readonly #tableGradient: Float32Array
  #best: ReadonlyMap<string, Float32Array>

  constructor(shape: NetworkShape, features: BatchedFeatures, config: NeuralConfig, rng: Rng) {
    this.#features = features
    this.#config = config
    this.#dropoutRng = rng.split('dropout')
    this.#dropout = shape.dropout
    this.#rule = adamRule({
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decoupled: false,
      weightDecay: config.weightDecay,
    })
    this.#store = new ParameterStore(rng.split('parameters'))
    const scope = new Scope(createTrace(this.#store, { training: false }))
    // Tracing draws the first values; nothing is compiled.
    batchedNetwork(scope, scope.input('x', 'float32', [1, 1, shape.inputs]), shape)
    const { table, width } = features
    if (table) this.#table = this.#store.declare(tableName, [table.rows, width], table.initializer)
    this.#tableGradient = new Float32Array(this.#table?.data.length ?? 0)
    this.#best = this.#store.snapshot()
  }

  /** Keeps the present parameters as the best. */
  keep(): void {
    this.#best = this.#store.snapshot()
  }

  /** Goes back to the best parameters. */
  restoreBest(): void {
    this.#store.restore(this.#best)
  }

  /** Puts parameters and the rows of `users` into place `slot` of a program. */
  enter(program: BatchedProgram, slot: number, users: Int32Array): void {
    for (const { name, data } of this.#store.list()) {
      if (name !== tableName) program.store.get(name).data.set(data, slot * data.length)
    }
    this.#features.write(
      users,
      this.#rowsOf(program.inputs['x'] as Float32Array, program, slot, users),
      this.#tableData,
    )
  }

  /** As {@link enter}, with labels `[users.length]` and fresh dropout masks. */
  enterTraining(program: BatchedProgram, slot: number, users: Int32Array, labels: Int32Array): void {
    this.enter(program, slot, users)
    ;(program.inputs['labels'] as Int32Array).set(labels, slot * program.size.rows)
    for (let layer = 0; ; layer++) {
      const mask = maskOf(program, layer)
      if (!mask) break
      const length = mask.length / program.size.fits
      fillDropoutMask(mask.subarray(slot * length, (slot + 1) * length), this.#dropout, this.#dropoutRng)
    }
  }

  /** One step of Adam with the gradients that a run left in place `slot`. */
  update(
    program: BatchedProgram,
    gradients: Readonly<Record<string, Float32Array>>,
    slot: number,
    users: Int32Array,
  ): void {
    const step = ++this.#state.step
    const update = this.#rule.begin({ step, learningRate: this.#config.learningRate, gradientScale: 1 })
    for (const parameter of this.#store.list()) {
      const isTable = parameter === this.#table
      const gradient = isTable
        ? this.#gradientOfTable(program, gradients, slot, users)
        : gradients[parameter.name]!
      const { slots } = this.#state.of(parameter, this.#rule.slots)
      const { length } = parameter.data
      update({ parameter: parameter.data, slots, gradient }, 0, isTable ? 0 : slot * length, length, step - 1)
    }
  }

  #gradientOfTable(
    program: BatchedProgram,
    gradients: Readonly<Record<string, Float32Array>>,
    slot: number,
    users: Int32Array,
  ): Float32Array {
    const gradient = this.#tableGradient.fill(0)
    this.#features.table?.accumulate(users, this.#rowsOf(gradients['x']!, program, slot, users), gradient)
    return gradient
  }

  #rowsOf(x: Float32Array, { size }: BatchedProgram, slot: number, users: Int32Array): Float32Array {
    const { width } = this.#features
    return x.subarray(slot * size.rows * width, (slot * size.rows + users.length) * width)
  }

  get #tableData(): Float32Array {
    return this.#table?.data ?? this.#tableGradient
  }
}
