import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { VeilrecError } from '@veilrec/core'
import type { BundleModel, RankedRow, RankRow } from '@veilrec/runtime'

import { RestartPause } from './restart-pause.js'
import type { RankMessage, RankTask, RankWorkerData } from './worker-messages.js'

/** How lists are made. */
export interface RankPoolOptions {
  readonly workers: number
  /** Rows that a thread gets at a time. */
  readonly batchRows: number
  /** Rows that may wait. */
  readonly queue: number
  /** Told the size of every batch. */
  readonly onBatch?: (rows: number) => void
  /** Told the code of the error that ended a thread, and after how many milliseconds another one takes its place. */
  readonly onRestart?: (code: string, pause: number) => void
}

/** A row that waits or is being made; null is the answer where making it failed. */
interface Waiting {
  readonly row: RankRow
  readonly resolve: (ranked: RankedRow | null) => void
}

interface Thread {
  readonly worker: Worker
  /** What it is making; undefined while it has nothing to do. */
  batch: readonly Waiting[] | undefined
  isAlive: boolean
}

/**
 * Threads that make lists. Rows of any requirements that wait at the same time go into one batch: whichever thread is free takes its
 * share of what there is at once, so that nobody waits for a batch to fill.
 *
 * A thread that ends is replaced, after a pause that grows while its successors end too. What it was making fails, and while none
 * is there everything does.
 */
export class RankPool {
  readonly #threads = new Set<Thread>()
  readonly #queue: Waiting[] = []
  readonly #model: BundleModel
  readonly #options: RankPoolOptions
  readonly #closing = new AbortController()

  private constructor(model: BundleModel, options: RankPoolOptions) {
    this.#model = model
    this.#options = options
  }

  /**
   * Starts the threads and waits until every one has loaded the model and run it once.
   *
   * @throws VeilrecError `BUNDLE_CORRUPT`, `RUNTIME_FAILED`
   */
  static async start(model: BundleModel, options: RankPoolOptions): Promise<RankPool> {
    const pool = new RankPool(model, options)
    try {
      await Promise.all(
        Array.from({ length: options.workers }, () => {
          return new Promise<void>((resolve, reject) => {
            pool.#keep(resolve).catch(reject)
          })
        }),
      )
    } catch (error) {
      await pool.close()
      throw error
    }
    return pool
  }

  /** Rows that wait. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Whether a thread is there to make lists. */
  get isReady(): boolean {
    return !this.#closing.signal.aborted && [...this.#threads].some(({ isAlive }) => isAlive)
  }

  /**
   * The list of a row; null where making it failed, for whatever reason.
   *
   * @throws VeilrecError `SERVICE_OVERLOADED` when as many rows wait as may.
   */
  rank(row: RankRow): Promise<RankedRow | null> {
    if (!this.isReady) return Promise.resolve(null)
    if (this.#queue.length >= this.#options.queue) {
      throw new VeilrecError(
        'SERVICE_OVERLOADED',
        'more lists are waited for than this service lets wait',
        { queue: this.#options.queue },
        'Ask again after the seconds in Retry-After.',
      )
    }
    return new Promise((resolve) => {
      this.#queue.push({ row, resolve })
      // What arrives in the same turn of the event loop shares a batch.
      if (this.#queue.length === 1) setImmediate(() => this.#dispatch())
    })
  }

  /** Ends the threads, and starts no other; what still waits fails. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const { resolve } of this.#queue.splice(0)) resolve(null)
    await Promise.all(Array.from(this.#threads, ({ worker }) => worker.terminate()))
  }

  /**
   * Keeps a thread there until the pool is closed, one after the other.
   *
   * @throws VeilrecError why the first one ended, where it never became ready.
   */
  async #keep(onReady: () => void): Promise<void> {
    const { signal } = this.#closing
    const pause = new RestartPause()
    let wasReady = false
    while (!signal.aborted) {
      const started = performance.now()
      const reason = await this.#run(() => {
        wasReady = true
        onReady()
      }).catch((error: unknown) => VeilrecError.from(error))
      if (!wasReady) throw VeilrecError.from(reason)
      if (signal.aborted) return
      const milliseconds = pause.after(performance.now() - started)
      this.#options.onRestart?.(codeOf(reason), milliseconds)
      // Closing ends the pause.
      await wait(milliseconds, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Runs one thread to its end, and says why it ended. */
  #run(onReady: () => void): Promise<Error> {
    return new Promise((resolve) => {
      const workerData: RankWorkerData = { model: this.#model }
      const worker = new Worker(new URL('../../dist/ranking/rank-worker.js', import.meta.url), { workerData })
      const thread: Thread = { worker, batch: undefined, isAlive: false }
      this.#threads.add(thread)
      let reason: Error = new VeilrecError('RUNTIME_FAILED', 'a ranking thread ended')
      worker.on('message', (message: RankMessage) => {
        if (message.kind === 'ready') {
          thread.isAlive = true
          onReady()
          this.#dispatch()
        } else this.#finish(thread, message.kind === 'ranked' ? message.rows : undefined)
      })
      worker.on('error', (error) => (reason = error))
      worker.on('exit', () => {
        this.#threads.delete(thread)
        this.#finish(thread, undefined)
        resolve(reason)
      })
    })
  }

  #finish(thread: Thread, ranked: readonly RankedRow[] | undefined): void {
    const batch = thread.batch ?? []
    thread.batch = undefined
    batch.forEach(({ resolve }, index) => resolve(ranked?.[index] ?? null))
    if (this.isReady) this.#dispatch()
    else for (const { resolve } of this.#queue.splice(0)) resolve(null)
  }

  #dispatch(): void {
    const free = [...this.#threads].filter(({ isAlive, batch }) => isAlive && batch === undefined)
    for (const [index, thread] of free.entries()) {
      if (this.#queue.length === 0) return
      const share = Math.ceil(this.#queue.length / (free.length - index))
      const batch = this.#queue.splice(0, Math.min(share, this.#options.batchRows))
      thread.batch = batch
      this.#options.onBatch?.(batch.length)
      const task: RankTask = { rows: batch.map(({ row }) => row) }
      thread.worker.postMessage(task)
    }
  }
}

/** The code of an error of this library or of Node; what crossed from a thread is no longer of its class. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL'
}
