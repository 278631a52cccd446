import { cellsOf } from './cells.js'
import type { PaperTable } from './paper-table.js'
import { paperTables } from './paper-tables.js'

/** A table that can be reproduced, with its cells. */
export interface ListedTable {
  readonly paper: string
  readonly table: string
  readonly title: string
  readonly citation: string
  /** For one seed, with the estimated minutes of each on two cores. */
  readonly cells: readonly { readonly id: string; readonly minutes: number }[]
  /** Of all its cells together; what tables share is counted in each of them. */
  readonly minutes: number
  /** Rows that are not run, and why. */
  readonly notRun: readonly { readonly label: string; readonly why: string }[]
}

/** Every table that can be reproduced, in the order of the papers. */
export function listReproductions(tables: readonly PaperTable[] = paperTables): ListedTable[] {
  return tables.map((table) => {
    const cells = cellsOf(table, 1).map(({ id, minutes }) => ({ id, minutes }))
    return {
      paper: table.paper,
      table: table.name,
      title: table.title,
      citation: table.citation,
      cells,
      minutes: cells.reduce((sum, { minutes }) => sum + minutes, 0),
      notRun: table.rows.flatMap(({ label, notRun: why }) => (why === undefined ? [] : [{ label, why }])),
    }
  })
}
