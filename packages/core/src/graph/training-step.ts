import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { differentiate, type Gradient } from './differentiate.js'
import type { HostArray, HostTensor } from './host-tensor.js'
import { createUpdateRule, type OptimizerConfig, type UpdateRule } from './optimizers/optimizer.js'
import { OptimizerState } from './optimizers/optimizer-state.js'
import type { Parameter, ParameterStore } from './parameter-store.js'
import { Program } from './program.js'
import { accumulateRows, type RowSelection } from './row-index.js'
import type { Runtime, SessionOptions } from './runtime.js'
import { createTrace, Scope, type Trace } from './scope.js'
import type { Tensor } from './tensor.js'

/** What a traced training objective gives: the loss to minimise, and scalars to report. */
export interface Objective {
  readonly loss: Tensor
  readonly metrics?: Readonly<Record<string, Tensor>>
  /** Parameters of the trace that no gradient moves, by name, and the values that each takes over after a step, of its shape. */
  readonly assigned?: Readonly<Record<string, Tensor>>
}

/** Options of {@link TrainingStep.compile}. */
export interface TrainingStepOptions extends SessionOptions {
  readonly store: ParameterStore
  readonly optimizer: OptimizerConfig
  /** Moments to continue from, shared by steps of other shapes over the same parameters. */
  readonly state?: OptimizerState
  /** Which parameters this step trains, by name; all by default. The rest is frozen, and frozen ones of the store always are. */
  readonly trainable?: (name: string) => boolean
  /** Largest Euclidean norm of all gradients together, dense and lazy; no limit by default. */
  readonly clipNorm?: number
  readonly dropoutRng?: Rng
}

/** Where the gradient of one parameter comes out of a run. */
interface GradientPlan {
  readonly parameter: Parameter
  readonly width: number
  readonly dense: string | undefined
  readonly slices: readonly { readonly values: string; readonly indices: string }[]
}

/** A gradient summed up and ready for the optimizer. */
interface ReadyGradient {
  readonly plan: GradientPlan
  readonly values: Float32Array
  /** Rows of a lazy table that the values belong to. */
  readonly selection?: RowSelection
}

/**
 * One compiled training step: forward and backward pass as one graph run, then the update of the
 * trainable parameters in place.
 *
 * Gradients of table rows leave the graph per occurrence and are summed here in order, and the
 * optimizer is one fused pass over typed arrays: both cost a few percent of a step, make clipping
 * by one norm over dense and lazy parts possible, and keep parameters out of the graph's results.
 */
export class TrainingStep {
  readonly #program: Program
  readonly #plans: readonly GradientPlan[]
  readonly #rule: UpdateRule
  readonly #options: TrainingStepOptions
  readonly #buffers = new Map<string, Float32Array>()
  readonly #reported: readonly (readonly [string, string])[]
  readonly #assigned: readonly (readonly [parameter: Parameter, tensor: string])[]
  readonly state: OptimizerState

  private constructor(
    program: Program,
    plans: readonly GradientPlan[],
    reported: readonly (readonly [string, string])[],
    assigned: readonly (readonly [parameter: Parameter, tensor: string])[],
    options: TrainingStepOptions,
  ) {
    this.#program = program
    this.#plans = plans
    this.#reported = reported
    this.#assigned = assigned
    this.#options = options
    this.#rule = createUpdateRule(options.optimizer)
    this.state = options.state ?? new OptimizerState()
  }

  /**
   * Traces the objective for training, differentiates it and compiles both passes.
   *
   * @throws `GRAPH_NOT_DIFFERENTIABLE` when the loss depends on no trainable parameter.
   */
  static async compile(
    runtime: Runtime,
    objective: (scope: Scope) => Objective,
    options: TrainingStepOptions,
  ): Promise<TrainingStep> {
    const trace = createTrace(options.store, { training: true })
    const { loss, metrics = {}, assigned = {} } = objective(new Scope(trace))
    const { store, trainable = () => true } = options
    const names = [...trace.parameters.keys()].filter(
      (name) => !store.isFrozen(name) && !(name in assigned) && trainable(name),
    )
    const gradients = differentiate(
      loss,
      names.map((name) => trace.parameters.get(name) as Tensor),
    )
    const plans = names.flatMap((name, index) => {
      const plan = planOf(store.get(name), gradients[index] as Gradient)
      return plan ? [plan] : []
    })
    if (plans.length === 0) {
      throw new VeilrecError('GRAPH_NOT_DIFFERENTIABLE', 'the loss depends on no trainable parameter')
    }
    const reported = Object.entries({ loss, ...metrics }).map(
      ([name, tensor]) => [name, tensor.name] as const,
    )
    const takenOver = Object.entries(assigned).map(
      ([name, tensor]) => [store.get(name), tensor.name] as const,
    )
    const outputs = new Set([loss, ...Object.values(metrics), ...Object.values(assigned)])
    for (const { dense, slices } of gradients) {
      if (dense) outputs.add(dense)
      for (const { values, indices } of slices) {
        outputs.add(values)
        if (!knownToHost(trace, indices)) outputs.add(indices)
      }
    }
    const program = await Program.compile(runtime, trace, [...outputs], options)
    return new TrainingStep(program, plans, reported, takenOver, options)
  }

