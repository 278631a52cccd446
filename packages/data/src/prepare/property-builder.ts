import type { ItemProperty } from '@veilrec/core'

/**
 * Builds an {@link ItemProperty} from the values of one item after the other. Values are numbered in the order in which
 * they first occur, and a value that an item has twice counts once, so that equal values give equal arrays.
 *
 * @example
 * const genre = new PropertyBuilder('genre')
 * genre.add(['Drama', 'War'])
 * genre.build() // values: Drama, War; offsets: 0, 2; codes: 0, 1
 */
export class PropertyBuilder {
  readonly #name: string
  readonly #codeOf = new Map<string, number>()
  readonly #offsets: number[] = [0]
  readonly #codes: number[] = []

  constructor(name: string) {
    this.#name = name
  }

  /** The values of the next item, possibly none. */
  add(values: Iterable<string>): void {
    for (const value of new Set(values)) {
      let code = this.#codeOf.get(value)
      if (code === undefined) {
        code = this.#codeOf.size
        this.#codeOf.set(value, code)
      }
      this.#codes.push(code)
    }
    this.#offsets.push(this.#codes.length)
  }

  /** The property of all items added; `offsets` has one entry more than there are items. */
  build(): ItemProperty {
    return {
      name: this.#name,
      values: [...this.#codeOf.keys()],
      offsets: Int32Array.from(this.#offsets),
      codes: Int32Array.from(this.#codes),
    }
  }
}
