import type { Rng } from '@veilrec/core'

/**
 * Draws an index with probability proportional to its weight.
 *
 * @param weights not negative, at least one positive
 * @param total their sum, when it is known
 */
export function drawIndex(
  weights: ArrayLike<number>,
  rng: Rng,
  total: number = Array.from(weights).reduce((sum, weight) => sum + weight, 0),
): number {
  let draw = rng.uniform() * total
  let last = 0
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!
    if (weight <= 0) continue
    if (draw < weight) return index
    draw -= weight
    last = index
  }
  return last // rounding may leave a crumb of the total
}
