import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'

import { VeilrecError, type Dataset, type ProgressSink } from '@veilrec/core'
import { loadDataset } from '@veilrec/data'

import { hiddenAttributes } from './attributes.js'
import { encodeUsers } from './encode-users.js'
import { accuracyBesidePopularity } from './evaluation/run-accuracy.js'
import { loadRun, loadRunDataset } from './load-run.js'
import { defaultModel, parseRunConfig, type RunConfig } from './run-config.js'
import { createRunFolder, freeRunName, readManifest, resolveRun, writeManifest } from './run-folder.js'
import { runFormatVersion, type RunManifest } from './run-manifest.js'
import type { WorkerMessage } from './train-worker.js'
import type { TrainingJob, TrainingOutcome } from './training-loop.js'
import { jointMethod } from './veils/joint-method.js'
import { parseVeilConfig } from './veils/veil-config.js'
import { listVeils } from './veils/veil-folder.js'
import type { VeilManifest } from './veils/veil-manifest.js'
import { cpuDescription, engineVersions, veilrecVersion } from './version.js'

/** A veil that is to be trained together with its recommender. */
export interface JointVeilRequest {
  /** Name of a kind of veil that can: `filters`. */
  readonly method: string
  /** Names of the attributes that users may want hidden, 1 to 8; all of the data set when left out. */
  readonly attributes?: readonly string[]
  /** Settings of the method that a joint training has a use for, with `preset` beside them; defaults for what is left out. */
  readonly config?: unknown
}

/** What {@link train} is asked to do. */
export interface TrainRequest {
  /** The folder that holds data sets and runs. */
  readonly home: string
  /** Name of an added data set; not with `resume`. */
  readonly dataset?: string
  /** Name of a kind of recommender (`recommenderKinds`); default `sasrec`. */
  readonly model?: string
  /** `{ preset, model: {...}, training: {...} }`; defaults for what is left out. */
  readonly config?: unknown
  /** A veil that is trained along, and stored with the run; none when left out. */
  readonly veil?: JointVeilRequest
  /** Whole number from which initial values, order, negatives and dropout follow; default 1. */
  readonly seed?: number
  /** Name of the run; `<dataset>-<model>-<n>` by default. */
  readonly name?: string
  /** Run to continue; its own data set, configuration and seed are used. */
  readonly resume?: string
  /** Writes a checkpoint and stops. */
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** What {@link train} made. */
export interface TrainResult {
  readonly manifest: RunManifest
  readonly folder: string
  /** The veil that was trained along. */
  readonly veil?: VeilManifest
}

/**
 * Trains a recommender in a worker thread, evaluates it once on the test items and stores the run
 * under `HOME/runs/NAME`; with `veil` a veil along with it, which then lies in the run as any other does.
 *
 * @throws `ABORTED` (a checkpoint is kept; `resume` continues), `CONFIG_INVALID`, `RUN_EXISTS`,
 *   `DATASET_NOT_FOUND`, `CHECKPOINT_REFUSED`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 *
 * @example
 * const { manifest } = await train({ home: '.veilrec', dataset: 'ml-1m' })
 * await train({ home: '.veilrec', dataset: 'ml-1m', model: 'pmf', veil: { method: 'filters', attributes: ['gender'] } })
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { home } = request
  const { folder, manifest: begun } =
    request.resume === undefined ? await begin(request) : await reopen(request)
  const manifest = await finish(home, folder, begun, request)
  const method = manifest.config.veil?.method
  const veil = (await listVeils(folder)).find(({ id }) => id === method)
  return { manifest, folder, ...(veil && { veil }) }
}

/** Trains to the end and measures, as far as that was not done before. */
async function finish(
  home: string,
  folder: string,
  begun: RunManifest,
  request: TrainRequest,
): Promise<RunManifest> {
  if (begun.status === 'finished' && begun.test !== null) return begun
  const dataset = await loadRunDataset(home, begun)
  // A run may have been killed between the end of training and the test.
  const trained = begun.status === 'finished' ? begun : await trainToEnd(folder, dataset, begun, request)
  request.onProgress?.({ stage: 'test', done: 1, total: 1 })
  const manifest = { ...trained, test: await testAccuracy(home, folder, dataset, begun) }
  await writeManifest(folder, manifest)
  return manifest
}

async function trainToEnd(
  folder: string,
  dataset: Dataset,
  begun: RunManifest,
  request: TrainRequest,
): Promise<RunManifest> {
  const { model, config, configHash, seed, threads, versions } = begun
  const resume = request.resume !== undefined
  const outcome = await trainInWorker(
    { folder, dataset, model, config, configHash, seed, threads, versions, resume },
    request,
  ).catch((cause: unknown) => {
    throw withResumeHint(cause, basename(folder))
  })
  const trained: RunManifest = {
    ...begun,
    formatVersion: runFormatVersion,
    status: 'finished',
    epochs: outcome.epochs,
    bestEpoch: outcome.bestEpoch,
    bestValidation: outcome.bestValidation,
    trainingSeconds: outcome.seconds,
    parameters: outcome.parameters,
  }
  await writeManifest(folder, trained)
  return trained
}

async function begin(request: TrainRequest): Promise<{ folder: string; manifest: RunManifest }> {
  const { home, seed = 1, model = defaultModel } = request
  if (request.dataset === undefined) {
    throw new VeilrecError('INVALID_ARGUMENT', 'a new run needs a data set', {}, 'Name one with --dataset.')
  }
  if (!Number.isSafeInteger(seed)) {
    throw new VeilrecError('INVALID_ARGUMENT', `seed must be a whole number, got ${seed}`, { seed })
  }
  const { veil } = request
  const own = parseRunConfig(model, request.config)
  const joint = veil && parseVeilConfig(jointMethod(veil.method), veil.config)
  const dataset = await loadDataset(home, request.dataset)
  const config: RunConfig =
    veil === undefined
      ? own
      : {
          ...own,
          veil: {
            method: veil.method,
            attributes: hiddenAttributes(dataset, veil.attributes).map((attribute) => attribute.name),
            config: { ...joint },
          },
        }
  const { name, hash } = dataset
  const what = veil === undefined ? model : `${model}-${veil.method}`
  const folder = await createRunFolder(home, request.name ?? (await freeRunName(home, name, what)))
  const { model: cpuModel, cores } = cpuDescription()
  const manifest: RunManifest = {
    formatVersion: runFormatVersion,
    veilrecVersion,
    name: basename(folder),
    model,
    config,
    configHash: createHash('sha256').update(JSON.stringify({ model, config })).digest('hex'),
    dataset: { name, hash },
    seed,
    threads: config.training.threads ?? availableParallelism(),
    versions: engineVersions(),
    cpu: `${cpuModel}, ${cores} cores`,
    status: 'training',
    epochs: 0,
    bestEpoch: 0,
    bestValidation: 0,
    trainingSeconds: 0,
    parameters: 0,
    test: null,
  }
  await writeManifest(folder, manifest)
  return { folder, manifest }
}

async function reopen(request: TrainRequest): Promise<{ folder: string; manifest: RunManifest }> {
  const { dataset, model, config, veil, seed, name } = request
  if (
    dataset !== undefined ||
    model !== undefined ||
    config !== undefined ||
    veil !== undefined ||
    seed !== undefined ||
    name !== undefined
  ) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'a resumed run keeps its data set, recommender, veil, configuration, seed and name',
      {},
      'Give --resume without --dataset, --model, --veil, --attributes, --config, --set, --seed and --name.',
    )
  }
  const folder = await resolveRun(request.home, request.resume!)
  return { folder, manifest: await readManifest(folder) }
}

