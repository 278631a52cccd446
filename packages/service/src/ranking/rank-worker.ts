import { parentPort, workerData } from 'node:worker_threads'

import { VeilrecError } from '@veilrec/core'
import { BundleEngine, createOrtRuntime } from '@veilrec/runtime'

import { EvenPace } from './even-pace.js'
import type { RankMessage, RankTask, RankWorkerData } from './worker-messages.js'

async function main(): Promise<void> {
  const port = parentPort
  if (port === null) throw new VeilrecError('INTERNAL', 'rank-worker runs only as a worker thread')
  const send = (message: RankMessage): void => port.postMessage(message)
  const { model } = workerData as RankWorkerData
  const engine = await BundleEngine.load(createOrtRuntime({ threads: 1 }), model)
  const pace = new EvenPace()
  const clock = new Int32Array(new SharedArrayBuffer(4))
  const answer = async ({ rows }: RankTask): Promise<void> => {
    const started = performance.now()
    try {
      const ranked = await engine.rank(rows)
      const taken = performance.now() - started
      if (rows.some(({ person }) => person !== null)) pace.note(rows.length, taken)
      else {
        const left = pace.target(rows.length) - taken
        // Timers tick in milliseconds, which is as long as a list takes; this waits to the microsecond.
        if (left > 0) Atomics.wait(clock, 0, 0, left)
      }
      send({ kind: 'ranked', rows: ranked })
    } catch (thrown) {
      send({ kind: 'failed', error: VeilrecError.from(thrown).toJSON() })
    }
  }
  // One task at a time, in the order in which they came.
  let last = Promise.resolve()
  port.on('message', (task: RankTask) => {
    last = last.then(() => answer(task))
  })
  send({ kind: 'ready' })
}

await main()
