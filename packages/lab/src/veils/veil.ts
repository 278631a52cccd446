import { Rng, VeilrecError, type ProgressSink } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import { hiddenAttributes } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { checkpointForAbort } from '../interruption.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { veilrecVersion } from '../version.js'
import { recommenderSha256 } from './recommender-hash.js'
import { parseVeilConfig } from './veil-config.js'
import { writeVeil } from './veil-folder.js'
import type { MadeVeil, VeilStep } from './veil-kind.js'
import { veilKind } from './veil-kinds.js'
import type { VeilManifest } from './veil-manifest.js'
import { openWorkFolder, type WorkFolder } from './work-folder.js'

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
export async function veil(request: VeilRequest): Promise<VeilResult> {
  const { home, method, seed = 1, threads, signal, onProgress } = request
  const kind = veilKind(method)
  const config = parseVeilConfig(kind, request.config)
  if (!Number.isSafeInteger(seed)) {
    throw new VeilrecError('INVALID_ARGUMENT', `seed must be a whole number, got ${seed}`, { seed })
  }
  let units = 0
  // Loading and storing are one unit each, around those of the kind.
  const step: VeilStep = async (stage, done, total, about = {}) => {
    await checkpointForAbort(signal)
    units = total
    onProgress?.({ stage, done: 1 + done, total: 2 + total, ...about })
  }
  onProgress?.({ stage: 'load', done: 0, total: 2 })
  const run = await loadRun(home, request.run)
  refuseJoint(run, method)
  const attributes = hiddenAttributes(run.dataset, request.attributes)
  const options = threads === undefined ? {} : { threads }
  const base = baseEncoder(run, options)
  const runtime = createOrtRuntime(options)
  const facts = {
    veilrecVersion,
    method,
    config: config as Record<string, unknown>,
    attributes: attributes.map(({ name }) => name),
    seed,
    recommenderSha256: await recommenderSha256(run.folder),
    dataset: { name: run.dataset.name, hash: run.dataset.hash },
  }
  const work = await openWorkFolder(run.folder, method, JSON.stringify(facts))
  const started = performance.now()
  const rng = Rng.fromSeed(seed)
  const task = { run, attributes, config, base, seed, rng, runtime, ...options, workFolder: work.path, step }
  const make = async (): Promise<MadeVeil> => {
    const made = await kind.make(task)
    await step('write', units, units)
    return made
  }
  const made = await make().catch((cause: unknown) => keepWork(work, method, cause))
  const seconds = (performance.now() - started) / 1000
  const { dimension } = run
  const requirements = made.requirements.map((requirement) => [...requirement])
  const training = made.training === undefined ? {} : { training: [...made.training] }
  const manifest = {
    ...facts,
    requirements,
    run: run.name,
    query: 'test' as const,
    dimension,
    ...training,
  }
  const stored = await writeVeil(run.folder, manifest, made.tensors)
  await work.remove()
  return { ...stored, seconds }
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

/** Leaves a work folder only where there is something to go on from, and says so. */
async function keepWork(work: WorkFolder, method: string, cause: unknown): Promise<never> {
  const error = VeilrecError.from(cause)
  if (!(await work.hasWork())) {
    await work.remove()
    throw error
  }
  if (error.code !== 'ABORTED') throw error
  throw new VeilrecError(
    'ABORTED',
    `stopped on request; what was trained of the ${method} veil is kept`,
    { method },
    'The same command goes on where this one stopped.',
  )
}
