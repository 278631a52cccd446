/** Times that are remembered. */
const remembered = 64

/**
 * Keeps lists that are the same for everybody from being faster than lists for a person, so that the time of an answer does not
 * tell which switch was set: a batch of nothing but such lists takes as long as lists for people took lately.
 */
export class EvenPace {
  /** Milliseconds per row of the latest batches with people. */
  readonly #recent: number[] = []
  #next = 0

  /** Notes how long a batch with people took. */
  note(rows: number, milliseconds: number): void {
    this.#recent[this.#next] = milliseconds / rows
    this.#next = (this.#next + 1) % remembered
  }

  /** How long a batch without people should take in all; 0 until there was one with people. */
  target(rows: number): number {
    if (this.#recent.length === 0) return 0
    const sorted = this.#recent.slice().sort((a, b) => a - b)
    return sorted[sorted.length >> 1]! * rows
  }
}
