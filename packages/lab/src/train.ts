import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'

import { sasrecSchema, VeilrecError, type Dataset, type ProgressSink } from '@veilrec/core'
import { loadDataset } from '@veilrec/data'
import { z } from 'zod'

import { encodeUsers } from './encode-users.js'
import { accuracyOf, rankByPopularity, rankByVectors } from './evaluate.js'
import { loadRun } from './load-run.js'
import { createRunFolder, freeRunName, readManifest, resolveRun, writeManifest } from './run-folder.js'
import { runFormatVersion, type RunManifest } from './run-manifest.js'
import type { WorkerMessage } from './train-worker.js'
import { trainingSchema } from './training-config.js'
import type { TrainingJob, TrainingOutcome } from './training-loop.js'
import { cpuDescription, engineVersions, veilrecVersion } from './version.js'

/** What {@link train} is asked to do. */
export interface TrainRequest {
  /** The folder that holds data sets and runs. */
  readonly home: string
  /** Name of an added data set; not with `resume`. */
  readonly dataset?: string
  readonly model?: 'sasrec'
  /** `{ model: {...}, training: {...} }`; defaults for what is left out. */
  readonly config?: unknown
  /** Whole number from which initial values, order, negatives and dropout follow; default 1. */
  readonly seed?: number
  /** Name of the run; `<dataset>-<model>-<n>` by default. */
  readonly name?: string
  /** Run to continue; its own data set, configuration and seed are used. */
  readonly resume?: string
  /** Threads of the engine; all cores by default. Equal bytes need an equal number. */
  readonly threads?: number
  /** Writes a checkpoint and stops. */
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

const configSchema = z.strictObject({
  model: sasrecSchema.default(sasrecSchema.parse({})),
  training: trainingSchema.default(trainingSchema.parse({})),
})

/** The settings of a training, with defaults filled in. */
export type RunConfig = z.output<typeof configSchema>

/**
 * Checks the settings of a training.
 *
 * @throws `CONFIG_INVALID` naming every wrong key.
 */
export function parseRunConfig(config: unknown): RunConfig {
  const parsed = configSchema.safeParse(config ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message }))
  const listed = problems.map(({ path, message }) => `${path.join('.') || 'config'}: ${message}`).join('; ')
  throw new VeilrecError('CONFIG_INVALID', `the configuration is wrong: ${listed}`, { problems })
}

/**
 * Trains a recommender in a worker thread, evaluates it once on the test items and stores the run
 * under `HOME/runs/NAME`.
 *
 * @returns the run's manifest and folder.
 * @throws `ABORTED` (a checkpoint is kept; `resume` continues), `CONFIG_INVALID`, `RUN_EXISTS`,
 *   `DATASET_NOT_FOUND`, `CHECKPOINT_REFUSED`, `NOT_FINITE`.
 *
 * @example
 * const { manifest } = await train({ home: '.veilrec', dataset: 'ml-1m' })
 */
export async function train(
  request: TrainRequest,
): Promise<{ readonly manifest: RunManifest; readonly folder: string }> {
  const { home } = request
  const { folder, manifest: begun } =
    request.resume === undefined ? await begin(request) : await reopen(request)
  if (begun.status === 'finished') return { manifest: begun, folder }
  const dataset = await loadDataset(home, begun.dataset.name)
  const outcome = await trainInWorker(
    {
      folder,
      dataset,
      model: begun.config.model,
      training: begun.config.training,
      configHash: begun.configHash,
      seed: begun.seed,
      threads: begun.threads,
      versions: begun.versions,
      resume: request.resume !== undefined,
    },
    request,
  ).catch((cause: unknown) => {
    throw withResumeHint(cause, basename(folder))
  })
  const trained: RunManifest = {
    ...begun,
    status: 'finished',
    epochs: outcome.epochs,
    bestEpoch: outcome.bestEpoch,
    bestValidation: outcome.bestValidation,
    trainingSeconds: outcome.seconds,
    parameters: outcome.parameters,
  }
  request.onProgress?.({ stage: 'test', done: 1, total: 1 })
  await writeManifest(folder, trained)
  const manifest = { ...trained, test: await testAccuracy(home, folder, dataset, begun) }
  await writeManifest(folder, manifest)
  return { manifest, folder }
}

async function begin(request: TrainRequest): Promise<{ folder: string; manifest: RunManifest }> {
  const { home, seed = 1, threads = availableParallelism(), model = 'sasrec' } = request
  if (request.dataset === undefined) {
    throw new VeilrecError('INVALID_ARGUMENT', 'a new run needs a data set', {}, 'Name one with --dataset.')
  }
  if (!Number.isSafeInteger(seed)) {
    throw new VeilrecError('INVALID_ARGUMENT', `seed must be a whole number, got ${seed}`, { seed })
  }
  const config = parseRunConfig(request.config)
  const { name, hash } = await loadDataset(home, request.dataset)
  const folder = await createRunFolder(home, request.name ?? (await freeRunName(home, name, model)))
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
    threads,
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
  const { dataset, config, seed, name } = request
  if (dataset !== undefined || config !== undefined || seed !== undefined || name !== undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'a resumed run keeps its data set, configuration, seed and name',
      {},
      'Give --resume without --dataset, --config, --set, --seed and --name.',
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
  const users = await encodeUsers(run, 'test', { threads })
  const ranks = rankByVectors(dataset, 'test', { users, items: run.itemVectors, dimension: run.dimension })
  return {
    model: accuracyOf(dataset, ranks, seed),
    popularity: accuracyOf(dataset, rankByPopularity(dataset, 'test'), seed),
  }
}

async function trainInWorker(
  job: TrainingJob,
  { signal, onProgress }: TrainRequest,
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
  if (error.code !== 'ABORTED') return error
  return new VeilrecError(
    'ABORTED',
    error.message,
    error.details,
    `Continue with "veilrec train --resume ${name}".`,
  )
}