/** The run's accuracy on the test items, beside popularity; computed once, after training. */
async function testAccuracy(
  home: string,
  folder: string,
  dataset: Dataset,
  { seed, threads }: RunManifest,
): Promise<RunManifest['test']> {
  const run = await loadRun(home, folder)
  const userVectors = await encodeUsers(run, 'test', { threads })
  return accuracyBesidePopularity(dataset, run.scores(userVectors), seed)
}

/**
 * Trains in a thread and leaves the parameters, and a veil that is trained along, in the folder of the job.
 *
 * @throws VeilrecError what the training throws.
 */
export async function trainInWorker(
  job: TrainingJob,
  { signal, onProgress }: Pick<TrainRequest, 'signal' | 'onProgress'>,
): Promise<TrainingOutcome> {
  const stopFlag = new Int32Array(new SharedArrayBuffer(4))
  const stop = (): void => void Atomics.store(stopFlag, 0, 1)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  const worker = new Worker(new URL('../dist/train-worker.js', import.meta.url), {
    workerData: { job, stopFlag },
  })
  try {
    return await new Promise<TrainingOutcome>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'progress') onProgress?.(message.progress)
        else if (message.kind === 'done') resolve(message.outcome)
        else reject(VeilrecError.fromJSON(message.error))
      })
      worker.on('error', (cause) => reject(VeilrecError.from(cause)))
      worker.on('exit', (code) =>
        reject(new VeilrecError('INTERNAL', `the training thread ended with code ${code}`)),
      )
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

function withResumeHint(cause: unknown, name: string): VeilrecError {
  const error = VeilrecError.from(cause)
  const { code, message, details } = error
  const resume = `"veilrec train --resume ${name}"`
  if (code === 'ABORTED') return new VeilrecError(code, message, details, `Continue with ${resume}.`)
  if (code === 'FILE_UNWRITABLE') {
    return new VeilrecError(
      code,
      message,
      details,
      `Make room or allow writing, then continue with ${resume}.`,
    )
  }
  return error
}
