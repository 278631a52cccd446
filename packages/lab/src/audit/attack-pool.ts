import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

import { VeilrecError } from '@veilrec/core'

import type { AttackJob, JobOf, JobResults } from './attack-jobs.js'
import { stopRequest, type JobAnswer } from './attack-worker-messages.js'
import { auditStopped } from './audit-stop.js'

/** Milliseconds that a worker has to end itself. */
const patience = 2000

/** More workers than this take memory for attackers that all wait for the same one. */
const mostWorkersByDefault = 4

/** Options of an {@link AttackPool}. */
export interface AttackPoolOptions {
  /** Workers at the most, started as they are needed; by default as many as cores, 4 at the most. */
  readonly size?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What a worker runs; {@link JobAnswer} says what it answers. It should end itself at a {@link stopRequest}. */
  readonly program?: URL
}

/** A job and who waits for it. */
interface Waiting {
  readonly job: AttackJob
  readonly cost: number
  readonly resolve: (result: JobResults[AttackJob['kind']]) => void
  readonly reject: (error: VeilrecError) => void
}

/**
 * Worker threads that attack, each one job at a time and with one thread for its graphs, so that a result depends on its
 * job alone and not on how many workers there are.
 *
 * Of the waiting jobs the dearest is next, so that no long one is left for the end. When one job fails or its worker dies,
 * all fail with that error, and the workers end; so they do when the signal is aborted. {@link AttackPool.close} it in
 * every case.
 */
export class AttackPool {
  readonly #size: number
  readonly #signal: AbortSignal | undefined
  readonly #program: URL
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<Worker, Waiting>()
  readonly #idle: Worker[] = []
  readonly #ended: Promise<void>[] = []
  #failure: VeilrecError | undefined

  constructor({
    size = Math.min(availableParallelism(), mostWorkersByDefault),
    signal,
    program = new URL('../../dist/audit/attack-worker.js', import.meta.url),
  }: AttackPoolOptions = {}) {
    this.#size = size
    this.#signal = signal
    this.#program = program
    if (signal?.aborted) this.#stop()
    signal?.addEventListener('abort', this.#stop)
  }

  /**
   * Waits for a worker and for what it makes of a job.
   *
   * @param cost in any unit; only the order matters.
   * @throws VeilrecError the first failure of any job; `ABORTED`.
   */
  async run<K extends AttackJob['kind']>(job: JobOf<K>, cost = 0): Promise<JobResults[K]> {
    const result = await new Promise<JobResults[AttackJob['kind']]>((resolve, reject) => {
      this.#waiting.push({ job, cost, resolve, reject })
      this.#dispatch()
    })
    return result as JobResults[K]
  }

  /** Ends the workers; what still waits fails. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#stop)
    this.#fail(new VeilrecError('INTERNAL', 'the attack pool was closed while jobs waited'))
    await Promise.all(this.#ended)
  }

  readonly #stop = (): void => this.#fail(auditStopped())

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      if (this.#failure !== undefined) {
        this.#waiting.shift()!.reject(this.#failure)
        continue
      }
      const worker = this.#idle.pop() ?? (this.#running.size < this.#size ? this.#start() : undefined)
      if (worker === undefined) return
      const next = this.#waiting.reduce((a, b) => (b.cost > a.cost ? b : a))
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#running.set(worker, next)
      worker.postMessage(next.job)
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#program)
    worker.on('message', (message: JobAnswer) => {
      if (message.kind === 'failed') {
        this.#fail(VeilrecError.fromJSON(message.error))
        return
      }
      this.#running.get(worker)?.resolve(message.result)
      this.#running.delete(worker)
      this.#idle.push(worker)
      this.#dispatch()
    })
    worker.on('error', (cause) => this.#fail(VeilrecError.from(cause)))
    worker.on('exit', (code) =>
      this.#fail(new VeilrecError('INTERNAL', `a worker of the audit ended with code ${code}`, { code })),
    )
    return worker
  }

  /** The first failure is the one that everybody gets; the exits that follow it say nothing. */
  #fail(error: VeilrecError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    const workers = [...this.#running.keys(), ...this.#idle.splice(0)]
    for (const { reject } of this.#running.values()) reject(error)
    this.#running.clear()
    this.#dispatch()
    this.#ended.push(...workers.map(end))
  }
}

/**
 * Ends a worker. A thread that is taken away from under native code that is just about to answer brings the whole process down, so
 * that a worker ends itself between two runs of a graph; only one that does not come to it in time is taken away.
 */
async function end(worker: Worker): Promise<void> {
  // It has ended already.
  if (worker.threadId === -1) return
  const exit = once(worker, 'exit')
  worker.postMessage(stopRequest)
  const late = setTimeout(() => void worker.terminate(), patience)
  await exit
  clearTimeout(late)
}
