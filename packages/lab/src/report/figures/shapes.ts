import { element, type Markup, type MarkupElement } from '../markup.js'
import { ink, type SeriesStyle } from './palette.js'

/** How {@link label} writes. */
export interface LabelOptions {
  /** Height of the letters in pixels, default 12. */
  readonly size?: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly weight?: 'bold'
  readonly colour?: string
  /** A white rim that keeps it readable on lines. */
  readonly hasRim?: boolean
}

/** Text whose base line begins, ends or is centred at a place. */
export function label(x: number, y: number, text: string, options: LabelOptions = {}): MarkupElement {
  const { size = 12, anchor, weight, colour = ink.text, hasRim = false } = options
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill: colour,
      'text-anchor': anchor,
      'font-weight': weight,
      ...(hasRim
        ? { stroke: '#fff', 'stroke-width': 3, 'stroke-linejoin': 'round', 'paint-order': 'stroke' }
        : {}),
    },
    text,
  )
}

/** How {@link line} draws. */
export interface LineOptions {
  readonly colour?: string
  readonly width?: number
  /** Lengths of dashes and gaps, such as `4 3`. */
  readonly dashes?: string
}

/** A straight line. */
export function line(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  { colour = ink.grid, width = 1, dashes }: LineOptions = {},
): MarkupElement {
  return element('line', {
    x1,
    y1,
    x2,
    y2,
    stroke: colour,
    'stroke-width': width,
    'stroke-dasharray': dashes,
  })
}

/** Lines from place to place. */
export function path(
  places: readonly (readonly [number, number])[],
  { colour = ink.line, width = 1.5, dashes }: LineOptions = {},
): MarkupElement {
  return element('polyline', {
    points: places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    fill: 'none',
    stroke: colour,
    'stroke-width': width,
    'stroke-dasharray': dashes,
    'stroke-linejoin': 'round',
  })
}

/** How {@link mark} draws. */
export interface MarkOptions {
  /** Half its size, default 5.5. */
  readonly radius?: number
  /** Only its rim. */
  readonly isHollow?: boolean
  /** Of a hollow mark: what lies below shows through. */
  readonly isOpen?: boolean
}

/** A mark of a series, with a white rim that sets it off from what lies below. */
export function mark(
  x: number,
  y: number,
  { colour, shape }: SeriesStyle,
  { radius: r = 5.5, isHollow = false, isOpen = false }: MarkOptions = {},
): MarkupElement {
  const look = isHollow
    ? { fill: isOpen ? 'none' : '#fff', stroke: colour, 'stroke-width': 1.8 }
    : { fill: colour, stroke: '#fff', 'stroke-width': 1 }
  if (shape === 'circle') return element('circle', { cx: x, cy: y, r, ...look })
  if (shape === 'square') {
    return element('rect', { x: x - 0.9 * r, y: y - 0.9 * r, width: 1.8 * r, height: 1.8 * r, ...look })
  }
  return element('polygon', { points: cornersOf(shape, x, y, r), ...look })
}

const corners = {
  diamond: [0, 90, 180, 270].map((angle) => [angle, 1.2]),
  up: [-90, 30, 150].map((angle) => [angle, 1.25]),
  down: [90, 210, 330].map((angle) => [angle, 1.25]),
  star: Array.from({ length: 10 }, (_, i) => [36 * i - 90, i % 2 === 0 ? 1.55 : 0.65]),
} satisfies Record<string, number[][]>

function cornersOf(shape: keyof typeof corners, x: number, y: number, radius: number): string {
  return corners[shape]
    .map(([angle = 0, factor = 1]) => {
      const turn = (angle * Math.PI) / 180
      const [dx, dy] = [Math.cos(turn) * factor * radius, Math.sin(turn) * factor * radius]
      return `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`
    })
    .join(' ')
}

/** Elements as one, with what a pointer that rests on them is told. */
export function told(tip: string, ...content: Markup[]): MarkupElement {
  return element('g', {}, element('title', {}, tip), ...content)
}
