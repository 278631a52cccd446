/** The kinds of array a {@link NumberList} grows. */
type NumberArray = Int16Array | Int32Array | Float64Array

/** A typed array that grows, for rows whose number is not known beforehand. */
export class NumberList<T extends NumberArray> {
  readonly #create: new (length: number) => T
  #array: T
  #length = 0

  constructor(create: new (length: number) => T) {
    this.#create = create
    this.#array = new create(1024)
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = new this.#create(2 * this.#length)
      larger.set(this.#array)
      this.#array = larger
    }
    this.#array[this.#length++] = value
  }

  /** What was pushed, in order; a view of the list's own memory. */
  values(): T {
    return this.#array.subarray(0, this.#length) as T
  }
}
