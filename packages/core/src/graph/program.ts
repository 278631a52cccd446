import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import { fillDropoutMask } from './dropout-mask.js'
import { allocate, type HostArray, type HostTensor } from './host-tensor.js'
import { toOnnx } from './onnx.js'
import type { Parameter } from './parameter-store.js'
import { rowBucket, RowIndex, type RowSelection } from './row-index.js'
import type { Runtime, Session, SessionOptions } from './runtime.js'
import type { Trace } from './scope.js'
import { formatShape, staticShape } from './shape.js'
import type { Tensor } from './tensor.js'

/** Options of {@link Program.compile}. */
export interface ProgramOptions extends SessionOptions {
  /** Draws dropout masks; needed when the trace is for training and has dropout. */
  readonly dropoutRng?: Rng
}

/** Lazy tables that share id inputs and therefore one numbering of rows. */
interface RowSpace {
  readonly inputs: readonly HostTensor[]
  readonly tables: readonly { readonly name: string; readonly parameter: Parameter }[]
  readonly index: RowIndex
}

const fetchSets = 2

/**
 * A traced graph ready to run: feeds parameters, dropout masks and the rows of lazy tables by
 * itself, and writes results into preallocated arrays. Two sets of result arrays alternate, so a
 * result stays valid until the run after the next.
 */
export class Program {
  readonly #session: Session
  readonly #feeds: Record<string, HostTensor> = {}
  readonly #inputs = new Map<string, HostTensor>()
  readonly #dropouts: { readonly data: Float32Array; readonly rate: number }[] = []
  readonly #spaces: RowSpace[] = []
  readonly #rowFeeds = new Map<string, HostTensor>()
  readonly #fetches: Record<string, HostTensor>[]
  readonly #constants = new Map<string, HostTensor>()
  readonly #dropoutRng: Rng | undefined
  #runs = 0
  /** Rows that the last run fed, by lazy table. */
  readonly selections = new Map<string, RowSelection>()

