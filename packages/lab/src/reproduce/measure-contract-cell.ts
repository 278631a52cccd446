import { auditRun } from '../audit/audit-run.js'
import type { AuditedVeil } from '../audit/audit-systems.js'
import { baseEncoder } from '../base-encoder.js'
import { storedCandidates } from '../stored-candidates.js'
import { loadVeil } from '../veils/veil-folder.js'
import type { Cell } from './cells.js'
import type { RunTable } from './measure-paper-cell.js'
import { contractRows, madeHere, type MeasuredCell } from './measured-cell.js'
import { veilRequest, type ReproductionStore, type Surroundings } from './reproduction-store.js'

type MeasuredContract = Extract<MeasuredCell, { protocol: 'contract' }>

/** What a cell by our contract asks, and the name of what is audited. */
async function questionOf(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
): Promise<{ readonly subject: string; readonly asked: object }> {
  const { row, seed } = cell
  const { base, veil } = row.system
  const { attributes } = table
  const baseKey = await store.baseKey(table.data, base, seed)
  const subject = veil === null ? baseKey : store.veilKey(baseKey, veil, veilRequest(table, cell))
  return { subject, asked: { protocol: 'contract', subject, attributes, seed } }
}

/** The stored answer of a cell by our contract. */
export async function storedContractCell(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
): Promise<MeasuredContract | undefined> {
  const { asked } = await questionOf(table, cell, store)
  return (await store.figures(asked)) as MeasuredContract | undefined
}

/**
 * Makes what is missing of a cell by our contract: base, veil with the labels of defence users, and a whole audit, whose
 * finished attacks are kept beside the run.
 *
 * @throws VeilrecError what training, veil and audit throw; `ABORTED`, after which the same call goes on.
 */
export async function measureContractCell(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
  around: Surroundings,
): Promise<MeasuredContract> {
  const { row, seed } = cell
  const { base: baseRecipe, veil: recipe } = row.system
  const { subject, asked } = await questionOf(table, cell, store)
  const run = await store.base(table.data, baseRecipe, seed)
  const base = baseEncoder(run, around.threads === undefined ? {} : { threads: around.threads })
  const veils: AuditedVeil[] = []
  if (recipe !== null) {
    const { manifest, folder } = await store.veil(subject, run, recipe, veilRequest(table, cell))
    veils.push({
      id: manifest.id,
      dataset: manifest.dataset,
      veil: await loadVeil(run, manifest, base, { folder }),
    })
  }
  const candidates = await storedCandidates(store.home, run.dataset.name)
  const result = await auditRun(
    { run, base, veils, candidates },
    {
      home: store.home,
      run: run.name,
      attributes: table.attributes,
      seed,
      ...(around.threads === undefined ? {} : { threads: around.threads }),
      ...(around.signal === undefined ? {} : { signal: around.signal }),
      ...(around.onProgress === undefined ? {} : { onProgress: around.onProgress }),
    },
  )
  return store.keepFigures<MeasuredContract>(asked, {
    protocol: 'contract',
    rows: contractRows(result),
    failedChecks: result.validity.filter(({ passed }) => passed === false).map(({ name }) => name),
    seconds: result.seconds.total,
    ...madeHere(),
  })
}
