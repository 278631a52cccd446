import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { VeilrecError, type OptimizerState, type ParameterStore, type RngState } from '@veilrec/core'
import { readSafetensors, writeSafetensors, type StoredTensor } from '@veilrec/runtime'
import { z } from 'zod'

const rngState = z.array(z.int()).length(4)

/** Format of checkpoints that this version writes; it reads the one before, too. */
export const checkpointFormatVersion = 2

/** Everything about a training that is not an array, as of the last finished step. */
export const trainingStateSchema = z.strictObject({
  formatVersion: z.literal([1, checkpointFormatVersion]),
  /** Name of the kind of recommender; format 1 knew one only. */
  model: z.string().default('sasrec'),
  configHash: z.string(),
  datasetHash: z.string(),
  seed: z.int(),
  threads: z.int(),
  versions: z.record(z.string(), z.string()),
  /** Epochs begun, from 1; its batches follow from seed and epoch. */
  epoch: z.int(),
  /** Batches of the epoch that are done. */
  position: z.int(),
  /** Optimizer updates done. */
  step: z.int(),
  /** Loss summed over the batches of the epoch so far. */
  lossSum: z.number(),
  random: z.strictObject({ negatives: rngState, dropout: rngState }),
  early: z.strictObject({ best: z.number(), bestEpoch: z.int(), withoutBetter: z.int() }),
  seconds: z.number(),
})

/** See {@link trainingStateSchema}. */
export type TrainingState = z.output<typeof trainingStateSchema>

/** A random stream's state in the form a checkpoint holds. */
export function storedRngState(state: RngState): number[] {
  return state.map((word) => word | 0)
}

const checkpointName = 'latest.safetensors'

function checkpointPath(folder: string): string {
  return join(folder, 'checkpoint', checkpointName)
}

/** Deletes the unfinished checkpoints that a killed training left behind. */
export async function removePartialCheckpoints(folder: string): Promise<void> {
  const checkpoints = join(folder, 'checkpoint')
  for (const name of await readdir(checkpoints)) {
    if (name !== checkpointName) await rm(join(checkpoints, name), { recursive: true })
  }
}

/**
 * Writes the whole state of a training as one file, atomically: parameters, moments, the best
 * parameters so far, and the {@link TrainingState} as metadata. A crash leaves the old or the new
 * checkpoint, never a mixture.
 */
export async function writeCheckpoint(
  folder: string,
  state: TrainingState,
  store: ParameterStore,
  optimizer: OptimizerState,
  best: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, shape, data } of store.list()) {
    tensors.set(`parameter/${name}`, { shape, data })
    const kept = best.get(name)
    if (kept) tensors.set(`best/${name}`, { shape, data: kept })
  }
  for (const [name, data] of optimizer.export())
    tensors.set(`optimizer/${name}`, { shape: [data.length], data })
  await writeSafetensors(checkpointPath(folder), tensors, new Map([['state', JSON.stringify(state)]]))
}

/** A checkpoint read back; arrays are not yet checked against a model. */
export interface Checkpoint {
  readonly state: TrainingState
  readonly parameters: ReadonlyMap<string, Float32Array>
  readonly best: ReadonlyMap<string, Float32Array>
  readonly optimizer: ReadonlyMap<string, Float32Array | Int32Array>
}

/** What a checkpoint must agree with to be continued. */
export type CheckpointIdentity = Pick<TrainingState, 'model' | 'datasetHash' | 'configHash' | 'seed'>

/** What a difference in identity means, in the order in which it is looked for. */
const identities = {
  model: 'it is of another recommender',
  datasetHash: 'it was trained on another data set',
  configHash: 'it belongs to another configuration',
  seed: 'it belongs to another seed',
} as const satisfies Record<keyof CheckpointIdentity, string>

/**
 * Reads the checkpoint of a run.
 *
 * @returns `undefined` when none was written yet: the training begins at its beginning.
 * @throws VeilrecError `FORMAT_TOO_NEW`; `CHECKPOINT_REFUSED` when it is damaged, or of another recommender, data set,
 * configuration or seed, with the reason.
 */
export async function readCheckpoint(
  folder: string,
  expected: CheckpointIdentity,
): Promise<Checkpoint | undefined> {
  const path = checkpointPath(folder)
  if (!(await exists(path))) return undefined
  const { tensors, metadata } = await readSafetensors(path).catch((cause: unknown) => {
    throw refused(path, VeilrecError.from(cause).message)
  })
  let content: unknown
  try {
    content = JSON.parse(metadata.get('state') ?? '')
  } catch {
    throw refused(path, 'its state is not JSON')
  }
  const { formatVersion } = (content ?? {}) as { formatVersion?: unknown }
  if (typeof formatVersion === 'number' && formatVersion > checkpointFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path} was made by a newer veilrec: it has format ${formatVersion}, this one reads up to ${checkpointFormatVersion}`,
      { path, formatVersion, supported: checkpointFormatVersion },
      'Upgrade veilrec.',
    )
  }
  const parsed = trainingStateSchema.safeParse(content)
  if (!parsed.success) throw refused(path, `its state is damaged: ${parsed.error.issues[0]?.message}`)
  for (const key of Object.keys(identities) as (keyof CheckpointIdentity)[]) {
    if (parsed.data[key] !== expected[key]) throw refused(path, identities[key])
  }
  const parts = { parameter: new Map(), best: new Map(), optimizer: new Map() }
  for (const [name, { data }] of tensors) {
    const slash = name.indexOf('/')
    const part = parts[name.slice(0, slash) as keyof typeof parts]
    if (!part || !(data instanceof Float32Array || data instanceof Int32Array)) {
      throw refused(path, `"${name}" does not belong into a checkpoint`)
    }
    part.set(name.slice(slash + 1), data)
  }
  return { state: parsed.data, parameters: parts.parameter, best: parts.best, optimizer: parts.optimizer }
}

/** Whether there is a file; throws what looking for it throws, such as a lack of permission. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function refused(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'CHECKPOINT_REFUSED',
    `${path} cannot be continued: ${reason}`,
    { reason },
    'Resume with the data set, configuration and seed the run was started with, or start a new run.',
  )
}
