import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaveOneOutTargets, type BaseEncoder, type Histories, type Veil } from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { train } from '../train.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { veil } from './veil.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-methods-'))
afterAll(() => rmSync(home, { recursive: true }))

const sequential = { hiddenSize: 16, historyLength: 24, numHeads: 1, numBlocks: 1 }
const models = {
  pmf: { hiddenSize: 16 },
  deepmodel: { hiddenSize: 16, layers: [16, 8] },
  sasrec: { ...sequential, numNegatives: 16 },
  bert4rec: sequential,
}

beforeAll(async () => {
  const options = { numUsers: 240, numItems: 48, strength: 1, orderShare: 0, popularityExponent: 0.3 }
  await addDataset({ home, name: 'small', source: 'simulated', seed: 1, options })
  const training = { epochs: 2, batchTokens: 800, warmupSteps: 5, optimizer: { learningRate: 0.01 } }
  for (const [model, config] of Object.entries(models)) {
    await train({ home, dataset: 'small', model, config: { model: config, training }, name: model })
  }
}, 120_000)

const quick = { epochs: 1, numNegatives: 8, holdoutShare: 0.3 }
const vectors = { ...quick, batchSize: 32, windowsPerUser: 2, audienceSize: 64 }
const prompts = { ...quick, batchTokens: 800, taskPrompts: 2, audienceSize: 64 }

const rows = [
  ...Object.keys(models).flatMap((model) => [
    { method: 'linear-erasure', model, changes: {} },
    { method: 'afrl', model, changes: vectors },
    { method: 'filters', model, changes: vectors },
    { method: 'ffvae', model, changes: vectors },
  ]),
  { method: 'pfrec', model: 'sasrec', changes: prompts },
  { method: 'pfrec', model: 'bert4rec', changes: prompts },
]

let run: LoadedRun
let few: Histories

async function make(model: string, method: string, config: object): Promise<void> {
  await veil({ home, run: model, method, config, threads: 1 })
  run = await loadRun(home, model)
  const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
  few = { offsets: known.offsets.slice(0, 13), items: known.items }
}

/** Vectors of one user, known to the veil by its history, under every requirement. */
async function everyVector(method: string): Promise<string[]> {
  const made = await veilOf(method, baseEncoder(run))
  const users = Int32Array.from(made.requirements, () => 3)
  const values = await made.encode(few, made.requirements, users)
  expect(values.every(Number.isFinite)).toBe(true)
  return Array.from(users, (_, row) =>
    String(values.subarray(row * run.dimension, (row + 1) * run.dimension)),
  )
}

async function veilOf(method: string, base: BaseEncoder): Promise<Veil> {
  const manifest = (await listVeils(run.folder)).find((found) => found.method === method)
  return loadVeil(run, manifest!, base)
}

describe.each(rows)('$method on $model', ({ method, model, changes }) => {
  beforeAll(() => make(model, method, changes), 60_000)

  it('gives each combination of attributes a vector of its own', async () => {
    expect(new Set(await everyVector(method)).size).toBe(3)
  })

  // Wherever a veil is a function of the vector it is the same for every model.
  const checks = veilConformance.filter(
    ({ name }) => model !== 'sasrec' && /bit for bit|every row/.test(name),
  )
  it.each(checks)('$name', ({ check }) =>
    check({ veil: (base) => veilOf(method, base), base: baseEncoder(run), histories: few }),
  )
})

/** The ablations of the papers, their presets, and how many different vectors the three combinations have. */
it.each([
  ['afrl', { ...vectors, withoutAttributeEmbeddings: true }, 'sasrec', 1],
  ['afrl', { ...vectors, withoutCollaborativeEmbedding: true }, 'sasrec', 3],
  ['afrl', { ...vectors, preset: 'paper', lambda: 10, beta: 0.1 }, 'pmf', 3],
  ['filters', { ...vectors, mode: 'combine' }, 'sasrec', 3],
  ['filters', { ...vectors, preset: 'paper-li' }, 'pmf', 3],
  ['filters', { ...vectors, preset: 'paper-pfrec' }, 'sasrec', 3],
  ['ffvae', { ...vectors, preset: 'paper' }, 'pmf', 3],
  ['pfrec', { ...prompts, withoutPrompt: true }, 'sasrec', 3],
  ['pfrec', { ...prompts, withoutAdapter: true }, 'sasrec', 3],
  ['pfrec', { ...prompts, tune: 'all' }, 'sasrec', 3],
])(
  '%s with %j on %s gives %d different vectors',
  async (method, changes, model, different) => {
    await make(model, method, changes)
    expect(new Set(await everyVector(method)).size).toBe(different)
  },
  60_000,
)
