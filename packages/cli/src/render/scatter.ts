import { axisOf, ticksOf, type Axis } from '@veilrec/lab'

/** A point of a {@link scatterLines} picture, drawn as its letter. */
export interface ScatterPoint {
  /** One character. */
  readonly label: string
  readonly x: number
  readonly y: number
}

/** How {@link scatterLines} draws. */
export interface ScatterOptions {
  readonly xTitle: string
  readonly yTitle: string
  /** Least length of the axes, so that no difference looks larger than it is. */
  readonly minimumSpan: { readonly x: number; readonly y: number }
  /** Where a dotted line goes up; within the picture wherever the points are. */
  readonly lineAt: number
  /** Columns and rows of the inside, default 60 and 14. */
  readonly width?: number
  readonly height?: number
}

/**
 * A scatter plot in characters: title of the y axis, the rows, the x axis with its ticks, its title.
 *
 * Points that fall into the same place stand side by side, the later ones in the next free column, so that none hides
 * another. Axes end at round numbers and need not begin at 0.
 *
 * @returns lines without spaces at their ends; none for no points.
 */
export function scatterLines(points: readonly ScatterPoint[], options: ScatterOptions): string[] {
  if (points.length === 0) return []
  const { xTitle, yTitle, minimumSpan, lineAt, width = 60, height = 14 } = options
  const xAxis = axisOf([...points.map(({ x }) => x), lineAt], minimumSpan.x)
  const yAxis = axisOf(
    points.map(({ y }) => y),
    minimumSpan.y,
  )
  const columnOf = (x: number): number => place(x, xAxis, width)
  const rowOf = (y: number): number => height - 1 - place(y, yAxis, height)

  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => ' '))
  for (const { label, x, y } of points) {
    const row = cells[rowOf(y)]!
    const wanted = columnOf(x)
    const free = row.findIndex((cell, column) => column >= wanted && cell === ' ')
    row[free === -1 ? row.lastIndexOf(' ') : free] = label
  }
  for (const row of cells) if (row[columnOf(lineAt)] === ' ') row[columnOf(lineAt)] = '┊'

  const yTicks = new Map(ticksOf(yAxis).map((tick) => [rowOf(tick), tick.toFixed(yAxis.digits)]))
  const margin = Math.max(...[...yTicks.values()].map(({ length }) => length))
  const xLabels = Array.from({ length: width + 4 }, () => ' ')
  const xMarks = Array.from({ length: width }, () => '─')
  for (const tick of ticksOf(xAxis)) {
    xMarks[columnOf(tick)] = '┴'
    const text = tick.toFixed(xAxis.digits)
    const start = Math.max(0, columnOf(tick) - 1)
    if (xLabels.slice(Math.max(0, start - 1), start).some((cell) => cell !== ' ')) continue
    for (const [i, character] of Array.from(text).entries()) xLabels[start + i] = character
  }
  const indent = ' '.repeat(margin)
  return [
    `${indent} ${yTitle}`,
    ...cells.map((row, i) => {
      const tick = yTicks.get(i)
      return `${(tick ?? '').padStart(margin)} ${tick === undefined ? '│' : '┤'}${row.join('')}`
    }),
    `${indent} └${xMarks.join('')}`,
    `${indent}  ${xLabels.join('')}`,
    `${indent}  ${xTitle}`,
  ].map((line) => line.trimEnd())
}

function place(value: number, { low, high }: Axis, cells: number): number {
  return Math.round(((value - low) / (high - low)) * (cells - 1))
}
