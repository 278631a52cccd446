/** What a system costs and gives: leakage, less is better, and accuracy, more is better. Both finite. */
export interface TradeOff {
  readonly leakage: number
  readonly accuracy: number
}

/**
 * The Pareto front: which points no other point beats. A point is beaten by one that leaks no more and is no less accurate,
 * and is better in one of the two; of equal points the first stays.
 *
 * @returns indices into `points`, the least leakage first, so that accuracy ascends too; none for no points.
 * @example
 * paretoFront([{ leakage: 0.8, accuracy: 0.18 }, { leakage: 0.6, accuracy: 0.17 }, { leakage: 0.7, accuracy: 0.16 }]) // [1, 0]
 */
export function paretoFront(points: readonly TradeOff[]): number[] {
  const order = points
    .map((point, index) => ({ ...point, index }))
    .sort((a, b) => a.leakage - b.leakage || b.accuracy - a.accuracy || a.index - b.index)
  let best = Number.NEGATIVE_INFINITY
  return order.flatMap(({ accuracy, index }) => {
    if (accuracy <= best) return []
    best = accuracy
    return [index]
  })
}

/**
 * The knee of a front: the point furthest above the straight line between its two ends, both axes scaled to the front's own
 * range (Das, Structural Optimization 18, 1999, "bulge" in the direction normal to the line of the ends). From there on,
 * less leakage costs more accuracy than before.
 *
 * @param front indices into `points`, as {@link paretoFront} gives them.
 * @returns an index into `points`, of equally far ones the first; null for fewer than three points, or when none lies above the line.
 */
export function kneeOf(points: readonly TradeOff[], front: readonly number[]): number | null {
  const [first, last] = [points[front[0] ?? -1], points[front.at(-1) ?? -1]]
  if (front.length < 3 || first === undefined || last === undefined) return null
  let knee: number | null = null
  let furthest = 1e-9
  for (const index of front) {
    const { leakage, accuracy } = points[index]!
    const x = (leakage - first.leakage) / (last.leakage - first.leakage)
    const y = (accuracy - first.accuracy) / (last.accuracy - first.accuracy)
    if (y - x > furthest) {
      furthest = y - x
      knee = index
    }
  }
  return knee
}

/**
 * The hypervolume of points as a share: of the box between `chance` and the reference's leakage, and between 0 and the
 * reference's accuracy, how much leaks no less and is no more accurate than some point (Zitzler and Thiele, PPSN 1998, scaled to
 * the box). 1 is the reference's accuracy at chance, 0 is no better than the reference.
 *
 * Points are cut to the box: what leaks less than chance, or is more accurate than the reference, gains nothing by it.
 *
 * @param chance leakage when nothing can be told, 0.5 for an AUC.
 * @returns in `[0, 1]`, 0 for no points; null where the box is empty, as the reference leaks nothing or has no accuracy.
 */
export function hypervolumeShare(
  points: readonly TradeOff[],
  reference: TradeOff,
  chance: number,
): number | null {
  const width = reference.leakage - chance
  if (width <= 0 || reference.accuracy <= 0) return null
  const cut = points
    .filter(({ leakage, accuracy }) => leakage < reference.leakage && accuracy > 0)
    .map(({ leakage, accuracy }) => ({
      leakage: Math.max(chance, leakage),
      accuracy: Math.min(accuracy, reference.accuracy),
    }))
  const front = paretoFront(cut).map((index) => cut[index]!)
  let area = 0
  for (const [i, { leakage, accuracy }] of front.entries()) {
    const end = front[i + 1]?.leakage ?? reference.leakage
    area += (end - leakage) * accuracy
  }
  return area / (width * reference.accuracy)
}
