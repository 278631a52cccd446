/**
 * Holm's step-down correction for a family of comparisons: adjusted p-values that control the chance of any false
 * discovery, whatever the dependence between the comparisons.
 *
 * With `p_(1) <= ... <= p_(m)`: `adjusted_(i) = max over j <= i of min(1, (m - j + 1) p_(j))` (Holm 1979; as R's
 * `p.adjust(method = "holm")`). Compare with the level itself, such as 0.05.
 *
 * @param pValues in `[0, 1]`; null where a comparison is undefined, which is not part of the family and stays null.
 * @returns adjusted values at the same places; equal p-values get equal adjusted values; empty for an empty family.
 * @example
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const adjusted: (number | null)[] = pValues.map(() => null)
  const family = pValues
    .flatMap((value, place) => (value === null ? [] : [{ value, place }]))
    .sort((a, b) => a.value - b.value)
  let running = 0
  for (const [i, { value, place }] of family.entries()) {
    running = Math.max(running, Math.min(1, (family.length - i) * value))
    adjusted[place] = running
  }
  return adjusted
}
