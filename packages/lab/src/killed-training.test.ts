import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'

import type { Dataset } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseRunConfig } from './run-config.js'
import { runTraining, type TrainingJob } from './training-loop.js'

const program = fileURLToPath(new URL('../fixtures/killed-training.mjs', import.meta.url))
const numUsers = 24

/** Users who each run through the items from another one on; only what training reads. */
const dataset = {
  name: 'cycle',
  hash: 'a'.repeat(64),
  numUsers,
  numItems: 12,
  histories: {
    offsets: Int32Array.from({ length: numUsers + 1 }, (_, user) => user * 7),
    items: Int32Array.from({ length: numUsers * 7 }, (_, i) => 1 + ((Math.floor(i / 7) + (i % 7)) % 12)),
  },
} as unknown as Dataset

let root: string
let whole: string

async function jobOf(name: string): Promise<TrainingJob> {
  const folder = join(root, name)
  await mkdir(join(folder, 'checkpoint'), { recursive: true })
  const config = parseRunConfig('sasrec', {
    model: { historyLength: 4, hiddenSize: 8, numHeads: 1, numBlocks: 1, dropout: 0.2, numNegatives: 5 },
    training: { epochs: 4, batchTokens: 32, evaluateEvery: 2, warmupSteps: 3 },
  })
  const identity = { configHash: 'c', seed: 3, threads: 1, versions: {} }
  return { folder, dataset, model: 'sasrec', config, ...identity, resume: false }
}

/** The bytes of the parameters that a training ends with, when it is not killed. */
async function finish(job: TrainingJob): Promise<string> {
  const { store } = await runTraining(job, {
    runtime: createOrtRuntime({ threads: 1 }),
    now: () => 0,
    onProgress: () => undefined,
    shouldStop: () => false,
  })
  return store
    .list()
    .map(({ name, data }) => name + Buffer.from(data.buffer).toString('base64'))
    .join('\n')
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilrec-killed-'))
  whole = await finish(await jobOf('whole'))
})
afterAll(() => rm(root, { recursive: true }))

function metrics(folder: string): Promise<string> {
  return readFile(join(folder, 'metrics.jsonl'), 'utf8')
}

async function run(
  name: string,
  place: string,
  visit: number,
): Promise<{ job: TrainingJob; output: string }> {
  const job = await jobOf(name)
  const file = join(root, `${name}.job`)
  await writeFile(file, serialize(job))
  const { signal, stdout, stderr } = spawnSync(process.execPath, [program, file, place, String(visit)])
  expect(stderr.toString()).toBe('')
  expect(signal).toBe(place === 'disk full' ? null : 'SIGKILL')
  return { job, output: stdout.toString() }
}

describe('a training killed at any moment', () => {
  // An epoch has 3 steps; checkpoints are written after each, log lines after each and after evaluations.
  it.each([
    ['step', 1],
    ['step', 5],
    ['step', 12],
    ['before log', 3],
    ['opened', 1],
    ['opened', 3],
    ['half written', 2],
    ['written', 2],
    ['flushed', 4],
    ['before rename', 3],
    ['after rename', 1],
    ['after rename', 4],
  ])('(%s, %i) resumes to the same bytes', async (place, visit) => {
    const { job } = await run(`${place}-${visit}`.replaceAll(' ', '-'), place, visit)
    expect(await finish({ ...job, resume: true })).toBe(whole)
    expect(await readdir(join(job.folder, 'checkpoint'))).toEqual(['latest.safetensors'])
    expect(await metrics(job.folder)).toBe(await metrics(join(root, 'whole')))
  })

  it('stops when the disk is full, keeps the checkpoint before, and resumes to the same bytes', async () => {
    const { job, output } = await run('full', 'disk full', 3)
    expect(output).toBe('FILE_UNWRITABLE')
    expect(await readdir(join(job.folder, 'checkpoint'))).toEqual(['latest.safetensors'])
    expect(await finish({ ...job, resume: true })).toBe(whole)
  })
})
