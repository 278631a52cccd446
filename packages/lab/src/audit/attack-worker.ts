import { parentPort } from 'node:worker_threads'

import { VeilrecError } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import { runAttackJob, type AttackJob } from './attack-jobs.js'
import { stopRequest, type JobAnswer } from './attack-worker-messages.js'

function main(): void {
  const port = parentPort
  if (!port) throw new VeilrecError('INTERNAL', 'attack-worker runs only as a worker thread')
  // One thread each: as many workers as cores are faster than one attack on all cores, and its figures do not depend on either.
  const context = { runtime: createOrtRuntime({ threads: 1 }), threads: 1 }
  port.on('message', (job: AttackJob | typeof stopRequest) => {
    if (job === stopRequest) process.exit()
    const answer = (message: JobAnswer): void => port.postMessage(message)
    runAttackJob(job, context).then(
      (result) => answer({ kind: 'done', result }),
      (thrown: unknown) => answer({ kind: 'failed', error: VeilrecError.from(thrown).toJSON() }),
    )
  })
}

main()
