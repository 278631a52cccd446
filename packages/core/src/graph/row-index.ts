import { VeilrecError } from '../errors/veilrec-error.js'

/** The distinct ids of a batch; position in `ids` is the row number inside the step. */
export interface RowSelection {
  /** Distinct ids, id 0 first, then in order of first appearance; the first `count` are valid. */
  readonly ids: Int32Array
  readonly count: number
  /** Whether the batch names id 0, which has a row in any case. */
  readonly namesZero: boolean
}

/**
 * Renumbers the ids of a batch to rows `0 .. count - 1`. Its memory is two words per id of the table,
 * its time linear in the batch.
 */
export class RowIndex {
  readonly #rows: number
  readonly #localRow: Int32Array
  readonly #lastBatch: Int32Array
  #batch = 0
  #ids: Int32Array

  constructor(rows: number) {
    this.#rows = rows
    this.#localRow = new Int32Array(rows)
    this.#lastBatch = new Int32Array(rows)
    this.#ids = new Int32Array(1024)
  }

  /** Rewrites every id of `batches` in place to its row; id 0 (padding) is always row 0. */
  renumber(batches: readonly Int32Array[]): RowSelection {
    this.#batch++
    this.#ids[0] = 0
    this.#localRow[0] = 0
    this.#lastBatch[0] = this.#batch
    let count = 1
    let namesZero = false
    for (const batch of batches) {
      for (let i = 0; i < batch.length; i++) {
        const id = batch[i] as number
        if (!(id >= 0 && id < this.#rows)) {
          throw new VeilrecError('INVALID_ARGUMENT', `row ${id} is outside the table of ${this.#rows} rows`, {
            id,
          })
        }
        if (id === 0) namesZero = true
        if (this.#lastBatch[id] !== this.#batch) {
          this.#lastBatch[id] = this.#batch
          this.#localRow[id] = count
          if (count === this.#ids.length) this.#grow()
          this.#ids[count++] = id
        }
        batch[i] = this.#localRow[id] as number
      }
    }
    return { ids: this.#ids, count, namesZero }
  }

  #grow(): void {
    const larger = new Int32Array(this.#ids.length * 2)
    larger.set(this.#ids)
    this.#ids = larger
  }
}

/** The smallest of 64, 80, 96, 112, 128, 160, ... (four steps per doubling) that holds `count`. */
export function rowBucket(count: number): number {
  let base = 64
  while (base * 2 <= count) base *= 2
  for (let step = 4; step <= 8; step++) {
    const bucket = (base / 4) * step
    if (bucket >= count) return bucket
  }
  return base * 2
}

/** `target[indices[i]] += values[i]` over rows of `width`, in order: one thread, no race. */
export function accumulateRows(
  target: Float32Array,
  values: Float32Array,
  indices: Int32Array,
  width: number,
): void {
  const whole = width - (width % 4)
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]! * width
    const from = i * width
    // Four at a time: this loop runs over every gradient of every looked-up row.
    for (let j = 0; j < whole; j += 4) {
      target[row + j] = target[row + j]! + values[from + j]!
      target[row + j + 1] = target[row + j + 1]! + values[from + j + 1]!
      target[row + j + 2] = target[row + j + 2]! + values[from + j + 2]!
      target[row + j + 3] = target[row + j + 3]! + values[from + j + 3]!
    }
    for (let j = whole; j < width; j++) target[row + j] = target[row + j]! + values[from + j]!
  }
}
