import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Rng, sasrecSchema, splitUsers, type Dataset, type ParameterStore } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { trainingSchema } from './training-config.js'
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
    model: sasrecSchema.parse({
      historyLength: 12,
      hiddenSize: 8,
      numHeads: 1,
      dropout: 0.2,
      numNegatives: 10,
    }),
    training: trainingSchema.parse({ epochs: 4, batchTokens: 48, evaluateEvery: 1, warmupSteps: 3 }),
    configHash: 'c',
    seed: 3,
    threads: 2,
    versions: {},
    resume: false,
    ...changes,
  }
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

  it('refuses a checkpoint of another data set, seed or configuration, and a damaged one', async () => {
    const interrupted = await job('refused')
    await expect(run(interrupted, { stopAfter: 3 })).rejects.toMatchObject({ code: 'ABORTED' })
    const resumed = { ...interrupted, resume: true }
    const refusal = { code: 'CHECKPOINT_REFUSED' }
    await expect(run({ ...resumed, seed: 9 })).rejects.toMatchObject(refusal)
    await expect(run({ ...resumed, configHash: 'd' })).rejects.toMatchObject(refusal)
    await expect(run({ ...resumed, dataset: { ...dataset(), hash: 'b' } })).rejects.toMatchObject(refusal)
    const path = join(interrupted.folder, 'checkpoint', 'latest.safetensors')
    const size = (await readFile(path)).length
    await truncate(path, size - 10)
    await expect(run(resumed)).rejects.toMatchObject(refusal)
    await writeFile(path, 'nonsense')
    await expect(run(resumed)).rejects.toMatchObject(refusal)
  })

  it('stops early when validation gets no better', async () => {
    const training = trainingSchema.parse({
      epochs: 500,
      batchTokens: 48,
      evaluateEvery: 1,
      patience: 2,
      optimizer: { kind: 'sgd', learningRate: 1e-12 },
    })
    const outcome = await runTraining(await job('early', { training }), {
      runtime: createOrtRuntime({ threads: 2 }),
      now: () => 0,
      onProgress: () => undefined,
      shouldStop: () => false,
    })
    expect(outcome.epochs).toBe(3)
    expect(outcome.bestEpoch).toBe(1)
  })
})
