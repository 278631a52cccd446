import type { Judgement, TrainingRecord } from '../veils/training-record.js'
import type { Cell } from './cells.js'
import type { RunTable } from './measure-paper-cell.js'
import { veilRequest, type ReproductionStore } from './reproduction-store.js'

/** How one thing was trained: what its record says, but for the epochs one by one. */
export type TrainingSummary = Omit<TrainingRecord, 'judgements'>

/** How a veil was trained, and what it looked like in the epoch that was kept. */
export interface VeilTrainingSummary extends TrainingSummary {
  /** How well probes tell what a requirement hides of users whose labels trained nothing, but chose the epoch. */
  readonly unseenUsers: readonly Pick<Judgement['requirements'][number], 'requirement' | 'aucs'>[]
}

/** How what a cell measures was trained, on whatever machine and whenever that was. */
export interface CellTraining {
  /** Cells with the same base share it. Null while it is not trained. */
  readonly base: TrainingSummary | null
  /** An entry for each thing that was trained by itself; none without a veil, and for a veil that needs no epochs. */
  readonly veil: readonly VeilTrainingSummary[]
}

/** What run and veil of a cell record of their trainings. @throws VeilrecError what reading a manifest throws. */
export async function trainingOfCell(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
): Promise<CellTraining> {
  const { base, veil } = cell.row.system
  const trained = await store.baseManifest(table.data, base, cell.seed)
  const baseKey = await store.baseKey(table.data, base, cell.seed)
  const made = veil && (await store.veilManifest(store.veilKey(baseKey, veil, veilRequest(table, cell))))
  return {
    base: trained
      ? {
          name: base.model,
          epochs: trained.epochs,
          bestEpoch: trained.bestEpoch,
          seconds: trained.trainingSeconds,
        }
      : null,
    veil: (made?.training ?? []).map(({ name, epochs, bestEpoch, seconds, judgements }) => ({
      name,
      epochs,
      bestEpoch,
      seconds,
      unseenUsers: judgements[bestEpoch - 1]!.requirements.map(({ requirement, aucs }) => ({
        requirement,
        aucs,
      })),
    })),
  }
}
