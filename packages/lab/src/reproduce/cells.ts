import { VeilrecError } from '@veilrec/core'

import type { PaperRow, PaperTable } from './paper-table.js'

/** By whose rules a system is measured: the paper's, or evaluation.md. */
export const protocols = ['paper', 'contract'] as const

/** One of {@link protocols}. */
export type Protocol = (typeof protocols)[number]

/** A unit of work that stands by itself: one system, one seed, one protocol. */
export interface Cell {
  /** `paper/ROW/SEED` or `contract/ROW/SEED`. */
  readonly id: string
  readonly protocol: Protocol
  readonly row: PaperRow & Required<Pick<PaperRow, 'system'>>
  /** Of base, veil and attackers. */
  readonly seed: number
  /** Estimated time on two cores, the base counted in the cell without a veil. */
  readonly minutes: number
}

/** Estimated minutes of the attacks on one requirement by a paper's protocol, and of an audit of one row by ours. */
const minutesPerRow = { paper: 0.5, contract: 2.5 }

/** The cells of a table, the paper's protocol first, rows without a veil first; rows that are not run have none. */
export function cellsOf(table: PaperTable, seeds: number): Cell[] {
  const rows = table.rows.filter(isRun)
  const ordered = [...rows.filter(({ system }) => !system.veil), ...rows.filter(({ system }) => system.veil)]
  const wanted = protocols.filter((protocol) => protocol === 'paper' || table.underContract)
  return wanted.flatMap((protocol) =>
    Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
      ordered
        // What is attacked there is no recommender's vector, and our contract has nothing to say on it.
        .filter((row) => protocol === 'paper' || row.attacks === undefined)
        .map((row) => ({
          id: `${protocol}/${row.id}/${seed}`,
          protocol,
          row,
          seed,
          minutes: minutesOf(table, row, protocol),
        })),
    ),
  )
}

function minutesOf(table: PaperTable, row: Cell['row'], protocol: Protocol): number {
  const { base, veil } = row.system
  // An audit attacks every requirement that the veil serves, and the base.
  const asked =
    protocol === 'paper' ? (row.requirements ?? table.requirements).length : 2 ** table.attributes.length
  const measured = veil === null ? 1 : asked
  const making = veil === null ? (protocol === 'paper' ? base.minutes : 0) : veil.minutes
  return making + measured * minutesPerRow[protocol]
}

function isRun(row: PaperRow): row is Cell['row'] {
  return row.system !== undefined && row.notRun === undefined
}

/**
 * The cells whose id holds one of the texts of a filter, which are separated by commas; all without a filter.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when there is none.
 */
export function chosenCells(cells: readonly Cell[], filter: string | undefined): readonly Cell[] {
  if (filter === undefined) return cells
  const texts = filter
    .split(',')
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== '')
  const chosen = cells.filter(({ id }) => texts.some((text) => id.includes(text)))
  if (chosen.length > 0) return chosen
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `no cell has "${filter}" in its name`,
    { filter, cells: cells.map(({ id }) => id) },
    cells.length === 0
      ? 'No cell of this table is run.'
      : `The cells are ${cells.map(({ id }) => id).join(', ')}.`,
  )
}
