/** An axis from `low` to `high`, both multiples of `step`. */
export interface Axis {
  readonly low: number
  readonly high: number
  readonly step: number
  /** Decimals that its ticks need. */
  readonly digits: number
}

/**
 * The smallest axis of round ends around the values, no shorter than `minimumSpan`, in about five steps.
 *
 * @param values finite, at least one.
 * @param minimumSpan above 0.
 */
export function axisOf(values: readonly number[], minimumSpan: number): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const missing = Math.max(0, minimumSpan - (most - least)) / 2
  const step = roundStep((most - least + 2 * missing) / 5)
  // Sums of binary fractions fall beside the multiple they mean.
  const low = Math.floor((least - missing) / step + 1e-9) * step
  const high = Math.ceil((most + missing) / step - 1e-9) * step
  return { low, high, step, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) }
}

/** The least of 1, 2, 5, 10, ... times a power of ten that is at least this large. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size))
  return power * ([1, 2, 5].find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10)
}

/** The round values from end to end of an axis. */
export function ticksOf({ low, high, step }: Axis): number[] {
  return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step)
}
