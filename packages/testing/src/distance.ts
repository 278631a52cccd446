/** The place where two arrays differ most. */
export interface Distance {
  /** The largest difference, divided by {@link Distance.scale}; `NaN` where either side has one. */
  readonly relative: number
  /** Flat index of that difference. */
  readonly index: number
  readonly received: number
  readonly expected: number
  /** What differences are measured against. */
  readonly scale: number
}

/**
 * How far a tensor is from its reference: `max_i |a_i - b_i| / max(max_i |b_i|, floor)`.
 *
 * Relative to the largest magnitude of the reference and not element by element, because an element
 * that is small by cancellation carries the rounding error of the large terms it came from. `floor`
 * does the same for a tensor that is zero in exact arithmetic. Empty arrays have distance 0; a NaN
 * or an infinity that the other side lacks makes the distance NaN or infinite.
 *
 * @throws RangeError when the lengths differ
 */
export function distance(received: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-2): Distance {
  if (received.length !== expected.length) {
    throw new RangeError(`${received.length} values instead of ${expected.length}`)
  }
  let scale = floor
  for (let i = 0; i < expected.length; i++) {
    const magnitude = Math.abs(expected[i] as number)
    if (magnitude > scale && magnitude < Infinity) scale = magnitude
  }
  let worst = { difference: 0, index: 0 }
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [received[i] as number, expected[i] as number]
    const difference = a === b ? 0 : Math.abs(a - b)
    if (difference > worst.difference || Number.isNaN(difference)) worst = { difference, index: i }
    if (Number.isNaN(difference)) break
  }
  return {
    relative: worst.difference / scale,
    index: worst.index,
    received: received[worst.index] ?? 0,
    expected: expected[worst.index] ?? 0,
    scale,
  }
}
