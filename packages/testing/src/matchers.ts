import type {} from 'vitest'

import { VeilrecError, type ErrorCode } from '@veilrec/core'

/** Tolerances of {@link matchers.toBeAllClose}: an element may differ by `absolute + relative * |expected|`. */
export interface Tolerance {
  readonly relative?: number
  readonly absolute?: number
}

interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

type Numbers = ArrayLike<number | bigint>

/**
 * Matchers for `expect.extend(matchers)`.
 *
 * @example
 * expect.extend(matchers)
 * expect(gradient).toBeAllClose([1, 2], { relative: 1e-4 })
 * expect(() => add(x, y)).toThrowVeilrecError('GRAPH_SHAPE_MISMATCH', '[2, 3]')
 */
export const matchers = {
  /** Every element is close to the expected one (NumPy's `allclose`); NaN is close to nothing. */
  toBeAllClose(received: Numbers, expected: Numbers, tolerance: Tolerance = {}): MatcherResult {
    const { relative = 1e-6, absolute = 0 } = tolerance
    if (received.length !== expected.length) {
      return { pass: false, message: () => `${received.length} values instead of ${expected.length}` }
    }
    let worst = { excess: -Infinity, index: -1 }
    for (let index = 0; index < expected.length; index++) {
      const [a, b] = [Number(received[index]), Number(expected[index])]
      const difference = a === b ? 0 : Math.abs(a - b)
      const excess = difference - (absolute + relative * Math.abs(b))
      if (!(excess <= worst.excess)) worst = { excess, index }
      if (Number.isNaN(excess)) break
    }
    return {
      pass: worst.index < 0 || worst.excess <= 0,
      message: () =>
        `worst at index ${worst.index} of ${expected.length}: ${Number(received[worst.index])}, expected ` +
        `${Number(expected[worst.index])} (relative ${relative}, absolute ${absolute})`,
    }
  },

  /** A function throws, or a rejected promise holds, a `VeilrecError` of this code whose message has all the parts. */
  toThrowVeilrecError(received: unknown, code: ErrorCode, ...parts: readonly string[]): MatcherResult {
    const thrown = typeof received === 'function' ? caught(received as () => unknown) : received
    if (!(thrown instanceof VeilrecError)) {
      return { pass: false, message: () => `expected a VeilrecError ${code}, got ${String(thrown)}` }
    }
    const missing = parts.filter((part) => !thrown.message.includes(part))
    return {
      pass: thrown.code === code && missing.length === 0,
      message: () =>
        `expected ${code} with ${JSON.stringify(missing)}, got ${thrown.code}: ${thrown.message}`,
    }
  },
}

function caught(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return 'nothing'
}

declare module 'vitest' {
  // The parameter must be named as vitest names it.
  interface Matchers<T> {
    toBeAllClose(expected: Numbers, tolerance?: Tolerance): T
    toThrowVeilrecError(code: ErrorCode, ...parts: readonly string[]): T
  }
}
