/** Before the first thread that is started again; in milliseconds. */
const shortest = 100
/** Between threads that go on ending; in milliseconds. */
const longest = 30_000

/**
 * How long to wait before a thread that ended is started again: 100 ms, twice as long for each one after it, 30 s at most, and from the
 * beginning after a thread that lived longer than that. One that ends at once then costs little, and one that ended once is soon back.
 */
export class RestartPause {
  #next = shortest

  /**
   * The pause after a thread.
   *
   * @param lived milliseconds from its start to its end.
   * @returns milliseconds.
   */
  after(lived: number): number {
    const pause = lived > longest ? shortest : this.#next
    this.#next = Math.min(2 * pause, longest)
    return pause
  }
}
