/**
 * Puts numbers into bins.
 *
 * @param values NaN where there is none
 * @param edges ascending; value `v` is in class `i` when `edges[i - 1] <= v < edges[i]`; no edge makes a single class
 * @returns names of the classes ("under 18", "18-24", "25 and over"; "18 to under 25.5" where not all numbers are
 *   whole), and the class of each value, -1 for NaN
 */
export function binNumbers(
  values: Float64Array,
  edges: readonly number[],
): { readonly classes: string[]; readonly codes: Int16Array } {
  const whole =
    edges.every(Number.isInteger) && values.every((value) => Number.isNaN(value) || Number.isInteger(value))
  const between = (low: number, high: number): string =>
    !whole ? `${low} to under ${high}` : high === low + 1 ? `${low}` : `${low}-${high - 1}`
  const classes =
    edges.length === 0
      ? ['any']
      : [
          `under ${edges[0]}`,
          ...edges.slice(1).map((high, i) => between(edges[i]!, high)),
          `${edges.at(-1)} and over`,
        ]
  const codes = Int16Array.from(values, (value) => {
    if (Number.isNaN(value)) return -1
    const above = edges.findIndex((edge) => value < edge)
    return above === -1 ? edges.length : above
  })
  return { classes, codes }
}

/**
 * Edges of four groups of about equal size: the values that stand at 1/4, 1/2 and 3/4 of the sorted values, each once.
 * Equal values stay together, so there may be fewer groups; no edge where all values are equal or there is none.
 *
 * @param values NaN is left out
 */
export function quartiles(values: Float64Array): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const edges = [0.25, 0.5, 0.75].flatMap((share) => sorted[Math.ceil(share * sorted.length)] ?? [])
  return [...new Set(edges)].filter((edge) => edge > sorted[0]!)
}
