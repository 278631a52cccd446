import { VeilrecError } from '../errors/veilrec-error.js'
import type { Rng } from '../random.js'
import type { HostTensor } from './host-tensor.js'
import type { Initializer } from './initializers.js'
import { formatShape } from './shape.js'

/** How a parameter is stored and updated. */
export interface ParameterOptions {
  /**
   * `lazy`: a table of which a step reads and updates only the rows its batch names; neither the
   * table nor its moments enter the graph. `dense` (default): every step updates every value.
   */
  readonly update?: 'dense' | 'lazy'
  /** Row 0 stands for padding: it is zero and stays zero. */
  readonly paddingRow?: boolean
}

/** A trained value. Steps update `tensor.data` in place. */
export interface Parameter {
  /** Path of scopes and name, such as `block0/attention/query/weight`. */
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array<ArrayBuffer>
  readonly update: 'dense' | 'lazy'
  readonly paddingRow: boolean
  /** The same data as a feed. */
  readonly tensor: HostTensor
}

/**
 * The parameters of a model by name, shared by every graph that is traced over them: training
 * steps with different trainable sets, inference and export all see the same arrays.
 *
 * A parameter is made by the first trace that names it. Its initial values depend on the seed and
 * its name alone, not on the order of tracing.
 */
export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>()
  readonly #rng: Rng
  readonly #frozen: ParameterStore | undefined

  /**
   * @param frozen a store whose parameters a trace over this one meets under their own names and no step trains: a
   * trained model that something new is put on. It is left as it is, and {@link list} and what builds on it are about the new
   * parameters only.
   */
  constructor(rng: Rng, frozen?: ParameterStore) {
    this.#rng = rng
    this.#frozen = frozen
  }

  /** Whether the parameter of that name belongs to the frozen store. */
  isFrozen(name: string): boolean {
    return !this.#parameters.has(name) && this.#frozen?.find(name) !== undefined
  }

  /** The parameter of that name here or in the frozen store, if there is one. */
  find(name: string): Parameter | undefined {
    return this.#parameters.get(name) ?? this.#frozen?.find(name)
  }

  /** The parameter of that name, made if it is new. Throws `GRAPH_SHAPE_MISMATCH` if it exists with another shape. */
  declare(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    { update = 'dense', paddingRow = false }: ParameterOptions = {},
  ): Parameter {
    const known = this.find(name)
    if (known) {
      if (formatShape(known.shape) === formatShape(shape)) return known
      throw new VeilrecError(
        'GRAPH_SHAPE_MISMATCH',
        `parameter "${name}" has shape ${formatShape(known.shape)}, not ${formatShape(shape)}`,
        { name, known: known.shape, asked: shape },
      )
    }
    const data = new Float32Array(shape.reduce((size, dim) => size * dim, 1))
    initializer(data, shape, this.#rng.split(name))
    if (paddingRow) data.fill(0, 0, data.length / (shape[0] ?? 1))
    const tensor: HostTensor = { dtype: 'float32', dims: shape, data }
    const parameter = { name, shape: [...shape], data, update, paddingRow, tensor }
    this.#parameters.set(name, parameter)
    return parameter
  }

  /** The parameter of that name; throws `GRAPH_INVALID` for an unknown one. */
  get(name: string): Parameter {
    const parameter = this.find(name)
    if (parameter) return parameter
    throw new VeilrecError('GRAPH_INVALID', `no parameter named "${name}"`, { name })
  }

  /** All parameters in order of their names, without frozen ones. */
  list(): Parameter[] {
    return [...this.#parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Number of trained values, without padding rows and frozen ones. */
  get size(): number {
    return this.list().reduce((total, { data, shape, paddingRow }) => {
      return total + data.length - (paddingRow ? data.length / (shape[0] ?? 1) : 0)
    }, 0)
  }

  /** A copy of all values but frozen ones, to keep the best. */
  snapshot(): ReadonlyMap<string, Float32Array> {
    return new Map(this.list().map(({ name, data }) => [name, data.slice()]))
  }

  /**
   * Overwrites the values in place. Throws `GRAPH_INVALID` unless names and sizes are exactly those
   * of the store.
   */
  restore(values: ReadonlyMap<string, Float32Array>): void {
    const missing = this.list().filter(({ name, data }) => values.get(name)?.length !== data.length)
    const unknown = [...values.keys()].filter((name) => !this.#parameters.has(name))
    if (missing.length > 0 || unknown.length > 0) {
      const names = [...missing.map(({ name }) => name), ...unknown]
      throw new VeilrecError('GRAPH_INVALID', `the values do not fit the parameters ${names.join(', ')}`, {
        names,
      })
    }
    for (const { name, data } of this.list()) data.set(values.get(name) as Float32Array)
  }
}
