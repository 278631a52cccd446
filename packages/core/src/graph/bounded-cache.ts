/** Something compiled that holds memory until released. */
export interface Releasable {
  release(): Promise<void>
}

/**
 * Compiled graphs by shape: made when first asked for, kept for the `limit` most recently used, the
 * rest released.
 */
export class BoundedCache<Value extends Releasable> {
  readonly #entries = new Map<string, Value>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Number of compiled graphs in memory. */
  get size(): number {
    return this.#entries.size
  }

  /** The value for `key`, made by `compile` if there is none. One call at a time. */
  async get(key: string, compile: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key)
    const value = known ?? (await compile())
    this.#entries.delete(key)
    this.#entries.set(key, value)
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) break
      this.#entries.delete(oldest)
      await entry.release()
    }
    return value
  }

  /** Releases everything. */
  async release(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const entry of entries) await entry.release()
  }
}
