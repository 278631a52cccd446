import { byVeil, type ComparedRow } from '../comparisons.js'
import type { Markup } from '../markup.js'
import { ink } from './palette.js'
import { label, mark } from './shapes.js'
import { fitted } from './text-width.js'

/** Where each row of a picture by requirement lies. */
export interface RowLayout {
  /** Middle of every row. */
  readonly rows: readonly { readonly row: ComparedRow; readonly y: number }[]
  readonly bottom: number
  /** Names of the rows and of the veils above them, on the left. */
  readonly content: Markup
}

/** Rows one below the other, each veil's below its name. */
export function layoutRows(
  compared: readonly ComparedRow[],
  { top, height, labelWidth }: { readonly top: number; readonly height: number; readonly labelWidth: number },
): RowLayout {
  let y = top
  const rows: { row: ComparedRow; y: number }[] = []
  const content = byVeil(compared, (veil, members): Markup => {
    const heading: Markup[] = []
    if (veil !== null) {
      heading.push(label(4, y + 18, fitted(`Behind ${veil}`, 12, labelWidth + 200), { weight: 'bold' }))
      y += 26
    }
    return [
      heading,
      members.map((row) => {
        const middle = y + height / 2
        rows.push({ row, y: middle })
        y += height
        return [
          mark(12, middle, row.style, { radius: 5 }),
          row.row.veil === null
            ? label(24, middle + 4, 'no veil', { weight: 'bold' })
            : [
                label(24, middle + 4, row.key, { weight: 'bold' }),
                label(37, middle + 4, fitted(row.name, 12, labelWidth - 40), { colour: ink.text }),
              ],
        ]
      }),
    ]
  })
  return { rows, bottom: y, content }
}
