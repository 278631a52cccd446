import { createHash } from 'node:crypto'

/** What an entry costs beside its key and its numbers. */
const overheadBytes = 200

/**
 * Vectors of known users before any veil, the least recently used first to go, bounded in bytes, in memory only.
 *
 * A vector belongs to one user, one model and one history, so that an entry is never wrong: a new item gives another key. Vectors of
 * people who send a history without a name are not kept.
 */
export class VectorCache {
  readonly #entries = new Map<string, Float32Array>()
  readonly #limit: number
  #bytes = 0

  /** @param limit bytes; 0 keeps nothing. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes that are taken. */
  get bytes(): number {
    return this.#bytes
  }

  /** The key of a user's vector: the user, the version of the history and the digest of the model. */
  key(user: string, history: Int32Array, digest: string): string {
    const { buffer, byteOffset, byteLength } = history
    const version = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('base64')
    return `${digest} ${version} ${user}`
  }

  /** The vector under a key, now the most recently used. */
  get(key: string): Float32Array | undefined {
    const vector = this.#entries.get(key)
    if (vector === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, vector)
    return vector
  }

  /** Keeps a vector, and forgets others until it fits. */
  set(key: string, vector: Float32Array): void {
    const cost = costOf(key, vector)
    if (cost > this.#limit) return
    this.#forget(key)
    this.#entries.set(key, vector)
    this.#bytes += cost
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const vector = this.#entries.get(key)
    if (vector === undefined) return
    this.#entries.delete(key)
    this.#bytes -= costOf(key, vector)
  }
}

function costOf(key: string, vector: Float32Array): number {
  return 2 * key.length + vector.byteLength + overheadBytes
}
