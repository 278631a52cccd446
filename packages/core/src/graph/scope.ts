import { VeilrecError } from '../errors/veilrec-error.js'
import { Graph } from './graph.js'
import type { Initializer } from './initializers.js'
import { mul } from './ops/elementwise.js'
import { gather } from './ops/indexing.js'
import type { ParameterOptions, ParameterStore } from './parameter-store.js'
import { staticShape, type Shape } from './shape.js'
import type { DType, Tensor } from './tensor.js'

/** A graph input that every run fills with a fresh dropout mask: 0 with probability `rate`, else 1 / (1 - rate). */
export interface DropoutInput {
  readonly tensor: Tensor
  readonly rate: number
}

/** A lazily updated table and the inputs whose ids name its rows. */
export interface LazyTable {
  readonly tensor: Tensor
  readonly idInputs: Set<string>
}

/** What one tracing of a model leaves behind. */
export interface Trace {
  readonly graph: Graph
  readonly store: ParameterStore
  /** Dropout acts only while training. */
  readonly training: boolean
  /** Whether tables that are updated by rows enter as the rows of a batch; whole otherwise. */
  readonly byRows: boolean
  /** Parameters in use, by graph input name = parameter name. */
  readonly parameters: Map<string, Tensor>
  readonly lazyTables: Map<string, LazyTable>
  readonly dropouts: DropoutInput[]
  /** Inputs declared by the model, to be fed by the caller. */
  readonly inputs: Map<string, Tensor>
}

/**
 * Starts tracing over a store.
 *
 * @param options `lazyTables: false` makes every table enter the graph whole, as a model that is exported needs it.
 */
export function createTrace(
  store: ParameterStore,
  options: { readonly training: boolean; readonly lazyTables?: boolean },
): Trace {
  return {
    graph: new Graph(),
    store,
    training: options.training,
    byRows: options.lazyTables ?? true,
    parameters: new Map(),
    lazyTables: new Map(),
    dropouts: [],
    inputs: new Map(),
  }
}

/** The symbolic number of rows that a lazy table feeds to a step. */
const lazyRows = (name: string): Shape[number] => ({ symbol: `rows of ${name}`, times: 1 })

/**
 * A place in the parameter tree while a model is traced. Layers take a scope and name their
 * parameters below it; the same model traced again meets the same parameters.
 *
 * @example
 * const block = scope.child('block0')
 * const weight = block.parameter('weight', [64, 64], xavierUniform()) // named "block0/weight"
 */
export class Scope {
  readonly trace: Trace
  readonly #path: string

  constructor(trace: Trace, path = '') {
    this.trace = trace
    this.#path = path
  }

  get graph(): Graph {
    return this.trace.graph
  }

  /** The scope below this one. */
  child(name: string): Scope {
    return new Scope(this.trace, `${this.#path}${name}/`)
  }

  /** The top of the tree: where the parameters of a model are that this place is not a part of. */
  root(): Scope {
    return new Scope(this.trace)
  }

  /** A trained value, made by `initializer` when it is new. */
  parameter(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    options?: ParameterOptions,
  ): Tensor {
    const { parameters, store, graph, lazyTables } = this.trace
    const fullName = this.#path + name
    const known = parameters.get(fullName)
    const parameter = store.declare(fullName, shape, initializer, options)
    if (known) return known
    const lazy = parameter.update === 'lazy' && this.trace.byRows
    const tensor = graph.input(fullName, 'float32', lazy ? [lazyRows(fullName), ...shape.slice(1)] : shape)
    parameters.set(fullName, tensor)
    if (lazy) lazyTables.set(fullName, { tensor, idInputs: new Set() })
    return tensor
  }

  /** A value the caller feeds at every run; names are global to the trace. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    const tensor = this.trace.graph.input(name, dtype, shape)
    this.trace.inputs.set(name, tensor)
    return tensor
  }

  /**
   * Rows of a table parameter by int32 ids. The ids of a lazy table must be an input of the trace
   * itself, because the host decides from them which rows enter the graph.
   */
  lookup(table: Tensor, ids: Tensor): Tensor {
    const lazy = this.trace.lazyTables.get(table.name)
    if (lazy) {
      if (!this.trace.inputs.has(ids.name)) {
        throw new VeilrecError(
          'GRAPH_INVALID',
          `ids of the lazy table "${table.name}" must be an input of the graph`,
          {
            table: table.name,
            ids: ids.name,
          },
        )
      }
      lazy.idInputs.add(ids.name)
    }
    return gather(table, ids)
  }

  /** Inverted dropout (Srivastava et al. 2014): while training, zeroes values with probability `rate`. */
  dropout(x: Tensor, rate: number): Tensor {
    if (!this.trace.training || rate === 0) return x
    if (!(rate > 0 && rate < 1)) {
      throw new VeilrecError('INVALID_ARGUMENT', `a dropout rate lies in [0, 1), got ${rate}`, { rate })
    }
    const shape = staticShape('dropout', x.shape)
    const mask = this.graph.input(`${this.#path}dropout${this.trace.dropouts.length}`, 'float32', shape)
    this.trace.dropouts.push({ tensor: mask, rate })
    return mul(x, mask)
  }
}
