import type { Markup } from '../markup.js'
import { axisOf, ticksOf, type Axis } from './axis.js'
import { ink } from './palette.js'
import { label, line } from './shapes.js'
import { fitted } from './text-width.js'

/** Where points lie in a picture. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Values laid out between two places of a picture. */
export interface Scale {
  /** The place of a value. */
  readonly to: (value: number) => number
  readonly ticks: readonly { readonly value: number; readonly text: string }[]
}

/** Equal differences are equally far apart. */
export function linearScale(axis: Axis, from: number, to: number): Scale {
  const { low, high, digits } = axis
  return {
    to: (value) => from + ((value - low) / (high - low)) * (to - from),
    ticks: ticksOf(axis).map((value) => ({ value, text: value.toFixed(digits) })),
  }
}

/**
 * Equal ratios are equally far apart; ticks at powers of ten.
 *
 * @param values above 0, at least one.
 */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const powers = axisOf(values.map(Math.log10), 1)
  const { to: place } = linearScale(powers, from, to)
  return {
    to: (value) => place(Math.log10(value)),
    ticks: ticksOf(powers)
      .filter((power) => Math.abs(power - Math.round(power)) < 1e-9)
      .map((power) => ({ value: 10 ** Math.round(power), text: String(10 ** Math.round(power)) })),
  }
}

/** Two axes with their ticks and names: the upright one's above it, the other's at its right end. */
export function plane(
  { left, right, top, bottom }: Frame,
  x: Scale & { readonly title: string },
  y: Scale & { readonly title: string },
): Markup {
  return [
    y.ticks.map(({ value, text }) => [
      line([left, y.to(value)], [right, y.to(value)]),
      label(left - 8, y.to(value) + 4, text, { anchor: 'end', colour: ink.muted }),
    ]),
    x.ticks.map(({ value, text }) => [
      line([x.to(value), bottom], [x.to(value), bottom + 5], { colour: ink.line }),
      label(x.to(value), bottom + 19, text, { anchor: 'middle', colour: ink.muted }),
    ]),
    line([left, bottom], [right, bottom], { colour: ink.line }),
    label(left - 50, top - 14, fitted(y.title, 12, right - left + 50), { weight: 'bold' }),
    label(right, bottom + 38, fitted(x.title, 12, right - left + 50), { anchor: 'end', weight: 'bold' }),
  ]
}

/** A dotted line at what guessing gives. */
export function guessingLine(from: readonly [number, number], to: readonly [number, number]): Markup {
  return line(from, to, { colour: ink.line, dashes: '2 3' })
}
