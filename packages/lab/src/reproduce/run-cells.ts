import { VeilrecError, type ProgressSink } from '@veilrec/core'

import type { Cell } from './cells.js'
import { measureContractCell, storedContractCell } from './measure-contract-cell.js'
import { measurePaperCell, storedPaperCell, type RunTable } from './measure-paper-cell.js'
import type { MeasuredCell } from './measured-cell.js'
import type { CellReport, CellState } from './reproduction-result.js'
import { ReproductionStore, type Surroundings } from './reproduction-store.js'
import { trainingOfCell } from './training-of-cell.js'

/** What is known of the cells of a table: the figures there are, and how each cell stands. */
export interface RunCells {
  readonly measured: ReadonlyMap<string, MeasuredCell>
  readonly reports: readonly CellReport[]
}

/**
 * Makes the chosen cells of a table, one after the other, and looks up what is stored of the others.
 *
 * A cell that fails is reported and stops none of the others; its next run tries again. An interruption stops at the next safe
 * point, and the same call goes on there.
 *
 * @throws VeilrecError what reading the data throws; `ABORTED`.
 */
export async function runCells(
  table: RunTable,
  { cells, chosen }: { readonly cells: readonly Cell[]; readonly chosen: readonly Cell[] },
  store: ReproductionStore,
  around: Surroundings,
): Promise<RunCells> {
  // Without data nothing runs: that is no failure of a cell.
  await store.dataset(table.data)
  const measured = new Map<string, MeasuredCell>()
  const reports: CellReport[] = []
  for (const [index, cell] of cells.entries()) {
    const known = await stored(table, cell, store)
    let state: CellState = { kind: 'measured' }
    let found = known
    if (known === undefined && !chosen.includes(cell))
      state = { kind: 'not run', why: 'not asked for so far' }
    else if (known === undefined) {
      const named = { ...around, ...progressOf(cell, index, cells.length, around.onProgress) }
      try {
        found = await measure(table, cell, new ReproductionStore(named), named)
      } catch (cause) {
        const { code, message } = VeilrecError.from(cause)
        if (code === 'ABORTED') throw stopped(cell, cells.length - index)
        state = { kind: 'failed', code, message }
      }
    }
    if (found !== undefined) measured.set(cell.id, found)
    const training = await trainingOfCell(table, cell, store)
    reports.push({ id: cell.id, state, training, seconds: found?.seconds ?? null })
  }
  return { measured, reports }
}

function stored(table: RunTable, cell: Cell, store: ReproductionStore): Promise<MeasuredCell | undefined> {
  return cell.protocol === 'paper'
    ? storedPaperCell(table, cell, store)
    : storedContractCell(table, cell, store)
}

function measure(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
  around: Surroundings,
): Promise<MeasuredCell> {
  return cell.protocol === 'paper'
    ? measurePaperCell(table, cell, store, around)
    : measureContractCell(table, cell, store, around)
}

/** Progress of a cell under its name. */
function progressOf(
  { id }: Cell,
  index: number,
  total: number,
  onProgress: ProgressSink | undefined,
): Pick<Surroundings, 'onProgress'> {
  if (onProgress === undefined) return {}
  return {
    onProgress: (progress) =>
      onProgress({ ...progress, stage: `cell ${index + 1} of ${total}, ${id}: ${progress.stage}` }),
  }
}

function stopped({ id }: Cell, left: number): VeilrecError {
  return new VeilrecError(
    'ABORTED',
    `stopped on request in ${id}; ${left} cells are left, and what was done is kept`,
    { cell: id, left },
    'The same command goes on where this one stopped.',
  )
}
