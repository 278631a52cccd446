import type { Markup } from '../markup.js'
import { label } from './shapes.js'

/** A point that a letter is to stand beside. */
export interface LetteredPoint {
  readonly key: string
  readonly place: readonly [number, number]
  readonly colour: string
}

/** Sides of a point, the best first: offsets of the middle of the letter. */
const sides = [
  [11, -9],
  [-11, -9],
  [11, 10],
  [-11, 10],
  [0, -14],
  [0, 15],
  [16, 0],
  [-16, 0],
] as const

/** Letters are about this wide and high. */
const [letterWidth, letterHeight, markSize] = [9, 12, 9] as const

/**
 * The letter of every point at the side where it covers the least of other points and letters; the star of the bare
 * recommender needs none. Greedy, in the order of the points, so that equal points give equal pictures.
 */
export function placeLetters(
  points: readonly LetteredPoint[],
  frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): Markup {
  const taken: [number, number][] = []
  return points.map(({ key, place: [x, y], colour }): Markup => {
    if (key === '*') return []
    const cost = ([dx, dy]: readonly [number, number]): number => {
      const [cx, cy] = [x + dx, y + dy]
      const isOutside = cx < frame.left + 5 || cx > frame.right || cy < frame.top || cy > frame.bottom - 5
      const near =
        (size: number) =>
        ([ox, oy]: readonly [number, number]): number =>
          overlap(cx - ox, (letterWidth + size) / 2) * overlap(cy - oy, (letterHeight + size) / 2)
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
      return (
        (isOutside ? 10 : 0) +
        sum(points.map((point) => near(markSize)(point.place))) +
        2 * sum(taken.map(near(letterWidth)))
      )
    }
    const best = sides.reduce((a, b) => (cost(b) < cost(a) - 1e-9 ? b : a))
    const [cx, cy] = [x + best[0], y + best[1]]
    taken.push([cx, cy])
    return label(cx, cy + 4, key, { anchor: 'middle', weight: 'bold', colour, hasRim: true })
  })
}

/** Share of `reach` that two things at this distance have in common. */
function overlap(distance: number, reach: number): number {
  return Math.max(0, 1 - Math.abs(distance) / reach)
}
