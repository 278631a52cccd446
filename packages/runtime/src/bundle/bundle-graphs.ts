import { VeilrecError, type HostTensor, type Runtime, type Session } from '@veilrec/core'

import type { BundleModel } from './read-bundle.js'

/**
 * Rows of one run at least. The engine multiplies a single row by another kernel, whose last bits differ; from two rows
 * on a row's result does not depend on how many stand beside it.
 */
const leastRows = 2

/** One graph of a bundle, loaded. */
export class BundleGraph {
  readonly #session: Session
  readonly #parameters: Readonly<Record<string, HostTensor>>
  readonly #output: { readonly name: string; readonly width: number }

  private constructor(
    session: Session,
    parameters: Readonly<Record<string, HostTensor>>,
    output: { readonly name: string; readonly width: number },
  ) {
    this.#session = session
    this.#parameters = parameters
    this.#output = output
  }

  /**
   * @param inputs names of what is fed by row; every other input is a parameter.
   * @param prefix under which a parameter is looked for first.
   * @param output name and width of the one output.
   */
  static async load(
    runtime: Runtime,
    bytes: Uint8Array,
    about: {
      readonly parameters: BundleModel['parameters']
      readonly names: readonly string[]
      readonly prefix?: string
      readonly output: { readonly name: string; readonly width: number }
    },
  ): Promise<BundleGraph> {
    const { parameters, names, prefix = '', output } = about
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
    return new BundleGraph(await runtime.load(bytes), Object.fromEntries(fed), output)
  }

  /**
   * Runs the graph on rows and gives the output `[rows, width]`.
   *
   * @param inputs each of `rows` rows.
   */
  async run(
    rows: number,
    inputs: Readonly<Record<string, { readonly data: Float32Array | Int32Array; readonly width: number }>>,
  ): Promise<Float32Array> {
    const count = Math.max(leastRows, rows)
    const feeds: Record<string, HostTensor> = { ...this.#parameters }
    for (const [name, { data, width }] of Object.entries(inputs)) {
      let fed = data
      if (rows < count) {
        fed = data instanceof Int32Array ? new Int32Array(count * width) : new Float32Array(count * width)
        // The row again and not zeros, which some models have no answer to.
        for (let row = 0; row < count; row++) fed.set(data as never, row * width)
      }
      const dtype = fed instanceof Int32Array ? 'int32' : 'float32'
      feeds[name] = { dtype, dims: [count, width], data: fed }
    }
    const { name, width } = this.#output
    const data = new Float32Array(count * width)
    await this.#session.run(feeds, { [name]: { dtype: 'float32', dims: [count, width], data } })
    return data.subarray(0, rows * width)
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release()
  }
}
