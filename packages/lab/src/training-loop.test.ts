import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Rng, splitUsers, type Dataset, type ParameterStore } from '@veilrec/core'
import { createOrtRuntime, readSafetensors, writeSafetensors } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseRunConfig, type RunConfig } from './run-config.js'
import { runTraining, type TrainingJob } from './training-loop.js'

const numUsers = 60
const numItems = 40

function dataset(): Dataset {
  const rng = Rng.fromSeed(11)
  const offsets = new Int32Array(numUsers + 1)
  const items: number[] = []
  for (let user = 0; user < numUsers; user++) {
    const length = 5 + rng.int(12)
    const start = rng.int(numItems)
    for (let t = 0; t < length; t++) items.push(1 + ((start + t) % numItems))
    offsets[user + 1] = items.length
  }
  return {
    name: 'cycle',
    hash: 'a'.repeat(64),
    numUsers,
    numItems,
    histories: { offsets, items: Int32Array.from(items) },
    attributes: [],
    userGroup: splitUsers([], numUsers, rng),
    globalTime: {
      validationFrom: 0,
      testFrom: 0,
      trainLength: new Int32Array(numUsers),
      validationLength: new Int32Array(numUsers),
    },
    lastItemTied: new Uint8Array(numUsers),
    userIds: Array.from({ length: numUsers }, (_, user) => `u${user}`),
    itemIds: Array.from({ length: numItems + 1 }, (_, item) => (item === 0 ? '' : `i${item}`)),
  }
}

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilrec-training-'))
})
afterAll(() => rm(root, { recursive: true }))

async function job(name: string, changes: Partial<TrainingJob> = {}): Promise<TrainingJob> {
  const folder = join(root, name)
  await mkdir(join(folder, 'checkpoint'), { recursive: true })
  return {
    folder,
    dataset: dataset(),
    model: 'sasrec',
    config: config({ epochs: 4, warmupSteps: 3 }),
    configHash: 'c',
    seed: 3,
    threads: 2,
    versions: {},
    resume: false,
    ...changes,
  }
}

function config(training: object): RunConfig {
  return parseRunConfig('sasrec', {
    model: { historyLength: 12, hiddenSize: 8, numHeads: 1, dropout: 0.2, numNegatives: 10 },
    training: { batchTokens: 48, evaluateEvery: 1, ...training },
  })
}

interface Driver {
  readonly stopAfter?: number
}

async function run(training: TrainingJob, { stopAfter = Infinity }: Driver = {}): Promise<ParameterStore> {
  let steps = 0
  const { store } = await runTraining(training, {
    runtime: createOrtRuntime({ threads: 2 }),
    now: () => 0,
    onProgress: () => steps++,
    shouldStop: () => steps >= stopAfter,
  })
  return store
}

function bytes(store: ParameterStore): string {
  return store
    .list()
    .map(
      ({ name, data }) =>
        name + Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    )
    .join('\n')
}

describe('training', () => {
  it('gives the same bytes again, and others for another seed', async () => {
    const once = bytes(await run(await job('once')))
    expect(bytes(await run(await job('again')))).toBe(once)
    expect(bytes(await run(await job('seed', { seed: 4 })))).not.toBe(once)
  })

  it.each([1, 7, 23])(
    'stopped after %i steps and resumed, ends with the bytes of an uninterrupted run',
    async (stopAfter) => {
      const whole = bytes(await run(await job(`whole${stopAfter}`)))
      const interrupted = await job(`interrupted${stopAfter}`)
      await expect(run(interrupted, { stopAfter })).rejects.toMatchObject({ code: 'ABORTED' })
      expect(bytes(await run({ ...interrupted, resume: true }))).toBe(whole)
    },
  )

  it('refuses a checkpoint of something else, a newer format or a damaged file, and says why', async () => {
    const interrupted = await job('refused')
    await expect(run(interrupted, { stopAfter: 3 })).rejects.toMatchObject({ code: 'ABORTED' })
    const resumed = { ...interrupted, resume: true }
    const refuses = async (changed: Partial<TrainingJob>, reason: RegExp): Promise<void> => {
      const attempt = run({ ...resumed, ...changed })
      await expect(attempt).rejects.toMatchObject({ code: 'CHECKPOINT_REFUSED', kind: 'user' })
      await expect(attempt).rejects.toThrow(reason)
    }
    await refuses({ seed: 9 }, /another seed/)
    await refuses({ configHash: 'd' }, /another configuration/)
    await refuses({ dataset: { ...dataset(), hash: 'b' } }, /another data set/)

    const path = join(interrupted.folder, 'checkpoint', 'latest.safetensors')
    const { tensors, metadata } = await readSafetensors(path)
    const state = JSON.parse(metadata.get('state')!) as object
    const store = (changes: object): Promise<void> =>
      writeSafetensors(path, tensors, new Map([['state', JSON.stringify({ ...state, ...changes })]]))
    await store({ model: 'bert4rec' })
    await refuses({}, /another recommender/)
    await store({ epoch: 'one' })
    await refuses({}, /damaged/)
    await store({ formatVersion: 3 })
    await expect(run(resumed)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW', hint: 'Upgrade veilrec.' })
    await store({})
    const bytes = await readFile(path)
    for (const length of [bytes.length - 10, 2000, 5, 0]) {
      await writeFile(path, bytes.subarray(0, length))
      await refuses({}, /byte/)
    }
    await writeFile(path, 'nonsense that is long enough for a header')
    await refuses({}, /cannot be continued/)
  })

  it('stops early when validation gets no better', async () => {
    const training = { epochs: 500, patience: 2, optimizer: { kind: 'sgd', learningRate: 1e-12 } }
    const outcome = await runTraining(await job('early', { config: config(training) }), {
      runtime: createOrtRuntime({ threads: 2 }),
      now: () => 0,
      onProgress: () => undefined,
      shouldStop: () => false,
    })
    expect(outcome.epochs).toBe(3)
    expect(outcome.bestEpoch).toBe(1)
  })

  it('ends within its minutes and has its last epoch evaluated', async () => {
    // A clock on which every step takes half a minute.
    let steps = 0
    const training = { epochs: 500, maxMinutes: 10, evaluateEvery: 4, batchTokens: 96 }
    const outcome = await runTraining(await job('minutes', { config: config(training) }), {
      runtime: createOrtRuntime({ threads: 2 }),
      now: () => steps * 30_000,
      onProgress: () => void steps++,
      shouldStop: () => false,
    })
    const epochSeconds = outcome.seconds / outcome.epochs
    expect(outcome.seconds).toBeLessThanOrEqual(600)
    expect(outcome.seconds).toBeGreaterThan(600 - epochSeconds)
    expect(outcome.epochs % 4).not.toBe(0)
    const log = await readFile(join(root, 'minutes', 'metrics.jsonl'), 'utf8')
    const evaluated = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>)
      .filter((line) => 'validation ndcg@10' in line)
    expect(evaluated.at(-1)!['epoch']).toBe(outcome.epochs)
  })
})
