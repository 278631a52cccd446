import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { type xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** Saved state of an {@link Rng}: four 32-bit integers. */
export type RngState = readonly number[]

/**
 * A seeded stream of random numbers (xoroshiro128+).
 *
 * Every purpose gets a stream of its own by {@link Rng.split}, so that adding a draw in one place
 * changes nothing elsewhere, and every stream's state can be saved, so that a resumed run draws
 * what the uninterrupted one would have drawn.
 *
 * @example
 * const rng = Rng.fromSeed(7)
 * const shuffling = rng.split('shuffle')
 * shuffling.int(10) // 0..9, the same for seed 7 for ever
 */
export class Rng {
  #generator: ReturnType<typeof xoroshiro128plus>

  private constructor(generator: ReturnType<typeof xoroshiro128plus>) {
    this.#generator = generator
  }

  /** A stream for an integer seed. */
  static fromSeed(seed: number): Rng {
    return Rng.#fromWords(hashWords([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0], 'seed'))
  }

  /** The stream whose {@link Rng.state} was saved. */
  static fromState(state: RngState): Rng {
    return new Rng(xoroshiro128plusFromState([...state]))
  }

  static #fromWords(words: readonly number[]): Rng {
    return new Rng(xoroshiro128plusFromState(words.map((word) => word | 0)))
  }

  /** A stream that depends on this stream's present state and the label; this stream does not advance. */
  split(label: string): Rng {
    return Rng.#fromWords(hashWords(this.state(), label))
  }

  /** Four 32-bit integers from which {@link Rng.fromState} continues. */
  state(): RngState {
    return [...this.#generator.getState()]
  }

  /** A signed 32-bit integer; the cheapest draw. */
  int32(): number {
    return this.#generator.next()
  }

  /**
   * Fills `words` with what as many calls of {@link Rng.int32} would give, several times faster: the
   * state stays in local variables.
   */
  fillInt32(words: Int32Array): void {
    let [s01, s00, s11, s10] = this.#generator.getState() as [number, number, number, number]
    for (let i = 0; i < words.length; i++) {
      words[i] = s00 + s10
      const a0 = s10 ^ s00
      const a1 = s11 ^ s01
      const low = s00
      const high = s01
      s00 = (low << 24) ^ (high >>> 8) ^ a0 ^ (a0 << 16)
      s01 = (high << 24) ^ (low >>> 8) ^ a1 ^ ((a1 << 16) | (a0 >>> 16))
      s10 = (a1 << 5) ^ (a0 >>> 27)
      s11 = (a0 << 5) ^ (a1 >>> 27)
    }
    this.#generator = xoroshiro128plusFromState([s01, s00, s11, s10])
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return uniformFloat64(this.#generator)
  }

  /** Uniform integer in [0, bound), without modulo bias (rejection); 1 <= bound <= 2^32. */
  int(bound: number): number {
    for (;;) {
      const draw = this.#generator.next() >>> 0
      // The first comparison implies the second and spares a division for nearly all draws.
      if (draw <= 2 ** 32 - bound || draw < 2 ** 32 - (2 ** 32 % bound)) return draw % bound
    }
  }

  /** Standard normal (Box-Muller, the cosine branch, so that a draw has no hidden state). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Fisher-Yates in place; returns its argument. */
  shuffle<T extends unknown[] | Int32Array | Uint32Array | Float32Array | Float64Array>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      const kept = items[i]
      items[i] = items[j]
      items[j] = kept
    }
    return items
  }
}

/** Mixes words and a label into four well-spread 32-bit words (murmur3's finaliser after FNV-1a). */
function hashWords(words: readonly number[], label: string): number[] {
  const mixed: number[] = []
  for (let lane = 0; lane < 4; lane++) {
    let hash = 0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b9)
    for (const word of words) hash = finalize(hash ^ word)
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
    mixed.push(finalize(hash))
  }
  if (!mixed.some(Boolean)) mixed[0] = 1
  return mixed
}

function finalize(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}