  private constructor(
    session: Session,
    trace: Trace,
    outputs: readonly Tensor[],
    used: ReadonlySet<string>,
    rng?: Rng,
  ) {
    this.#session = session
    this.#dropoutRng = rng
    this.#fetches = Array.from({ length: fetchSets }, () => {
      return Object.fromEntries(outputs.map((output) => [output.name, hostTensor(output)]))
    })
    for (const [name, tensor] of trace.inputs) this.#inputs.set(name, hostTensor(tensor))
    for (const [name, tensor] of this.#inputs) if (used.has(name)) this.#feeds[name] = tensor
    for (const name of trace.parameters.keys()) {
      if (used.has(name) && !trace.lazyTables.has(name)) this.#feeds[name] = trace.store.get(name).tensor
    }
    for (const { tensor, rate } of trace.dropouts) {
      if (!used.has(tensor.name)) continue
      const feed = hostTensor(tensor)
      this.#feeds[tensor.name] = feed
      this.#dropouts.push({ data: feed.data as Float32Array, rate })
    }
    for (const [name, { tensor, data }] of trace.graph.constants) {
      this.#constants.set(name, { dtype: tensor.dtype, dims: staticShape(name, tensor.shape), data })
    }
    this.#spaces.push(...this.#rowSpaces(trace, used))
  }

  /**
   * Compiles what `outputs` need. Each output appears once.
   *
   * @throws `GRAPH_INVALID` for an output named twice, `RUNTIME_FAILED` when the runtime refuses the graph.
   */
  static async compile(
    runtime: Runtime,
    trace: Trace,
    outputs: readonly Tensor[],
    options: ProgramOptions = {},
  ): Promise<Program> {
    const model = toOnnx(trace.graph, outputs)
    const used = new Set(model.inputNames)
    if (trace.dropouts.some(({ tensor }) => used.has(tensor.name)) && !options.dropoutRng) {
      throw new VeilrecError('INVALID_ARGUMENT', 'a training graph with dropout needs a random stream for it')
    }
    const session = await runtime.load(model.bytes, options)
    return new Program(session, trace, outputs, used, options.dropoutRng)
  }

  /**
   * Runs once and returns the results by tensor name. Inputs are copied in.
   *
   * @throws `GRAPH_INVALID` for a missing, unknown or wrongly sized input.
   */
  async run(inputs: Readonly<Record<string, HostArray>>): Promise<Readonly<Record<string, HostTensor>>> {
    this.#copyInputs(inputs)
    for (const space of this.#spaces) this.#gatherRows(space)
    for (const { data, rate } of this.#dropouts) fillDropoutMask(data, rate, this.#dropoutRng as Rng)
    const fetches = this.#fetches[this.#runs++ % fetchSets] as Record<string, HostTensor>
    await this.#session.run(this.#feeds, fetches)
    return fetches
  }

  /** An input as the last run fed it (ids of lazy tables renumbered to rows), or a constant. */
  fed(name: string): HostTensor {
    const fed = this.#inputs.get(name) ?? this.#constants.get(name)
    if (fed) return fed
    throw new VeilrecError('GRAPH_INVALID', `"${name}" is neither an input nor a constant`, { name })
  }

  /** Frees the compiled graph. */
  async release(): Promise<void> {
    await this.#session.release()
  }

  #copyInputs(inputs: Readonly<Record<string, HostArray>>): void {
    for (const name of Object.keys(inputs)) {
      if (!this.#inputs.has(name)) {
        const known = [...this.#inputs.keys()].join(', ')
        throw new VeilrecError('GRAPH_INVALID', `the graph has no input "${name}"; it has ${known}`, { name })
      }
    }
    for (const [name, { data, dims, dtype }] of this.#inputs) {
      const given = inputs[name]
      if (given?.length !== data.length || given.constructor !== data.constructor) {
        const what = given ? `${given.length} values of ${given.constructor.name}` : 'nothing'
        throw new VeilrecError(
          'GRAPH_INVALID',
          `input "${name}" needs ${dtype} ${formatShape(dims)}, got ${what}`,
          { name, dims, dtype },
        )
      }
      ;(data as Float32Array).set(given as Float32Array)
    }
  }

  #gatherRows({ inputs, tables, index }: RowSpace): void {
    const selection = index.renumber(inputs.map(({ data }) => data as Int32Array))
    const bucket = rowBucket(selection.count)
    for (const { name, parameter } of tables) {
      const feed = this.#rowFeed(name, parameter, bucket)
      const width = parameter.data.length / (parameter.shape[0] as number)
      copyRows(parameter.data, feed.data as Float32Array, selection, width)
      this.#feeds[name] = feed
      this.selections.set(name, selection)
    }
  }

  #rowFeed(name: string, parameter: Parameter, rows: number): HostTensor {
    const key = `${name} ${rows}`
    let feed = this.#rowFeeds.get(key)
    if (!feed) {
      const dims = [rows, ...parameter.shape.slice(1)]
      feed = { dtype: 'float32', dims, data: allocate('float32', size(dims)) }
      this.#rowFeeds.set(key, feed)
    }
    return feed
  }

  #rowSpaces(trace: Trace, used: ReadonlySet<string>): RowSpace[] {
    const groups: { readonly names: string[]; readonly inputs: Set<string> }[] = []
    for (const [name, { idInputs }] of trace.lazyTables) {
      if (!used.has(name)) continue
      const shared = groups.filter(({ inputs }) => [...idInputs].some((input) => inputs.has(input)))
      const merged = { names: [name], inputs: new Set(idInputs) }
      for (const group of shared) {
        merged.names.push(...group.names)
        for (const input of group.inputs) merged.inputs.add(input)
        groups.splice(groups.indexOf(group), 1)
      }
      groups.push(merged)
    }
    return groups.map(({ names, inputs }) => {
      const tables = names.map((name) => ({ name, parameter: trace.store.get(name) }))
      const rows = new Set(tables.map(({ parameter }) => parameter.shape[0] as number))
      if (rows.size !== 1) {
        throw new VeilrecError(
          'GRAPH_INVALID',
          `lazy tables with common ids differ in rows: ${names.join(', ')}`,
          { names },
        )
      }
      const feeds = [...inputs].map((input) => this.#inputs.get(input) as HostTensor)
      return { inputs: feeds, tables, index: new RowIndex([...rows][0] as number) }
    })
  }
}

function copyRows(
  table: Float32Array,
  target: Float32Array,
  { ids, count }: RowSelection,
  width: number,
): void {
  for (let row = 0; row < count; row++) {
    let from = (ids[row] as number) * width
    const end = (row + 1) * width
    for (let to = row * width; to < end; to++) target[to] = table[from++] as number
  }
}

function hostTensor(tensor: Tensor): HostTensor {
  const dims = staticShape(tensor.name, tensor.shape)
  return { dtype: tensor.dtype, dims, data: allocate(tensor.dtype, size(dims)) }
}

function size(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}
