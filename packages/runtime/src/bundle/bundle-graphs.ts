import { VeilrecError, type HostTensor, type Runtime, type Session } from '@veilrec/core'

import type { BundleModel } from './read-bundle.js'

/** Rows that are fed to a graph. */
export interface GraphRows {
  /** `[rows, width]` */
  readonly data: Float32Array | Int32Array
  readonly width: number
}

/** How a graph is fed. */
export interface BundleGraphOptions {
  readonly parameters: BundleModel['parameters']
  /** Names of the inputs that are parameters. */
  readonly names: readonly string[]
  /** Under which a parameter is looked for first. */
  readonly prefix?: string
  /** Rows of every run; any number when left out. */
  readonly rows?: number
  /** Its one output, of so many numbers a row. */
  readonly output: { readonly name: string; readonly width: number }
}

/** One graph of a bundle, loaded. */
export class BundleGraph {
  readonly #session: Session
  readonly #parameters: Readonly<Record<string, HostTensor>>
  readonly #output: BundleGraphOptions['output']
  readonly #rows: number | undefined

  private constructor(
    session: Session,
    parameters: Readonly<Record<string, HostTensor>>,
    { output, rows }: BundleGraphOptions,
  ) {
    this.#session = session
    this.#parameters = parameters
    this.#output = output
    this.#rows = rows
  }

  /**
   * Loads a graph with its parameters.
   *
   * @throws VeilrecError `BUNDLE_CORRUPT` when a parameter is missing; `RUNTIME_FAILED`.
   */
  static async load(runtime: Runtime, bytes: Uint8Array, options: BundleGraphOptions): Promise<BundleGraph> {
    const { parameters, names, prefix = '' } = options
    const fed = names.map((name): [string, HostTensor] => {
      const stored = parameters.get(prefix + name) ?? parameters.get(name)
      if (stored === undefined) {
        throw new VeilrecError(
          'BUNDLE_CORRUPT',
          `a graph needs the parameter "${name}", which is not there`,
          { name },
        )
      }
      return [name, { dtype: 'float32', dims: stored.shape, data: stored.data as Float32Array }]
    })
    return new BundleGraph(await runtime.load(bytes), Object.fromEntries(fed), options)
  }

  /**
   * Runs the graph on rows and gives the output `[rows, width]`. Of a graph with a fixed number of rows every run has so many, the
   * last filled up, so that a row does not depend on those beside it, to the last bit.
   *
   * @param inputs each of `rows` rows.
   * @param room for at least as many numbers as the output has, which is then a part of it; made when left out.
   */
  async run(
    rows: number,
    inputs: Readonly<Record<string, GraphRows>>,
    room?: Float32Array,
  ): Promise<Float32Array> {
    const perRun = this.#rows ?? rows
    const { name, width } = this.#output
    const result = room ?? new Float32Array(Math.ceil(rows / perRun) * perRun * width)
    for (let from = 0; from < rows; from += perRun) {
      const feeds: Record<string, HostTensor> = { ...this.#parameters }
      for (const [input, given] of Object.entries(inputs)) feeds[input] = block(given, from, perRun)
      const data = result.subarray(from * width, (from + perRun) * width)
      await this.#session.run(feeds, { [name]: { dtype: 'float32', dims: [perRun, width], data } })
    }
    return result.subarray(0, rows * width)
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release()
  }
}

/** Rows from `from` on, as many as a run has; the last one stands for those that are missing. */
function block({ data, width }: GraphRows, from: number, perRun: number): HostTensor {
  const there = data.subarray(from * width, (from + perRun) * width)
  const dtype = data instanceof Int32Array ? 'int32' : 'float32'
  const dims = [perRun, width]
  if (there.length === perRun * width) return { dtype, dims, data: there }
  const filled =
    data instanceof Int32Array ? new Int32Array(perRun * width) : new Float32Array(perRun * width)
  filled.set(there)
  // The row again and not zeros, which some models have no answer to.
  const last = there.subarray(there.length - width)
  for (let at = there.length; at < filled.length; at += width) filled.set(last, at)
  return { dtype, dims, data: filled }
}
