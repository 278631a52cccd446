import { Rng, userGroups, VeilrecError, type Dataset } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import { hiddenAttributes } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { checkpointForAbort } from '../interruption.js'
import type { LoadedRun } from '../load-run.js'
import { veilrecVersion } from '../version.js'
import { recommenderSha256 } from './recommender-hash.js'
import { parseVeilConfig } from './veil-config.js'
import { writeVeil } from './veil-folder.js'
import type { VeilRequest, VeilResult } from './veil.js'
import type { MadeVeil, VeilStep } from './veil-kind.js'
import { veilKind } from './veil-kinds.js'
import type { LabelAccess } from './veil-manifest.js'
import { openWorkFolder, type WorkFolder } from './work-folder.js'

/** What {@link makeVeil} is asked to do. */
export interface MakeVeilRequest extends Omit<VeilRequest, 'home' | 'run'> {
  readonly run: LoadedRun
  /** Below which `veils/METHOD` is written and checkpoints are kept; that of the run by default. */
  readonly folder?: string
  /** Default `defence`. */
  readonly labelAccess?: LabelAccess
}

/**
 * Makes a veil for a loaded run and stores it below a folder, replacing the one of the same method there; see `veil`.
 *
 * @throws VeilrecError as `veil` does, reading the run excepted.
 */
export async function makeVeil(request: MakeVeilRequest): Promise<VeilResult> {
  const { method, run, folder = run.folder, labelAccess = 'defence', seed = 1 } = request
  const { threads, signal, onProgress } = request
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
    ...(labelAccess === 'everybody' ? { labelAccess } : {}),
  }
  const work = await openWorkFolder(folder, method, JSON.stringify(facts))
  const started = performance.now()
  const rng = Rng.fromSeed(seed)
  const told = labelAccess === 'everybody' ? { ...run, dataset: withOpenLabels(run.dataset) } : run
  const task = {
    run: told,
    attributes,
    config,
    base,
    seed,
    rng,
    runtime,
    ...options,
    workFolder: work.path,
    step,
  }
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
  const stored = await writeVeil(folder, manifest, made.tensors)
  await work.remove()
  return { ...stored, seconds }
}

/** The data set as a paper's defence sees it: all users are its own. */
function withOpenLabels(dataset: Dataset): Dataset {
  const userGroup = new Uint8Array(dataset.userGroup.length).fill(userGroups.indexOf('defence'))
  return { ...dataset, userGroup }
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
