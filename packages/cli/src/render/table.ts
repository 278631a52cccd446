import Table from 'cli-table3'

/** One cell: text, or a number that is aligned to the right. */
export type Cell = string | number

/** A table with a head; no colours, so that it reads the same in a file. */
export function renderTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  )
  const table = new Table({
    head: [...head],
    colAligns: isNumber.map((numeric) => (numeric ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  table.push(...rows.map((row) => row.map(String)))
  return table.toString()
}

/** A line across a plain table, above the rows that it is about. */
export interface TableHeading {
  readonly heading: string
}

/** No lines but the one below the head: a third narrower than {@link renderTable}. */
const plainChars = {
  ...Object.fromEntries(
    ['top', 'bottom', 'left', 'right'].flatMap((side) => [
      [side, ''],
      ...['mid', 'left', 'right'].map((place) => [`${side}-${place}`, '']),
    ]),
  ),
  mid: '─',
  'mid-mid': '──',
  middle: '  ',
}

/**
 * A table of many columns: no frame, columns two spaces apart, no line ends in spaces.
 *
 * @param head may have line feeds.
 * @param rows cells of one line each.
 */
export function renderPlainTable(
  head: readonly string[],
  rows: readonly (readonly Cell[] | TableHeading)[],
): string {
  const table = new Table({
    head: [...head],
    chars: plainChars,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  })
  const isHeading = (row: readonly Cell[] | TableHeading): row is TableHeading => 'heading' in row
  table.push(...rows.flatMap((row) => (isHeading(row) ? [] : [row.map(String)])))
  const lines = table.toString().split('\n')
  // A heading as a cell over all columns would widen them and shorten the line below the head.
  const headLines = 1 + Math.max(...head.map((text) => text.split('\n').length))
  for (const [i, row] of rows.entries()) if (isHeading(row)) lines.splice(headLines + i, 0, row.heading)
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** Lines `name  value` with the values in one column. */
export function renderPairs(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
