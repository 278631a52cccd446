import { canonicalRequirement, requirementsOf, VeilrecError, type ProgressSink } from '@veilrec/core'

import { attributesOf } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { checkpointForAbort } from '../interruption.js'
import { loadRun } from '../load-run.js'
import { recommenderSha256, writeVeil } from './veil-folder.js'
import { veilKind } from './veil-kinds.js'
import type { VeilManifest } from './veil-manifest.js'
import { veilrecVersion } from '../version.js'

/** What {@link veil} is asked to do. */
export interface VeilRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** Name of a kind of veil, such as `linear-erasure`. */
  readonly method: string
  /** Names of the attributes that users may want hidden, 1 to 8; all of the data set when left out. */
  readonly attributes?: readonly string[]
  /** Threads of the encoder; all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** What {@link veil} made. */
export interface VeilResult {
  readonly manifest: VeilManifest
  readonly folder: string
  /** Time to make it, user vectors included, loading and storing not. */
  readonly seconds: number
}

/**
 * Puts a veil on a trained recommender, for every non-empty subset of the attributes, and stores it in the run folder,
 * replacing the one of the same method.
 *
 * Only labels of defence users are read (evaluation.md rule 5).
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown method or attribute, none, or more than 8; `RUN_NOT_FOUND`;
 * `NOT_FINITE`; `ABORTED`, nothing written.
 * @example
 * const { manifest } = await veil({ home, run: 'latest', method: 'linear-erasure', attributes: ['gender', 'age'] })
 */
export async function veil(request: VeilRequest): Promise<VeilResult> {
  const { home, method, threads, signal, onProgress } = request
  const kind = veilKind(method)
  let units = 0
  // Loading and storing are one unit each, around those of the kind.
  const step = async (stage: string, done: number, total: number): Promise<void> => {
    await checkpointForAbort(signal)
    units = total
    onProgress?.({ stage, done: 1 + done, total: 2 + total })
  }
  onProgress?.({ stage: 'load', done: 0, total: 2 })
  const run = await loadRun(home, request.run)
  const { dataset, dimension } = run
  const names = canonicalRequirement(request.attributes ?? dataset.attributes.map(({ name }) => name))
  const attributes = attributesOf(dataset, names)
  if (requirementsOf(names).length === 0) {
    throw new VeilrecError('INVALID_ARGUMENT', 'a veil hides at least one attribute', {
      dataset: dataset.name,
    })
  }
  const sha256 = await recommenderSha256(run.folder)
  const config = kind.schema.parse({})
  const base = baseEncoder(run, threads === undefined ? {} : { threads })
  const started = performance.now()
  const { requirements, tensors } = await kind.make({ run, attributes, config, base, step })
  const seconds = (performance.now() - started) / 1000
  await step('write', units, units)
  const stored = await writeVeil(
    run.folder,
    {
      veilrecVersion,
      method,
      config: config as Record<string, unknown>,
      attributes: names,
      requirements: requirements.map((requirement) => [...requirement]),
      run: run.name,
      recommenderSha256: sha256,
      dataset: { name: dataset.name, hash: dataset.hash },
      query: 'test',
      dimension,
    },
    tensors,
  )
  return { ...stored, seconds }
}
