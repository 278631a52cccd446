import type { Markup } from '../markup.js'
import { ink } from './palette.js'
import { label } from './shapes.js'
import { fitted, textWidth } from './text-width.js'

/** An entry of a legend: a sign around a place, and what it stands for. */
export interface LegendEntry {
  readonly text: string
  /** Begins a line. */
  readonly isFirst?: boolean
  /** Draws the sign around its middle, at most 18 by 12 pixels. */
  readonly sign: (x: number, y: number) => Markup
}

/** What the letters of requirements stand for, from a line of their own on. */
export function requirementEntries(
  requirements: readonly { readonly key: string; readonly name: string }[],
): LegendEntry[] {
  return requirements.map(({ key, name }, i) => ({
    text: name,
    isFirst: i === 0,
    sign: (x, y) => label(x, y + 4, key, { anchor: 'middle', weight: 'bold' }),
  }))
}

const lineHeight = 20
const signWidth = 24

/** Entries side by side in as many lines as they need. */
export function legend(
  entries: readonly LegendEntry[],
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
): { readonly content: Markup; readonly height: number } {
  let [x, y] = [left, top + lineHeight / 2]
  const content = entries.map(({ text, sign, isFirst = false }): Markup => {
    const shown = fitted(text, 12, width - signWidth)
    const needed = signWidth + textWidth(shown, 12) + 14
    if (x > left && (isFirst || x + needed > left + width)) [x, y] = [left, y + lineHeight]
    const at = x
    x += needed
    return [sign(at + 10, y), label(at + signWidth, y + 4, shown, { colour: ink.muted })]
  })
  return { content, height: entries.length === 0 ? 0 : y + lineHeight / 2 - top }
}
