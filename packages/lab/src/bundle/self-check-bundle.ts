import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  requirementKey,
  Rng,
  userGroups,
  VeilrecError,
  type ProgressSink,
  type UserAttribute,
} from '@veilrec/core'
import {
  createOrtRuntime,
  readBundle,
  selfCheckResult,
  type AuditedFigures,
  type BundleManifest,
  type SelfCheck,
  type SelfCheckResult,
} from '@veilrec/runtime'

import { attributesOf } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { checkpointForAbort } from '../interruption.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { parseVeilConfig } from '../veils/veil-config.js'
import type { VeilKind } from '../veils/veil-kind.js'
import { veilKind } from '../veils/veil-kinds.js'
import type { VeilManifest } from '../veils/veil-manifest.js'
import { assembleBundle, type AssembledBundle } from './assemble-bundle.js'
import type { BundleAudit } from './bundle-audit.js'
import { bundleParts } from './bundle.js'
import { bytesCheck, notLookedAt } from './bytes-check.js'
import { recommenderCheck, ofTraining } from './recommender-check.js'
import { isTrainedAlong, remadeRun } from './remade-run.js'

/** What {@link selfCheckBundle} is asked to do. */
export interface SelfCheckBundleRequest {
  readonly home: string
  /** The run that the bundle was made of: path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** Folder of the bundle. */
  readonly bundle: string
  /** Whether the recommender is trained again, too, which takes as long as its training took; default false. */
  readonly recommender?: boolean
  /** Threads of the engine for the veil: as many as the veil was made with, all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/**
 * Checks that nothing in a bundle depends on labels that the defence may not see: its veil is made again, with the same settings and
 * seed, from a data set in which every hidden attribute is permuted among the users outside the defence set, and the bundle of that is
 * to have the same bytes. Takes as long as the veil took.
 *
 * With `recommender` the recommender is trained again from that data set as well, and its graphs and parameters are compared; of a
 * bundle without a veil every attribute is then permuted. A veil that was trained together with its recommender is made again only
 * so. Equal bytes need the versions of Node and of the engine and the kind of processor that the run was trained with: on others,
 * other bytes are no verdict. The figures of the audit, which are about those labels, are taken as the bundle has them.
 *
 * @throws VeilrecError `BUNDLE_NOT_FOUND`, `BUNDLE_CORRUPT`, `RUN_NOT_FOUND`, `VEIL_NOT_FOUND`, `VEIL_STALE`; what training throws;
 * `ABORTED`.
 * @example
 * const { passed } = await selfCheckBundle({ home, run: 'films', bundle: 'films.bundle' })
 */
export async function selfCheckBundle(request: SelfCheckBundleRequest): Promise<SelfCheckResult> {
  const { home, bundle: folder, signal } = request
  const { model } = await readBundle(folder)
  const { manifest } = model
  const run = await loadRun(home, request.run)
  const found = await bundleParts(
    run,
    manifest.veil?.method,
    manifest.histories !== null,
    manifest.veil === null,
  )
  const parts = { ...found, veil: found.veil && { ...found.veil, audit: auditOf(manifest) } }
  const asStored = await differences(folder, manifest, assembleBundle(parts))
  const checks = [
    bytesCheck('made-of-this-run', asStored, 'the run as it is now gives this bundle byte for byte'),
    auditCheck(auditOf(manifest), found.veil?.audit),
  ]
  await checkpointForAbort(signal)
  const stored = parts.veil?.manifest
  const permuted = withPermutedLabels(
    run,
    stored?.attributes ?? run.dataset.attributes.map(({ name }) => name),
  )
  const remade = request.recommender === true ? await remadeRun(permuted, request) : undefined
  checks.push(recommenderCheck(model, remade))
  if (parts.veil === null || stored === undefined) {
    return selfCheckResult(folder, [...checks, notLookedAt('labels-of-others', 'the bundle has no veil')])
  }
  const promise =
    'made again with the labels of everybody outside the defence set mixed up, it has the same bytes'
  if (!isTrainedAlong(run.manifest, stored)) {
    const served = await servedAgain(veilKind(stored.method), permuted, stored, request)
    const rebuilt = assembleBundle({ ...parts, run: permuted, veil: { ...parts.veil, served } })
    checks.push(bytesCheck('labels-of-others', await differences(folder, manifest, rebuilt), promise))
  } else if (remade === undefined || remade.veil === null) {
    const detail = 'the veil was trained together with the recommender, which was not trained again'
    checks.push(notLookedAt('labels-of-others', detail))
  } else {
    const rebuilt = assembleBundle({ ...parts, ...remade, veil: { ...parts.veil, served: remade.veil } })
    const different = await differences(folder, manifest, rebuilt)
    checks.push(ofTraining(remade, bytesCheck('labels-of-others', different, promise)))
  }
  return selfCheckResult(folder, checks)
}

/** The run on its data set with the codes of some attributes permuted among the users outside the defence set. */
export function withPermutedLabels(run: LoadedRun, names: readonly string[]): LoadedRun {
  const { dataset } = run
  const defence = userGroups.indexOf('defence')
  const others = Array.from(dataset.userGroup.keys()).filter((user) => dataset.userGroup[user] !== defence)
  const rng = Rng.fromSeed(1).split('self-check')
  const attributes = dataset.attributes.map((attribute): UserAttribute => {
    if (!names.includes(attribute.name)) return attribute
    const codes = attribute.codes.slice()
    rng.shuffle(others.slice()).forEach((from, place) => (codes[others[place]!] = attribute.codes[from]!))
    return { ...attribute, codes }
  })
  return { ...run, dataset: { ...dataset, attributes } }
}

/** A veil made again on a run, with the settings and the seed of a stored one, as a bundle carries it. */
export async function servedAgain(
  kind: VeilKind,
  run: LoadedRun,
  stored: VeilManifest,
  { threads, signal, onProgress }: Pick<SelfCheckBundleRequest, 'threads' | 'signal' | 'onProgress'>,
): Promise<ReturnType<VeilKind['serve']>> {
  const { seed } = stored
  if (seed === undefined) {
    throw new VeilrecError(
      'VEIL_NOT_FOUND',
      `the ${stored.method} veil is older than seeds in veils, so that it cannot be made again`,
      { method: stored.method },
      'Make the veil and the bundle again.',
    )
  }
  const options = threads === undefined ? {} : { threads }
  const config = parseVeilConfig(kind, stored.config)
  const base = baseEncoder(run, options)
  const workFolder = await mkdtemp(join(tmpdir(), 'veilrec-self-check-'))
  try {
    const made = await kind.make({
      run,
      attributes: attributesOf(run.dataset, stored.attributes),
      config,
      base,
      seed,
      rng: Rng.fromSeed(seed),
      runtime: createOrtRuntime(options),
      ...options,
      workFolder,
      async step(stage, done, total, about = {}) {
        await checkpointForAbort(signal)
        onProgress?.({ stage, done, total, ...about })
      },
    })
    return kind.serve({
      run,
      manifest: stored,
      config,
      tensors: made.tensors,
      path: 'the veil made again',
      base,
    })
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}

/** The audit as a bundle tells it. */
function auditOf({ veil }: BundleManifest): BundleAudit | undefined {
  if (veil === null || veil.audit === null) return undefined
  const figures = veil.requirements.flatMap(({ hide, audit }): [string, AuditedFigures][] =>
    audit === null ? [] : [[requirementKey(hide), audit]],
  )
  return { about: veil.audit, figures: new Map(figures) }
}

/** Whether the figures of a bundle are those of the audit in the run, as far as that audit is still there. */
function auditCheck(told: BundleAudit | undefined, found: BundleAudit | undefined): SelfCheck {
  const name = 'audit-figures'
  if (told === undefined) return notLookedAt(name, 'the bundle tells of no audit')
  if (told.about.sha256 !== found?.about.sha256) {
    return notLookedAt(name, 'the run no longer has the audit that the bundle tells of')
  }
  const figures = Array.from(found.figures, ([key, { worstHidden, ...rest }]): [string, AuditedFigures] => {
    // A bundle from before it named the worst attribute is not wrong about it.
    const namesWorst = worstHidden !== undefined && told.figures.get(key)?.worstHidden !== undefined
    return [key, { ...rest, ...(namesWorst && { worstHidden }) }]
  })
  const passed = JSON.stringify([told.about, [...told.figures]]) === JSON.stringify([found.about, figures])
  return {
    name,
    passed,
    detail: passed ? 'they are those of the audit in the run' : 'they are not those of the audit',
  }
}

/** Names of the files that are not the same. */
async function differences(
  folder: string,
  manifest: BundleManifest,
  { manifest: made, files }: AssembledBundle,
): Promise<string[]> {
  const names = new Set([...Object.keys(manifest.files), ...Object.keys(made.files)])
  const different = [...names].filter((name) => manifest.files[name]?.sha256 !== made.files[name]?.sha256)
  if (different.length > 0) return different
  const bytes = files.get('bundle.json')!
  return (await readFile(join(folder, 'bundle.json'))).equals(bytes) ? [] : ['bundle.json']
}
