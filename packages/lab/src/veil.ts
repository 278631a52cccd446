import { fitLinearErasure, VeilrecError, type ProgressSink } from '@veilrec/core'

import { attributesOf } from './attributes.js'
import { encodeUsers } from './encode-users.js'
import { checkpointForAbort } from './interruption.js'
import { loadRun } from './load-run.js'
import { recommenderSha256, writeVeil } from './veil-folder.js'
import {
  canonicalRequirement,
  veilFormatVersion,
  veilId,
  veilMethods,
  type VeilManifest,
  type VeilMethod,
} from './veil-manifest.js'
import { veilrecVersion } from './version.js'

/** What {@link veil} is asked to do. */
export interface VeilRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  readonly method: VeilMethod
  /** Names of the attributes that the veil hides together, at least one. */
  readonly attributes: readonly string[]
  /** Threads of the encoder; all cores when left out. */
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** What {@link veil} made. */
export interface VeilResult {
  readonly manifest: VeilManifest
  readonly folder: string
  /** Time to fit the map, encoding not included. */
  readonly fitSeconds: number
}

/**
 * Puts a veil on a trained recommender and stores it in the run folder, replacing one of the same method and attributes.
 *
 * `linear-erasure`: the user vectors of the frozen recommender go through the affine map of {@link fitLinearErasure},
 * fitted on defence users' vectors and labels only (evaluation.md rule 5). The vectors are those of the test query
 * (history: training and validation items, never the test target): the map is fitted on the kind of vector that it is
 * applied to, those of whole histories.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown method or attribute, or none; `RUN_NOT_FOUND`; `NOT_FINITE`;
 * `ABORTED`, nothing written.
 * @example
 * const { manifest } = await veil({ home, run: 'latest', method: 'linear-erasure', attributes: ['gender'] })
 */
export async function veil(request: VeilRequest): Promise<VeilResult> {
  const { home, method, threads, signal, onProgress } = request
  const requirement = canonicalRequirement(request.attributes)
  if (!veilMethods.includes(method) || requirement.length === 0) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      requirement.length === 0
        ? 'a veil hides at least one attribute'
        : `"${String(method)}" is not a veil method`,
      { method, methods: veilMethods },
      requirement.length === 0
        ? 'Name them with --attributes.'
        : `The methods are: ${veilMethods.join(', ')}.`,
    )
  }
  const report = (stage: string, done: number): void => onProgress?.({ stage, done, total: 4 })
  report('load', 0)
  const run = await loadRun(home, request.run)
  const attributes = attributesOf(run.dataset, requirement)
  const sha256 = await recommenderSha256(run.folder)
  report('encode users', 1)
  await checkpointForAbort(signal)
  const vectors = await encodeUsers(run, 'test', threads === undefined ? {} : { threads })
  await checkpointForAbort(signal)
  report('fit', 2)
  const { dimension, dataset } = run
  const started = performance.now()
  const map = fitLinearErasure({ vectors, dimension, attributes, userGroup: dataset.userGroup })
  const fitSeconds = (performance.now() - started) / 1000
  await checkpointForAbort(signal)
  report('write', 3)
  const stored = await writeVeil(
    run.folder,
    {
      formatVersion: veilFormatVersion,
      veilrecVersion,
      id: veilId(method, requirement),
      method,
      config: {},
      attributes: requirement,
      run: run.name,
      recommenderSha256: sha256,
      dataset: { name: dataset.name, hash: dataset.hash },
      query: 'test',
      dimension,
    },
    map,
  )
  return { ...stored, fitSeconds }
}
