import { VeilrecError, type ProgressSink } from '@veilrec/core'

import { loadRun, type LoadedRun } from '../load-run.js'
import { makeVeil } from './make-veil.js'
import { parseVeilConfig } from './veil-config.js'
import { veilKind } from './veil-kinds.js'
import type { VeilManifest } from './veil-manifest.js'

/** What {@link veil} is asked to do. */
export interface VeilRequest {
  readonly home: string
  /** Path, name, unique prefix of a name, or `latest`. */
  readonly run: string
  /** Name of a kind of veil, such as `linear-erasure`. */
  readonly method: string
  /** Names of the attributes that users may want hidden, 1 to 8; all of the data set when left out. */
  readonly attributes?: readonly string[]
  /** Settings of the method, with `preset` beside them; defaults for what is left out. */
  readonly config?: unknown
  /** Whole number from which initial values, order, negatives and dropout follow; default 1. */
  readonly seed?: number
  /** Threads of the engine; all cores when left out. */
  readonly threads?: number
  /** Stops; what was trained is kept, and the same request goes on there. */
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** What {@link veil} made. */
export interface VeilResult {
  readonly manifest: VeilManifest
  readonly folder: string
  /** Time to make it here, user vectors included, loading and storing not. */
  readonly seconds: number
}

/**
 * Puts a veil on a trained recommender, for every non-empty subset of the attributes, and stores it in the run folder,
 * replacing the one of the same method.
 *
 * Only labels of defence users are read (evaluation.md rule 5). A method that trains keeps checkpoints in the run folder: an
 * interrupted or killed request that is made again goes on there, and ends with the same veil.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown method or attribute, none, or more than 8, and for the method that the run was
 * trained together with; `CONFIG_INVALID`;
 * `RUN_NOT_FOUND`; `NOT_FINITE`; `ABORTED`, no veil written.
 * @example
 * const { manifest } = await veil({ home, run: 'latest', method: 'linear-erasure', attributes: ['gender', 'age'] })
 */
export async function veil({ home, run: name, ...request }: VeilRequest): Promise<VeilResult> {
  // What can be refused is refused before anything is loaded.
  parseVeilConfig(veilKind(request.method), request.config)
  request.onProgress?.({ stage: 'load', done: 0, total: 2 })
  const run = await loadRun(home, name)
  refuseJoint(run, request.method)
  return makeVeil({ ...request, run })
}

/** A veil that was trained together with its recommender cannot be made again behind it: it is not replaced. */
function refuseJoint({ name, manifest }: LoadedRun, method: string): void {
  if (manifest.config.veil?.method !== method) return
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `the run "${name}" was trained together with its veil "${method}", which would be lost`,
    { run: name, method },
    'Use another method, or train a run without a veil and put one on that.',
  )
}
