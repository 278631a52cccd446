import type { Histories } from '../dataset.js'
import { BoundedCache } from '../graph/bounded-cache.js'
import type { ParameterStore } from '../graph/parameter-store.js'
import { Program } from '../graph/program.js'
import type { Runtime, SessionOptions } from '../graph/runtime.js'
import { createTrace, Scope } from '../graph/scope.js'
import { historyQuery, rowsPerBatch, timeBucket } from '../training/sequence-batches.js'
import type { BatchShape, Recommender } from './recommender.js'

/** Positions per run while encoding; more only costs memory. */
const encodeTokens = 12_800

/** Name of the query of a recommender as an input of a graph: `history`, or `users` for one that reads none. */
export function queryName({ historyLength }: Recommender): 'history' | 'users' {
  return historyLength > 0 ? 'history' : 'users'
}

/**
 * Turns histories into user vectors with the present parameters of a store. Users whose histories are of similar length
 * share a batch, so that little is spent on padding; a vector does not depend on who else is in the batch.
 */
export class Encoder {
  readonly #programs = new BoundedCache<Program>(8)
  readonly #options: SessionOptions

  constructor(
    readonly runtime: Runtime,
    readonly recommender: Recommender,
    readonly store: ParameterStore,
    options: SessionOptions = {},
  ) {
    this.#options = options
  }

  /**
   * User vectors `[users.length, dimension]`, row-major, from the newest items of each user's history, or by the user's
   * index where the recommender reads no history. A user without items gets the zero vector.
   *
   * @param users indices into `histories`; everybody when left out.
   */
  async encode(histories: Histories, users?: Int32Array): Promise<Float32Array> {
    const { dimension, historyLength } = this.recommender
    const wanted = users ?? Int32Array.from({ length: histories.offsets.length - 1 }, (_, user) => user)
    const vectors = new Float32Array(wanted.length * dimension)
    const byTime = new Map<number, number[]>()
    wanted.forEach((user, row) => {
      const length = histories.offsets[user + 1]! - histories.offsets[user]!
      if (length === 0 && historyLength > 0) return
      const time = historyLength === 0 ? 1 : timeBucket(length, historyLength)
      const rows = byTime.get(time)
      if (rows) rows.push(row)
      else byTime.set(time, [row])
    })
    for (const [time, rows] of byTime) {
      const batch = rowsPerBatch(time, encodeTokens)
      for (let from = 0; from < rows.length; from += batch) {
        const members = rows.slice(from, from + batch)
        const encoded = await this.#encodeBatch(
          histories,
          members.map((row) => wanted[row]!),
          { batch, time },
        )
        members.forEach((row, place) =>
          vectors.set(encoded.subarray(place * dimension, (place + 1) * dimension), row * dimension),
        )
      }
    }
    return vectors
  }

  /** Frees the compiled graphs. */
  async release(): Promise<void> {
    await this.#programs.release()
  }

  async #encodeBatch(
    histories: Histories,
    users: readonly number[],
    shape: BatchShape,
  ): Promise<Float32Array> {
    const { batch, time } = shape
    const name = queryName(this.recommender)
    const query = name === 'history' ? historyQuery(histories, users, shape) : new Int32Array(batch)
    if (name === 'users') users.forEach((user, row) => (query[row] = user + 1))
    const program = await this.#programs.get(`${batch}x${time}`, () => {
      return this.#compile(name, name === 'history' ? [batch, time] : [batch])
    })
    const results = await program.run({ [name]: query })
    return Object.values(results)[0]!.data as Float32Array
  }

  #compile(name: string, shape: readonly number[]): Promise<Program> {
    const trace = createTrace(this.store, { training: false })
    const scope = new Scope(trace)
    const vectors = this.recommender.userVectors(scope, scope.input(name, 'int32', shape))
    return Program.compile(this.runtime, trace, [vectors], this.#options)
  }
}
