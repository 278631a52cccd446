import { VeilrecError } from '../../errors/veilrec-error.js'
import { fillDropoutMask } from '../../graph/dropout-mask.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Rng } from '../../random.js'
import type { BatchedFeatures, PlacedFeatures } from './batched-features.js'
import { batchedNetwork, type NetworkShape } from './batched-network.js'
import { maskOf, type BatchedProgram } from './batched-programs.js'
import type { NeuralConfig } from './neural-config.js'
import { bytesOf, type TrainingMemory } from './training-memory.js'

/** Where the numbers of one fit lie while it is trained or asked; all parameters behind one another, the table first. */
export interface Seat {
  readonly memory: TrainingMemory
  readonly features: PlacedFeatures
  readonly parameters: Float32Array
  readonly first: Float32Array
  readonly second: Float32Array
  readonly gradient: Float32Array
}

interface Part {
  readonly name: string
  readonly from: number
  readonly length: number
}

const tableName = 'table'
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8]

/**
 * One network in training: parameters, moments and random streams of its own, so that it does not matter what is
 * trained beside it. It takes a seat in the memory, and a place in a {@link BatchedProgram} for the time of a run.
 */
export class BatchedFit {
  /** The network's parameters; what lies before the first is the table. */
  readonly #parts: readonly Part[]
  readonly #tableLength: number
  readonly #width: number
  readonly #config: NeuralConfig
  readonly #dropoutRng: Rng
  readonly #dropout: number
  /** Parameters of the best epoch so far. */
  readonly #best: Float32Array
  #seat: Seat | undefined
  #step = 0

  constructor(shape: NetworkShape, { table, width }: BatchedFeatures, config: NeuralConfig, rng: Rng) {
    this.#config = config
    this.#dropoutRng = rng.split('dropout')
    this.#dropout = shape.dropout
    this.#width = width
    const store = new ParameterStore(rng.split('parameters'))
    const scope = new Scope(createTrace(store, { training: false }))
    // Tracing draws the first values; nothing is compiled.
    batchedNetwork(scope, scope.input('x', 'float32', [1, 1, shape.inputs]), shape)
    const network = store.list()
    const first = table && store.declare(tableName, [table.rows, width], table.initializer).data
    this.#tableLength = first?.length ?? 0
    let size = this.#tableLength
    this.#parts = network.map(({ name, data: { length } }) => ({
      name,
      from: (size += length) - length,
      length,
    }))
    // Adam takes two at a time.
    this.#best = new Float32Array(size + (size % 2))
    if (first) this.#best.set(first)
    for (const { name, from } of this.#parts) this.#best.set(store.get(name).data, from)
  }

  /** What a seat takes of the memory. */
  get bytes(): number {
    return 4 * bytesOf(this.#best.length)
  }

  /** Sits down with the best parameters and moments of zero. */
  sitDown(memory: TrainingMemory, features: PlacedFeatures, free: Seat | undefined): void {
    const floats = (): Float32Array => memory.floats(this.#best.length)
    const seat = free ?? {
      memory,
      features,
      parameters: floats(),
      first: floats(),
      second: floats(),
      gradient: floats(),
    }
    seat.parameters.set(this.#best)
    seat.first.fill(0)
    seat.second.fill(0)
    this.#seat = seat
  }

  /** Leaves its seat to another fit; what was not kept is lost. */
  standUp(): Seat {
    const seat = this.#seated()
    this.#seat = undefined
    return seat
  }

  /** Keeps the present parameters as the best. */
  keep(): void {
    this.#best.set(this.#seated().parameters)
  }

  /** Puts parameters and the rows of `users` into place `slot` of a program. */
  enter(program: BatchedProgram, slot: number, users: Int32Array): void {
    const { parameters, features } = this.#seated()
    for (const { name, from, length } of this.#parts) {
      program.store.get(name).data.set(parameters.subarray(from, from + length), slot * length)
    }
    const x = this.#rowsOf(program.inputs['x'] as Float32Array, program, slot, users)
    features.write(users, x, parameters)
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
    const { memory, features, parameters, first, second, gradient } = this.#seated()
    for (const { name, from, length } of this.#parts) {
      gradient.set(gradients[name]!.subarray(slot * length, (slot + 1) * length), from)
    }
    if (this.#tableLength > 0) {
      gradient.fill(0, 0, this.#tableLength)
      features.accumulate(users, this.#rowsOf(gradients['x']!, program, slot, users), gradient)
    }
    const { learningRate, weightDecay } = this.#config
    const step = ++this.#step
    memory.kernel.adam(parameters, first, second, gradient, {
      beta1,
      beta2,
      epsilon,
      stepSize: learningRate / (1 - beta1 ** step),
      correction: 1 / Math.sqrt(1 - beta2 ** step),
      weightDecay,
    })
  }

  #rowsOf(x: Float32Array, { size }: BatchedProgram, slot: number, users: Int32Array): Float32Array {
    return x.subarray(slot * size.rows * this.#width, (slot * size.rows + users.length) * this.#width)
  }

  #seated(): Seat {
    if (this.#seat) return this.#seat
    throw new VeilrecError('INTERNAL', 'a fit computes without a seat')
  }
}
