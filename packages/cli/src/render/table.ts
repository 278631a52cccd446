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

/** Lines `name  value` with the values in one column. */
export function renderPairs(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
