import type { Rng } from '../random.js'

/** Fills a new parameter; `shape` is `[in, out]` for weights, `[filters, channels, ...window]` for kernels. */
export type Initializer = (values: Float32Array, shape: readonly number[], rng: Rng) => void

/** Every value the same. */
export function constant(value: number): Initializer {
  return (values) => {
    values.fill(value)
  }
}

/** N(0, deviation^2). */
export function normal(deviation: number): Initializer {
  return (values, _, rng) => {
    for (let i = 0; i < values.length; i++) values[i] = deviation * rng.normal()
  }
}

/** N(0, deviation^2) redrawn until it lies within two deviations. */
export function truncatedNormal(deviation: number): Initializer {
  return (values, _, rng) => {
    for (let i = 0; i < values.length; i++) {
      let draw = rng.normal()
      while (Math.abs(draw) > 2) draw = rng.normal()
      values[i] = deviation * draw
    }
  }
}

/** Uniform in +-sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010, equation 16). */
export function xavierUniform(): Initializer {
  return (values, shape, rng) => {
    const { fanIn, fanOut } = fans(shape)
    fillUniform(values, Math.sqrt(6 / (fanIn + fanOut)), rng)
  }
}

/** N(0, 2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierNormal(): Initializer {
  return (values, shape, rng) => {
    const { fanIn, fanOut } = fans(shape)
    normal(Math.sqrt(2 / (fanIn + fanOut)))(values, shape, rng)
  }
}

/** Uniform in +-sqrt(6 / fanIn) (He et al. 2015), for layers followed by ReLU. */
export function kaimingUniform(): Initializer {
  return (values, shape, rng) => fillUniform(values, Math.sqrt(6 / fans(shape).fanIn), rng)
}

/** N(0, 2 / fanIn) (He et al. 2015), for layers followed by ReLU. */
export function kaimingNormal(): Initializer {
  return (values, shape, rng) => normal(Math.sqrt(2 / fans(shape).fanIn))(values, shape, rng)
}

function fillUniform(values: Float32Array, bound: number, rng: Rng): void {
  for (let i = 0; i < values.length; i++) values[i] = bound * (2 * rng.uniform() - 1)
}

function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const [first = 1, second = 1, ...window] = shape
  if (window.length === 0) return { fanIn: first, fanOut: second }
  const receptive = window.reduce((size, length) => size * length, 1)
  return { fanIn: second * receptive, fanOut: first * receptive }
}
