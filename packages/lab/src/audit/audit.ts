import { join } from 'node:path'

import { VeilrecError } from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'

import { baseEncoder } from '../base-encoder.js'
import { loadRun } from '../load-run.js'
import { storedCandidates } from '../stored-candidates.js'
import { listVeils, loadVeil } from '../veils/veil-folder.js'
import { veilKind } from '../veils/veil-kinds.js'
import type { VeilManifest } from '../veils/veil-manifest.js'
import type { AuditRequest } from './audit-request.js'
import type { AuditResult } from './audit-result.js'
import { auditRun } from './audit-run.js'
import { stopHere } from './audit-stop.js'
import type { AuditedVeil } from './audit-systems.js'

/**
 * Attacks a run, bare and behind each requirement of each of its veils, and writes `audit.json` into the run folder
 * (`audit-quick.json` for a quick audit, so that a first look never replaces the whole).
 *
 * A whole audit, for every row and every attribute, hidden or not: the attackers of evaluation.md rule 7 on the vectors that score items, on the
 * 50 best items and on the 50 best as served; accuracy, groups and interaction fairness of every row; the same attackers
 * on the popularity list and on the histories themselves; the worst attack beside its permutation null; and the checks
 * that say whether to trust all that. A quick one leaves out what `notAttacked` of its result says.
 *
 * Every finished attack is stored under `audit-cells` in the run folder at once. An audit that was stopped or killed goes
 * on from there, and one after a further veil was made attacks that veil alone and makes the nulls again. Equal run, veils, seed and versions give
 * equal figures.
 *
 * @throws VeilrecError `RUN_NOT_FOUND`, `RUN_UNFINISHED`; `INVALID_ARGUMENT` for an unknown attribute or method, a seed that is
 * no whole number or a number of threads below 1; `VEIL_NOT_FOUND` when the run has no veil of the method; `VEIL_STALE`, `VEIL_CORRUPT`: a veil that does not fit stops the audit;
 * `NOT_FINITE`; `FILE_UNWRITABLE`; `ABORTED`, no result written.
 * @example
 * const { rows } = await audit({ home, run: 'latest', isQuick: true })
 */
export async function audit(request: AuditRequest): Promise<AuditResult> {
  const { home, seed = 1, threads = 1, signal, onProgress } = request
  if (!Number.isSafeInteger(seed)) refuse(`seed must be a whole number, got ${seed}`, { seed })
  if (!Number.isSafeInteger(threads) || threads < 1) {
    refuse(`threads must be a whole number of at least 1, got ${threads}`, { threads })
  }
  onProgress?.({ stage: 'load', done: 0, total: 1 })
  const run = await loadRun(home, request.run)
  const base = baseEncoder(run)
  const veils: AuditedVeil[] = []
  const manifests = await listVeils(run.folder)
  const wanted = ofMethod(run.name, manifests, request.method)
  for (const manifest of wanted) {
    const { id, dataset, tensorsSha256: sha256 } = manifest
    veils.push({ id, dataset, sha256, veil: await loadVeil(run, manifest, base) })
  }
  const candidates = await storedCandidates(home, run.dataset.name)
  const skippedVeils = manifests.filter((manifest) => !wanted.includes(manifest)).map(({ id }) => id)
  const result = await auditRun({ run, base, veils, skippedVeils, candidates }, request)
  await stopHere(signal)
  const file = result.isQuick ? 'audit-quick.json' : 'audit.json'
  await writeFileAtomic(join(run.folder, file), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

function ofMethod(
  run: string,
  manifests: readonly VeilManifest[],
  method: string | undefined,
): readonly VeilManifest[] {
  if (method === undefined) return manifests
  const { method: name } = veilKind(method)
  const found = manifests.filter((manifest) => manifest.method === name)
  if (found.length > 0) return found
  throw new VeilrecError(
    'VEIL_NOT_FOUND',
    `run "${run}" has no ${name} veil`,
    { run, method: name, existing: manifests.map(({ id }) => id) },
    `Make one with "veilrec veil ${run} --method ${name}".`,
  )
}

function refuse(message: string, details: Readonly<Record<string, unknown>>): never {
  throw new VeilrecError('INVALID_ARGUMENT', message, details)
}
