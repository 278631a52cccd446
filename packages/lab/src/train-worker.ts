import { parentPort, workerData } from 'node:worker_threads'

import { VeilrecError, type Progress, type SerializedError } from '@veilrec/core'
import { createOrtRuntime, writeSafetensors, type StoredTensor } from '@veilrec/runtime'

import { runJointTraining, storeJointVeil } from './joint-training.js'
import { bestParametersPath } from './load-run.js'
import {
  runTraining,
  type TrainedRun,
  type TrainingJob,
  type TrainingOutcome,
  type TrainingSurroundings,
} from './training-loop.js'

/** What the training thread tells its starter. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly outcome: TrainingOutcome }
  | { readonly kind: 'failed'; readonly error: SerializedError }

const progressInterval = 100

async function main(): Promise<void> {
  const port = parentPort
  if (!port) throw new VeilrecError('INTERNAL', 'train-worker runs only as a worker thread')
  const { job, stopFlag } = workerData as { readonly job: TrainingJob; readonly stopFlag: Int32Array }
  const send = (message: WorkerMessage): void => port.postMessage(message)
  let lastSent = -Infinity
  try {
    const outcome = await trainAndStore(job, {
      runtime: createOrtRuntime({ threads: job.threads }),
      now: () => performance.now(),
      shouldStop: () => Atomics.load(stopFlag, 0) !== 0,
      onProgress: (progress) => {
        const now = performance.now()
        if (now - lastSent < progressInterval) return
        lastSent = now
        send({ kind: 'progress', progress })
      },
    })
    send({ kind: 'done', outcome })
  } catch (thrown) {
    send({ kind: 'failed', error: VeilrecError.from(thrown).toJSON() })
  }
}

async function trainAndStore(job: TrainingJob, around: TrainingSurroundings): Promise<TrainingOutcome> {
  const joint = job.config.veil
  if (joint === undefined) {
    const { store, ...outcome } = await runTraining(job, around)
    await storeParameters(job, store)
    return outcome
  }
  const { store, veil, ...outcome } = await runJointTraining(job, joint, around)
  await storeParameters(job, store)
  await storeJointVeil(job, joint, veil)
  return outcome
}

async function storeParameters({ folder }: TrainingJob, store: TrainedRun['store']): Promise<void> {
  const tensors = store.list().map(({ name, shape, data }): [string, StoredTensor] => [name, { shape, data }])
  await writeSafetensors(bestParametersPath(folder), new Map(tensors))
}

await main()
