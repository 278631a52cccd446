import { join } from 'node:path'
import {
  applyAffineMap,
  attackAttribute,
  Rng,
  VeilrecError,
  type ProgressSink,
  type UserAttribute,
} from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'

import { attributesOf } from './attributes.js'
import { auditAccuracy, testNdcg } from './audit-accuracy.js'
import { attackHistory } from './audit-history-control.js'
import {
  auditFormatVersion,
  type AuditedAttribute,
  type AuditResult,
  type AuditRow,
  type HistoryControl,
} from './audit-result.js'
import { notAttacked, threatsToValidity, type AuditScope } from './audit-threats.js'
import { encodeUsers } from './encode-users.js'
import { checkpointForAbort } from './interruption.js'
import { loadRun } from './load-run.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { cpuDescription, engineVersions, veilrecVersion } from './version.js'

/** What {@link audit} is asked to do. */
export interface AuditRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** Names of the attributes to attack; all when left out. */
  readonly attributes?: readonly string[]
  /** Seed of bootstrap and controls, default 1. */
  readonly seed?: number
  /** Threads of the encoder; all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** Upper bounds below this count as chance (evaluation.md rule 8). */
const chanceMargin = 0.55

/**
 * Attacks a run, bare and behind each of its veils, and writes `audit.json` into the run folder.
 *
 * For every requirement (none, and each stored veil's) and every attribute, hidden or not: logistic regression on the
 * vectors that score items, trained on defence and on attack-train users, measured on users it never saw, beside
 * shuffled labels, a planted signal and the majority share ({@link attackAttribute}); and NDCG@10 of full ranking with
 * the paired change against the base. Beside them the attack on the raw item histogram, where it is cheap.
 *
 * @throws VeilrecError `RUN_NOT_FOUND`; `INVALID_ARGUMENT` for an unknown attribute or a seed that is no whole number;
 * `VEIL_STALE`, `VEIL_CORRUPT`: a veil that does not fit stops the audit; `ABORTED`, nothing written.
 * @example
 * const { rows } = await audit({ home, run: 'latest', seed: 1 })
 */
export async function audit(request: AuditRequest): Promise<AuditResult> {
  const { home, seed = 1, threads, signal, onProgress } = request
  if (!Number.isSafeInteger(seed)) {
    throw new VeilrecError('INVALID_ARGUMENT', `seed must be a whole number, got ${seed}`, { seed })
  }
  const run = await loadRun(home, request.run)
  const { dataset, dimension, itemVectors, manifest } = run
  const names = dataset.attributes.map(({ name }) => name)
  const wanted = attributesOf(dataset, request.attributes ?? names)
  const attributes = dataset.attributes.filter((attribute) => wanted.includes(attribute))
  const veils = await listVeils(run.folder)

  const total = 1 + attributes.length + (veils.length + 1) * (attributes.length + 1)
  let done = 0
  const step = async (stage: string): Promise<void> => {
    await checkpointForAbort(signal)
    onProgress?.({ stage, done: done++, total })
  }
  await step('encode users')
  const baseVectors = await encodeUsers(run, 'test', threads === undefined ? {} : { threads })

  const rng = Rng.fromSeed(seed).split('audit')
  const attackOf = (vectors: Float32Array, attribute: UserAttribute, hidden: boolean): AuditedAttribute => {
    const { userGroup } = dataset
    const stream = rng.split(`attack/${attribute.name}`)
    const attack = attackAttribute({ vectors, dimension, attribute, userGroup, rng: stream })
    return {
      ...attack,
      hidden,
      atChance: attack.interval === null ? null : attack.interval.upper < chanceMargin,
    }
  }
  const rows: AuditRow[] = []
  let baseNdcg: Float64Array | undefined
  for (const veil of [undefined, ...veils]) {
    const requirement = veil?.attributes ?? []
    const what = veil === undefined ? 'base' : requirement.join(',')
    await step(`${what}: ranking`)
    const vectors =
      veil === undefined ? baseVectors : applyAffineMap((await loadVeil(run, veil)).map, baseVectors)
    const ndcg = testNdcg(dataset, vectors, itemVectors, dimension)
    const accuracy = auditAccuracy(dataset, ndcg, baseNdcg, rng.split('accuracy'))
    baseNdcg ??= ndcg
    const attacks: AuditedAttribute[] = []
    for (const attribute of attributes) {
      await step(`${what}: attack on ${attribute.name}`)
      attacks.push(attackOf(vectors, attribute, requirement.includes(attribute.name)))
    }
    rows.push({ requirement, veil: veil?.id ?? null, accuracy, attacks })
  }
  const historyControls: HistoryControl[] = []
  for (const attribute of attributes) {
    await step(`item histogram: attack on ${attribute.name}`)
    historyControls.push(attackHistory(dataset, attribute, rng.split(`history/${attribute.name}`)))
  }

  const scope: AuditScope = {
    rows,
    historyControls,
    skippedAttributes: names.filter((name) => !attributes.some((attribute) => attribute.name === name)),
    numUsers: dataset.numUsers,
    tiedUsers: dataset.lastItemTied.reduce((sum, tied) => sum + tied, 0),
    seed,
    trainingSeed: manifest.seed,
  }
  const result: AuditResult = {
    formatVersion: auditFormatVersion,
    run: run.name,
    model: manifest.model,
    configHash: manifest.configHash,
    dataset: { name: dataset.name, hash: dataset.hash },
    seed,
    trainingSeed: manifest.seed,
    versions: { veilrec: veilrecVersion, ...engineVersions() },
    cpu: cpuDescription(),
    chanceMargin,
    rows,
    historyControls,
    notAttacked: notAttacked(scope),
    threatsToValidity: threatsToValidity(scope),
  }
  await checkpointForAbort(signal)
  await writeFileAtomic(join(run.folder, 'audit.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}
