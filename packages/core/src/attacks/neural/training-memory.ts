import { trainingKernel, type TrainingKernel } from './training-kernel.js'

const pageBytes = 65536
/** Arrays begin where a vector register does. */
const alignment = 16

/** Memory in which a {@link TrainingKernel} computes; one for all trainings of a runtime, as they take turns. */
export class TrainingMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 1 })
  readonly kernel: TrainingKernel = trainingKernel(this.#memory)
  #used = 0

  /** Begins anew, with room for so many bytes in arrays; arrays taken before are lost. */
  clear(bytes: number): void {
    this.#used = 0
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes))
  }

  /** An array of zeros. */
  floats(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(length), length).fill(0)
  }

  /** A copy. */
  integers(values: Int32Array): Int32Array {
    const copy = new Int32Array(this.#memory.buffer, this.#take(values.length), values.length)
    copy.set(values)
    return copy
  }

  #take(length: number): number {
    const at = this.#used
    this.#used += bytesOf(length)
    return at
  }
}

/** What an array of 32-bit numbers takes of a {@link TrainingMemory}. */
export function bytesOf(length: number): number {
  return Math.ceil((4 * length) / alignment) * alignment
}
