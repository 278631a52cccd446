import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { readBundle, type BundleModel, type RankRow } from '@veilrec/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { RankPool, type RankPoolOptions } from './rank-pool.js'

const folder = fileURLToPath(new URL('../../../runtime/fixtures/bundle-format-1', import.meta.url))
let model: BundleModel
/** Every thread that was started, in order. */
const threads: Worker[] = []
const note = (thread: Worker): void => void threads.push(thread)
beforeAll(async () => {
  model = (await readBundle(folder)).model
  process.on('worker', note)
})
afterAll(() => void process.off('worker', note))

let pool: RankPool
afterEach(() => pool.close())

const row: RankRow = {
  person: { history: Int32Array.of(1, 2), excluded: [], hide: ['age'] },
  k: 3,
  choice: { candidates: null, properties: [] },
  seed: null,
}

/** A pool of threads that start now. */
async function started(options: Partial<RankPoolOptions>, of = model): Promise<RankPool> {
  threads.length = 0
  pool = await RankPool.start(of, { workers: 1, batchRows: 4, queue: 10, ...options })
  return pool
}

describe('RankPool', () => {
  it('replaces a thread that died, and is ready again', async () => {
    const restarts: unknown[] = []
    await started({ onRestart: (code, pause) => restarts.push([code, pause]) })
    const list = await pool.rank(row)
    await threads[0]!.terminate()
    expect(pool.isReady).toBe(false)
    expect(await pool.rank(row)).toBeNull()
    await vi.waitFor(() => expect(pool.isReady).toBe(true), 20_000)
    expect(await pool.rank(row)).toEqual(list)
    expect(threads).toHaveLength(2)
    expect(restarts).toEqual([['RUNTIME_FAILED', 100]])
  }, 60_000)

  it('answers everything that a dying thread held, and goes on with the other', async () => {
    await started({ workers: 2, batchRows: 2000, queue: 4000 })
    const asked = Array.from({ length: 4000 }, () => pool.rank(row))
    // Both threads have their half once this turn is over.
    await new Promise(setImmediate)
    void threads[0]!.terminate()
    const lists = await Promise.all(asked)
    const failed = lists.filter((list) => list === null)
    expect(failed).toHaveLength(2000)
    expect(lists.filter((list) => list?.isProfiled === true)).toHaveLength(2000)
    expect(pool.isReady).toBe(true)
    expect(await pool.rank(row)).not.toBeNull()
  }, 60_000)

  it('waits longer and longer while threads cannot start, and recovers when they can', async () => {
    const pauses: number[] = []
    const codes = new Set<string>()
    const parameters = new Map(model.parameters)
    await started(
      {
        onRestart(code, pause) {
          codes.add(code)
          pauses.push(pause)
        },
      },
      { ...model, parameters },
    )
    parameters.clear()
    await threads[0]!.terminate()
    await vi.waitFor(() => expect(pauses).toHaveLength(3), 20_000)
    expect(pool.isReady).toBe(false)
    for (const [name, tensor] of model.parameters) parameters.set(name, tensor)
    await vi.waitFor(() => expect(pool.isReady).toBe(true), 20_000)
    expect(pauses).toEqual([100, 200, 400])
    expect(codes).toEqual(new Set(['RUNTIME_FAILED', 'BUNDLE_CORRUPT']))
    expect((await pool.rank(row))?.isProfiled).toBe(true)
  }, 60_000)

  it('starts no thread once it is closed, neither after a pause nor after one that is loading', async () => {
    let pauses = 0
    await started({ workers: 2, onRestart: () => pauses++ })
    await threads[0]!.terminate()
    await vi.waitFor(() => expect(threads).toHaveLength(3), 20_000)
    // The third thread loads, and the second one's successor is waited for.
    await threads[1]!.terminate()
    await vi.waitFor(() => expect(pauses).toBe(2))
    const loading = once(threads[2]!, 'exit')
    await pool.close()
    await loading
    await wait(400)
    expect(threads).toHaveLength(3)
    expect(pauses).toBe(2)
    expect(await pool.rank(row)).toBeNull()
  }, 60_000)

  it('does not start where a thread cannot, and leaves none behind', async () => {
    const graphs = new Map([...model.graphs.keys()].map((file) => [file, Uint8Array.of(1)]))
    threads.length = 0
    const options = { workers: 2, batchRows: 4, queue: 10 }
    await expect(RankPool.start({ ...model, graphs }, options)).rejects.toThrow(/graph|model|protobuf/i)
    await wait(300)
    expect(threads).toHaveLength(2)
  }, 60_000)
})
