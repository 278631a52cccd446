import { afterEach, describe, expect, it } from 'vitest'

import type { JobOf } from './attack-jobs.js'
import { AttackPool } from './attack-pool.js'

/** A job that says what the worker of these tests is to do. */
const job = (order: string): JobOf<'attack'> => ({ order }) as unknown as JobOf<'attack'>

/** Answers a job with itself and its thread, fails, dies or waits for ever, as it is told. */
const program = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads'
    let jobs = 0
    parentPort.on('message', (message) => {
      if (message === 'stop') process.exit()
      const { order } = message
      jobs++
      if (order === 'exit') process.exit(3)
      if (order === 'throw') throw new Error('out of luck')
      if (order === 'wait') return
      if (order !== 'fail') return parentPort.postMessage({ kind: 'done', result: { order, threadId, jobs } })
      const error = { code: 'NOT_FINITE', message: 'the vector of user 3 holds NaN', details: { user: 3 } }
      parentPort.postMessage({ kind: 'failed', error })
    })
  `)}`,
)

let pool: AttackPool | undefined
afterEach(() => pool?.close())

function open(size: number, signal?: AbortSignal): AttackPool {
  pool = new AttackPool({ size, signal, program })
  return pool
}

describe('AttackPool', () => {
  it('gives every job its own result, whoever works', async () => {
    const opened = open(2)
    const orders = Array.from({ length: 7 }, (_, i) => `job ${i}`)
    const results = await Promise.all(orders.map((order) => opened.run(job(order))))
    expect(results.map((result) => (result as unknown as { order: string }).order)).toEqual(orders)
    const threads = new Set(results.map((result) => (result as unknown as { threadId: number }).threadId))
    expect(threads.size).toBeLessThanOrEqual(2)
  })

  it('takes the dearest of the waiting jobs first', async () => {
    const opened = open(1)
    const costs = [0, 1, 5, 3]
    const results = await Promise.all(costs.map((cost) => opened.run(job(`cost ${cost}`), cost)))
    // The first was under way before the others came.
    expect(results.map((result) => (result as unknown as { jobs: number }).jobs)).toEqual([1, 4, 2, 3])
  })

  it.each([
    ['fail', { code: 'NOT_FINITE', message: 'the vector of user 3 holds NaN', details: { user: 3 } }],
    ['throw', { code: 'INTERNAL', message: 'out of luck' }],
    ['exit', { code: 'INTERNAL', message: 'a worker of the audit ended with code 3' }],
  ])('fails as a whole, with the real error, when a worker is told to %s', async (order, error) => {
    const opened = open(2)
    const attempts = ['wait', order, 'later'].map((one) => opened.run(job(one)))
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(error)
    await expect(opened.run(job('afterwards'))).rejects.toMatchObject(error)
    await opened.close()
    await expect(opened.run(job('after the end'))).rejects.toMatchObject(error)
  })

  it('stops when it is asked to, jobs under way included', async () => {
    const controller = new AbortController()
    const opened = open(1, controller.signal)
    const attempts = ['wait', 'later'].map((one) => opened.run(job(one)))
    controller.abort()
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('lets a worker end itself between two runs, as taking it away from under one can end the process', async () => {
    const controller = new AbortController()
    const opened = open(1, controller.signal)
    const attempt = opened.run(job('wait'))
    controller.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' })
    const started = performance.now()
    await opened.close()
    expect(performance.now() - started).toBeLessThan(1500)
  })

  it('starts nothing when it was stopped before', async () => {
    await expect(open(1, AbortSignal.abort()).run(job('any'))).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
