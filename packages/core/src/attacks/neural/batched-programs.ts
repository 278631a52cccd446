import { BoundedCache } from '../../graph/bounded-cache.js'
import { gradients } from '../../graph/differentiate.js'
import type { HostArray, HostTensor } from '../../graph/host-tensor.js'
import { mul, sub } from '../../graph/ops/elementwise.js'
import { takeAlongLast } from '../../graph/ops/indexing.js'
import { logSumExp, sum } from '../../graph/ops/reduction.js'
import { reshape } from '../../graph/ops/shaping.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import type { Runtime } from '../../graph/runtime.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { Rng } from '../../random.js'
import { batchedNetwork, maskName, type NetworkShape } from './batched-network.js'
import { TrainingMemory } from './training-memory.js'

/** How many rows of how many fits a program takes at once. */
export interface ProgramSize {
  readonly fits: number
  readonly rows: number
}

/** One compiled graph over the parameters of several fits. */
export interface BatchedProgram {
  readonly size: ProgramSize
  /** Parameters of all fits; fill them before a run. */
  readonly store: ParameterStore
  /** Inputs to fill before a run: `x` `[fits, rows, inputs]`, for training also `labels`, `weights` and masks. */
  readonly inputs: Readonly<Record<string, HostArray>>
  /**
   * Runs on what `store` and `inputs` hold: `logits` `[fits, rows, numClasses]` of a predicting program, and of a training
   * one the gradient of every parameter by its name, and of trained inputs as `x`.
   */
  run(): Promise<Readonly<Record<string, Float32Array>>>
  release(): Promise<void>
}

/**
 * Compiled graphs by shape, kept over the attacks of a whole audit: an attack would spend more time on compiling than
 * on training. A program is shared, so whoever fills and runs it does so inside {@link BatchedPrograms.exclusively}.
 */
export class BatchedPrograms {
  readonly #runtime: Runtime
  readonly #cache = new BoundedCache<BatchedProgram>(maxPrograms)
  /** For whoever is at work in {@link exclusively}. */
  readonly memory = new TrainingMemory()
  #last: Promise<unknown> = Promise.resolve()

  private constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** The programs of a runtime; they live as long as it. */
  static of(runtime: Runtime): BatchedPrograms {
    let programs = byRuntime.get(runtime)
    if (!programs) byRuntime.set(runtime, (programs = new BatchedPrograms(runtime)))
    return programs
  }

  /** Starts `work` when all earlier work has ended. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /**
   * The gradient of the cross-entropy: for each fit `sum_i weights_i (log sum_c e^(logit_ic) - logit_(i, label_i))`,
   * `labels` `[fits, rows, 1]` int32, `weights` `[1, rows]`.
   */
  training(shape: NetworkShape, size: ProgramSize, threads?: number): Promise<BatchedProgram> {
    return this.#cached('training', shape, size, threads, (scope, logits) => {
      const labels = scope.input('labels', 'int32', [size.fits, size.rows, 1])
      const weights = scope.input('weights', 'float32', [1, size.rows])
      const picked = reshape(takeAlongLast(logits, labels), [size.fits, size.rows])
      const loss = sum(mul(sub(logSumExp(logits), picked), weights))
      const { parameters, inputs } = scope.trace
      const names = [...parameters.keys(), ...(shape.trainedInputs ? ['x'] : [])]
      const targets = names.map((name) => (parameters.get(name) ?? inputs.get(name)) as Tensor)
      const results = gradients(loss, targets)
      return new Map(names.map((name, index) => [name, results[index] as Tensor]))
    })
  }

  /** The logits, without dropout. */
  predicting(shape: NetworkShape, size: ProgramSize, threads?: number): Promise<BatchedProgram> {
    return this.#cached('predicting', shape, size, threads, (_, logits) => new Map([['logits', logits]]))
  }

  #cached(
    purpose: 'training' | 'predicting',
    shape: NetworkShape,
    size: ProgramSize,
    threads: number | undefined,
    outputsOf: (scope: Scope, logits: Tensor) => ReadonlyMap<string, Tensor>,
  ): Promise<BatchedProgram> {
    return this.#cache.get(JSON.stringify([purpose, shape, size, threads]), async () => {
      const store = new ParameterStore(Rng.fromSeed(0))
      const scope = new Scope(createTrace(store, { training: purpose === 'training' }))
      const x = scope.input('x', 'float32', [size.fits, size.rows, shape.inputs])
      const outputs = outputsOf(scope, batchedNetwork(scope, x, shape))
      const options = threads === undefined ? {} : { threads }
      const program = await Program.compile(this.#runtime, scope.trace, [...outputs.values()], options)
      const inputs: Record<string, HostArray> = {}
      for (const [name, { dtype, shape: dims }] of scope.trace.inputs) {
        const length = dims.reduce<number>((product, dim) => product * (dim as number), 1)
        inputs[name] = dtype === 'int32' ? new Int32Array(length) : new Float32Array(length)
      }
      return {
        size,
        store,
        inputs,
        async run() {
          const results = await program.run(inputs)
          const named = [...outputs].map(([name, tensor]) => [
            name,
            (results[tensor.name] as HostTensor).data,
          ])
          return Object.fromEntries(named) as Record<string, Float32Array>
        },
        release: () => program.release(),
      }
    })
  }
}

/** Each holds its parameters, inputs and intermediate results, about ten megabytes; compiling one takes as long as an epoch. */
const maxPrograms = 12

const byRuntime = new WeakMap<Runtime, BatchedPrograms>()

/** The input that holds the mask of a hidden layer, if the network has dropout. */
export function maskOf({ inputs }: BatchedProgram, layer: number): Float32Array | undefined {
  return inputs[maskName(layer)] as Float32Array | undefined
}
