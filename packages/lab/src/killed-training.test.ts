import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'

import type { Dataset } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseRunConfig, type JointVeil } from './run-config.js'
import { runJointTraining } from './joint-training.js'
import { parseVeilConfig } from './veils/veil-config.js'
import { jointMethod } from './veils/joint-method.js'
import { runTraining, type TrainingJob, type TrainingSurroundings } from './training-loop.js'

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
  userGroup: Uint8Array.from({ length: numUsers }, (_, user) => user % 2),
  attributes: [
    {
      name: 'side',
      classes: ['l', 'r'],
      codes: Int16Array.from({ length: numUsers }, (_, user) => (user >> 1) % 2),
    },
  ],
} as unknown as Dataset

let root: string
let whole: string
let wholeJoint: string

async function jobOf(name: string, isJoint = false): Promise<TrainingJob> {
  const folder = join(root, name)
  await mkdir(join(folder, 'checkpoint'), { recursive: true })
  const own = parseRunConfig('sasrec', {
    model: { historyLength: 4, hiddenSize: 8, numHeads: 1, numBlocks: 1, dropout: 0.2, numNegatives: 5 },
    training: { epochs: 4, batchTokens: 32, evaluateEvery: 2, warmupSteps: 3 },
  })
  const settings = { adversaryHidden: [4], holdoutShare: 0.3 }
  const config = isJoint ? { ...own, veil: jointVeil(settings) } : own
  const identity = { configHash: 'c', seed: 3, threads: 1, versions: {} }
  return { folder, dataset, model: 'sasrec', config, ...identity, resume: false }
}

function jointVeil(settings: object): JointVeil {
  const config = { ...parseVeilConfig(jointMethod('filters'), settings) }
  return { method: 'filters', attributes: ['side'], config }
}

/** The bytes of the parameters that a training ends with, those of its veil with them, when it is not killed. */
async function finish(job: TrainingJob): Promise<string> {
  const around: TrainingSurroundings = {
    runtime: createOrtRuntime({ threads: 1 }),
    now: () => 0,
    onProgress: () => undefined,
    shouldStop: () => false,
  }
  const { veil } = job.config
  const joint = veil && (await runJointTraining(job, veil, around))
  const { store } = joint ?? (await runTraining(job, around))
  const tensors = [...(joint?.veil.tensors ?? [])].map(([name, { data }]) => ({ name, data }))
  return [...store.list(), ...tensors]
    .map(({ name, data }) => name + Buffer.from(data.buffer).toString('base64'))
    .join('\n')
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilrec-killed-'))
  whole = await finish(await jobOf('whole'))
  wholeJoint = await finish(await jobOf('whole joint', true))
})
afterAll(() => rm(root, { recursive: true }))

/** What was logged, without the seconds that it took. */
async function metrics(folder: string): Promise<string> {
  return (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).replaceAll(/"seconds":[^,}]+/g, '')
}

async function run(
  name: string,
  place: string,
  visit: number,
  isJoint = false,
): Promise<{ job: TrainingJob; output: string }> {
  const job = await jobOf(name, isJoint)
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

describe('a training of a recommender and its filters killed at any moment', () => {
  // A pass has 3 rounds and a checkpoint after it; a look comes after 2 passes, and with it a line of the log.
  it.each([
    ['step', 2],
    ['step', 9],
    ['before log', 2],
    ['half written', 1],
    ['before rename', 2],
    ['after rename', 3],
  ])('(%s, %i) resumes to the same bytes', async (place, visit) => {
    const { job } = await run(`joint-${place}-${visit}`.replaceAll(' ', '-'), place, visit, true)
    expect(await finish({ ...job, resume: true })).toBe(wholeJoint)
    expect(await readdir(join(job.folder, 'checkpoint'))).toEqual(['latest.safetensors'])
    expect(await metrics(job.folder)).toBe(await metrics(join(root, 'whole joint')))
  })

  it('stops when it is told to, keeps its state, and resumes to the same bytes', async () => {
    const job = await jobOf('joint stopped', true)
    let looks = 0
    const around: TrainingSurroundings = {
      runtime: createOrtRuntime({ threads: 1 }),
      now: () => 0,
      onProgress: () => undefined,
      shouldStop: () => ++looks > 5,
    }
    await expect(runJointTraining(job, job.config.veil!, around)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await finish({ ...job, resume: true })).toBe(wholeJoint)
  })

  it('does not go on from a checkpoint of something else', async () => {
    const job = await jobOf('joint other', true)
    await finish(job)
    await expect(finish({ ...job, seed: 4, resume: true })).rejects.toMatchObject({
      code: 'CHECKPOINT_REFUSED',
    })
  })
})

it('reads no label of users outside the defence while filters are trained', async () => {
  const job = await jobOf('permuted', true)
  const [side] = dataset.attributes
  const codes = side!.codes.map((code, user) => (dataset.userGroup[user] === 0 ? code : 1 - code))
  const changed = { ...dataset, attributes: [{ ...side!, codes }] }
  expect(await finish({ ...job, dataset: changed })).toBe(wholeJoint)
  // The labels of the defence count.
  const turned = side!.codes.map((code, user) =>
    user < 8 && dataset.userGroup[user] === 0 ? 1 - code : code,
  )
  const other = await jobOf('turned', true)
  const fromOthers = await finish({
    ...other,
    dataset: { ...dataset, attributes: [{ ...side!, codes: turned }] },
  })
  expect(fromOthers).not.toBe(wholeJoint)
})
