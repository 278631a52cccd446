import { resolve } from 'node:path'
import { VeilrecError } from '@veilrec/core'

import { baseEncoder } from '../base-encoder.js'
import { checkpointForAbort } from '../interruption.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { recommenderSha256 } from '../veils/recommender-hash.js'
import { listVeils, readVeil } from '../veils/veil-folder.js'
import { veilKind } from '../veils/veil-kinds.js'
import type { VeilManifest } from '../veils/veil-manifest.js'
import { assembleBundle, type BundleParts } from './assemble-bundle.js'
import { bundleAudit } from './bundle-audit.js'
import { writeBundle } from './write-bundle.js'

/** What {@link bundle} is asked to do. */
export interface BundleRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** The folder to write: not there, empty, or a bundle, which is replaced. */
  readonly out: string
  /** Method of the veil, needed where the run has veils of several methods. */
  readonly method?: string
  /** Whether the histories of the data set's users go with it, so that they can be asked for by id; default false. */
  readonly histories?: boolean
  readonly signal?: AbortSignal
}

/** What {@link bundle} wrote. */
export interface BundleResult {
  readonly folder: string
  readonly run: string
  /** SHA-256 (hex) over everything in it. */
  readonly digest: string
  /** Null where the run has no veil: such a bundle can hide nothing. */
  readonly method: string | null
  readonly attributes: readonly string[]
  readonly requirements: number
  /** How many of these were audited. */
  readonly audited: number
  readonly files: number
  readonly bytes: number
}

/**
 * Writes a run with its veil as a folder that the service runs: graphs, parameters, items and what an audit found. It holds no
 * value of any attribute; see `bundle.json` in the reference.
 *
 * Figures of an audit go with it where it attacked exactly the veil that is stored.
 *
 * @throws VeilrecError `RUN_NOT_FOUND`, `RUN_UNFINISHED`; `BUNDLE_UNSUPPORTED` for a recommender that reads no history;
 * `VEIL_NOT_FOUND`; `INVALID_ARGUMENT` for several veils and no method; `VEIL_STALE`, `VEIL_CORRUPT`; `BUNDLE_EXISTS`,
 * `FILE_UNWRITABLE`; `ABORTED`, nothing written.
 * @example
 * await bundle({ home, run: 'films', out: 'films.bundle' })
 */
export async function bundle(request: BundleRequest): Promise<BundleResult> {
  const { out, histories = false, signal } = request
  const parts = await bundleParts(request.home, request.run, request.method, histories)
  await checkpointForAbort(signal)
  const { manifest, files } = assembleBundle(parts)
  await checkpointForAbort(signal)
  await writeBundle(out, files)
  const requirements = manifest.veil?.requirements ?? []
  return {
    folder: resolve(out),
    run: parts.run.name,
    digest: manifest.digest,
    method: manifest.veil?.method ?? null,
    attributes: manifest.veil?.attributes ?? [],
    requirements: requirements.length,
    audited: requirements.filter(({ audit }) => audit !== null).length,
    files: files.size,
    bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
  }
}

/** What a bundle of a run is made of. */
async function bundleParts(
  home: string,
  reference: string,
  method: string | undefined,
  withHistories: boolean,
): Promise<BundleParts> {
  const run = await loadRun(home, reference)
  const stored = await chosenVeil(run, method)
  const sha256 = await recommenderSha256(run.folder)
  if (stored === undefined) return { run, recommenderSha256: sha256, veil: null, withHistories }
  const served = veilKind(stored.method).serve(await readVeil(run, stored, baseEncoder(run)))
  const audit = await bundleAudit(run, stored)
  return { run, recommenderSha256: sha256, veil: { manifest: stored, served, audit }, withHistories }
}

async function chosenVeil(run: LoadedRun, method: string | undefined): Promise<VeilManifest | undefined> {
  if (method !== undefined) veilKind(method)
  const veils = await listVeils(run.folder)
  const fitting = veils.filter((veil) => method === undefined || veil.method === method)
  if (fitting.length === 0 && method !== undefined) {
    throw new VeilrecError(
      'VEIL_NOT_FOUND',
      `run "${run.name}" has no ${method} veil`,
      { run: run.name, method, existing: veils.map(({ id }) => id) },
      `Make one with "veilrec veil ${run.name} --method ${method}".`,
    )
  }
  if (fitting.length > 1) {
    const methods = fitting.map((veil) => veil.method)
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `run "${run.name}" has several veils: ${methods.join(', ')}; a bundle has one`,
      { run: run.name, methods },
      `Name one with --method, such as --method ${methods[0]}.`,
    )
  }
  return fitting[0]
}
