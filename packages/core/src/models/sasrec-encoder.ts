import { BoundedCache } from '../graph/bounded-cache.js'
import type { ParameterStore } from '../graph/parameter-store.js'
import { Program } from '../graph/program.js'
import type { Runtime, SessionOptions } from '../graph/runtime.js'
import { createTrace, Scope } from '../graph/scope.js'
import type { Histories } from '../dataset.js'
import { rowsPerBatch, timeBucket } from '../training/sequence-batches.js'
import { sasrec, type SasrecConfig } from './sasrec.js'

/** Positions per run while encoding; more only costs memory. */
const encodeTokens = 12_800

/** Turns histories into user vectors with the present parameters of a store. */
export class SasrecEncoder {
  readonly #programs = new BoundedCache<Program>(8)
  readonly #options: SessionOptions

  constructor(
    readonly runtime: Runtime,
    readonly store: ParameterStore,
    readonly config: SasrecConfig,
    readonly numItems: number,
    options: SessionOptions = {},
  ) {
    this.#options = options
  }

  /**
   * User vectors `[users.length, hiddenSize]`, row-major, from the newest items of each user's history.
   * A user without items gets the zero vector.
   *
   * @param users - indices into `histories`; everybody when left out.
   */
  async encode(histories: Histories, users?: Int32Array): Promise<Float32Array> {
    const { hiddenSize, historyLength } = this.config
    const wanted = users ?? Int32Array.from({ length: histories.offsets.length - 1 }, (_, user) => user)
    const vectors = new Float32Array(wanted.length * hiddenSize)
    const byTime = new Map<number, number[]>()
    wanted.forEach((user, row) => {
      const length = Math.min(histories.offsets[user + 1]! - histories.offsets[user]!, historyLength)
      if (length === 0) return
      const time = timeBucket(length, historyLength)
      const rows = byTime.get(time)
      if (rows) rows.push(row)
      else byTime.set(time, [row])
    })
    for (const [time, rows] of byTime) {
      const batch = rowsPerBatch(time, encodeTokens)
      for (let from = 0; from < rows.length; from += batch) {
        await this.#encodeBatch(histories, wanted, rows.slice(from, from + batch), { batch, time }, vectors)
      }
    }
    return vectors
  }

  /** The item table `[numItems + 1, hiddenSize]`, live. */
  itemVectors(): Float32Array {
    return this.store.get('items/weight').data
  }

  /** Frees the compiled graphs. */
  async release(): Promise<void> {
    await this.#programs.release()
  }

  async #encodeBatch(
    histories: Histories,
    users: Int32Array,
    rows: readonly number[],
    { batch, time }: { readonly batch: number; readonly time: number },
    vectors: Float32Array,
  ): Promise<void> {
    const items = new Int32Array(batch * time)
    const lastPositions = new Int32Array(batch)
    rows.forEach((row, place) => {
      const user = users[row]!
      const end = histories.offsets[user + 1]!
      const start = Math.max(histories.offsets[user]!, end - time)
      items.set(histories.items.subarray(start, end), place * time)
      lastPositions[place] = end - start - 1
    })
    const program = await this.#programs.get(`${batch}x${time}`, () => this.#compile(batch, time))
    const results = await program.run({ history: items, lastPositions })
    const width = this.config.hiddenSize
    const encoded = Object.values(results)[0]!.data as Float32Array
    rows.forEach((row, place) =>
      vectors.set(encoded.subarray(place * width, (place + 1) * width), row * width),
    )
  }

  #compile(batch: number, time: number): Promise<Program> {
    const trace = createTrace(this.store, { training: false })
    const scope = new Scope(trace)
    const history = scope.input('history', 'int32', [batch, time])
    const lastPositions = scope.input('lastPositions', 'int32', [batch])
    const output = sasrec(this.config, this.numItems).userVectors(scope, history, lastPositions)
    return Program.compile(this.runtime, trace, [output], this.#options)
  }
}