  /**
   * Runs one step and returns the loss and metrics of the batch before the update.
   *
   * @param inputs - the trace's inputs by name.
   * @param learningRate - instead of the optimizer's own, for schedules.
   * @throws `NOT_FINITE` naming the step and the first parameter whose gradient is not finite; the
   *   parameters are then left as they were.
   */
  async run(
    inputs: Readonly<Record<string, HostArray>>,
    learningRate: number = this.#options.optimizer.learningRate,
  ): Promise<Readonly<Record<string, number>>> {
    const results = await this.#program.run(inputs)
    const report = Object.fromEntries(
      this.#reported.map(([name, tensor]) => [name, Number((results[tensor] as HostTensor).data[0])]),
    )
    const ready = this.#plans.map((plan) => this.#collect(plan, results))
    this.#update(ready, report['loss'] as number, learningRate)
    for (const [parameter, tensor] of this.#assigned) {
      parameter.data.set((results[tensor] as HostTensor).data as Float32Array)
    }
    return report
  }

  /** Frees the compiled graph. */
  async release(): Promise<void> {
    await this.#program.release()
  }

  #collect(plan: GradientPlan, results: Readonly<Record<string, HostTensor>>): ReadyGradient {
    const { parameter, dense, slices, width } = plan
    const selection = this.#program.selections.get(parameter.name)
    const values = dense === undefined ? undefined : ((results[dense] as HostTensor).data as Float32Array)
    if (values && slices.length === 0) return { plan, values }

    const length = selection ? selection.count * width : parameter.data.length
    const sum = this.#buffer(parameter.name, length)
    if (values) sum.set(values)
    else sum.fill(0)
    for (const slice of slices) {
      const rows = (results[slice.values] as HostTensor).data as Float32Array
      const indices = (results[slice.indices] ?? this.#program.fed(slice.indices)).data as Int32Array
      accumulateRows(sum, rows, indices, width)
    }
    if (parameter.paddingRow) sum.fill(0, 0, width)
    return selection ? { plan, values: sum, selection } : { plan, values: sum }
  }

  #buffer(name: string, length: number): Float32Array {
    const known = this.#buffers.get(name)
    if (known && known.length >= length) return known.subarray(0, length)
    const buffer = new Float32Array(length)
    this.#buffers.set(name, buffer)
    return buffer
  }

  #update(ready: readonly ReadyGradient[], loss: number, learningRate: number): void {
    const { clipNorm } = this.#options
    const squares = ready.map(({ values }) => sumOfSquares(values))
    const norm = Math.sqrt(squares.reduce((total, square) => total + square, 0))
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) this.#refuse(ready, squares, loss)
    const gradientScale = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1
    this.state.step++
    const { step } = this.state
    const update = this.#rule.begin({ step, learningRate, gradientScale })
    for (const { plan, values, selection } of ready) {
      const { parameter, width } = plan
      const { slots, lastSteps } = this.state.of(parameter, this.#rule.slots)
      const target = { parameter: parameter.data, slots, gradient: values }
      if (!selection || !lastSteps) {
        const from = parameter.paddingRow ? width : 0
        update(target, from, from, parameter.data.length - from, step - 1)
        continue
      }
      // Row 0 is always fed, but an optimizer touches only rows that the batch names.
      const skipped = parameter.paddingRow || !selection.namesZero ? 1 : 0
      for (let row = skipped; row < selection.count; row++) {
        const id = selection.ids[row]!
        update(target, id * width, row * width, width, lastSteps[id]!)
        lastSteps[id] = step
      }
    }
  }

  #refuse(ready: readonly ReadyGradient[], squares: readonly number[], loss: number): never {
    const step = this.state.step + 1
    const broken = ready.find((_, index) => !Number.isFinite(squares[index] as number))
    const where = broken ? `, first in the gradient of "${broken.plan.parameter.name}"` : ''
    throw new VeilrecError(
      'NOT_FINITE',
      `training diverged at step ${step}: the loss is ${loss}${where}`,
      { step, loss: String(loss), parameter: broken?.plan.parameter.name },
      'Lower the learning rate or set a clip norm.',
    )
  }
}

/** Inputs and constants need no way out of the graph: the host has them. */
function knownToHost({ graph }: Trace, { name }: Tensor): boolean {
  return graph.inputs.has(name) || graph.constants.has(name)
}

function planOf(parameter: Parameter, { dense, slices }: Gradient): GradientPlan | undefined {
  if (!dense && slices.length === 0) return undefined
  if (dense && parameter.update === 'lazy') {
    throw new VeilrecError(
      'GRAPH_NOT_DIFFERENTIABLE',
      `the lazy table "${parameter.name}" is used as a whole; only lookups of its rows can be trained`,
      { name: parameter.name },
    )
  }
  return {
    parameter,
    width: parameter.data.length / (parameter.shape[0] ?? 1),
    dense: dense?.name,
    slices: slices.map(({ values, indices }) => ({ values: values.name, indices: indices.name })),
  }
}

function sumOfSquares(values: Float32Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += (values[i] as number) * (values[i] as number)
  return total
}
