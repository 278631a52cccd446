import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaveOneOutTargets, Rng } from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { readSafetensors } from '@veilrec/runtime'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { train } from '../train.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { veil, type VeilRequest } from './veil.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-pfrec-'))
afterAll(() => rmSync(home, { recursive: true }))

const numUsers = 600
const numItems = 60

/**
 * Users who read 60 items in the order of their numbers, with leaps, and who have in between four of the five items that tell
 * their gender and of the five that tell their age.
 */
async function writeMarkedUsers(rng: Rng): Promise<void> {
  const ratings = ['user,item,time']
  const users = ['user,gender,age']
  for (let user = 0; user < numUsers; user++) {
    const [gender, age] = [rng.int(2), rng.int(2)]
    users.push(`u${user},${'fm'[gender]},${['old', 'young'][age]}`)
    const length = 14 + rng.int(8)
    let item = rng.int(numItems)
    const had = new Set<number>()
    const history = Array.from({ length }, () => {
      item += rng.uniform() < 0.8 ? 1 : rng.int(numItems)
      while (had.has(item % numItems)) item++
      had.add((item %= numItems))
      return `i${item}`
    })
    const four = (sign: string): string[] => {
      return rng
        .shuffle([0, 1, 2, 3, 4])
        .slice(1)
        .map((mark) => `${sign}${mark}`)
    }
    for (const mark of [...four(`g${gender}`), ...four(`a${age}`)]) {
      // The last two items, which are predicted, stay.
      history.splice(rng.int(history.length - 2), 0, mark)
    }
    history.forEach((name, time) => ratings.push(`u${user},${name},${time}`))
  }
  await writeFile(join(home, 'ratings.csv'), `${ratings.join('\n')}\n`)
  await writeFile(join(home, 'users.csv'), `${users.join('\n')}\n`)
}

beforeAll(async () => {
  await writeMarkedUsers(Rng.fromSeed(3))
  const interactions = { file: 'ratings.csv', user: 'user', item: 'item', time: 'time' }
  const users = { file: 'users.csv', id: 'user', attributes: { gender: {}, age: {} } }
  const mapping = { interactions, users }
  await addDataset({ home, name: 'marked', source: 'table', from: home, seed: 1, options: { mapping } })
  const small = { hiddenSize: 32, numHeads: 1, numBlocks: 1 }
  const optimizer = { learningRate: 0.01 }
  const training = { epochs: 8, batchTokens: 1600, warmupSteps: 10, optimizer }
  const config = { model: { ...small, historyLength: 24, numNegatives: 30 }, training }
  await train({ home, dataset: 'marked', config, name: 'base' })
  await train({
    home,
    dataset: 'marked',
    model: 'bert4rec',
    config: { model: { ...small, historyLength: 23 }, training: { ...training, epochs: 1 } },
    name: 'both-ways',
  })
}, 120_000)

/** What takes seconds and not minutes. */
const quick = {
  epochs: 2,
  batchTokens: 1600,
  numNegatives: 30,
  adversaryWidths: [32],
  taskPrompts: 4,
  audienceSize: 200,
}

function make(changes: Partial<VeilRequest>): ReturnType<typeof veil> {
  return veil({ home, run: 'base', method: 'pfrec', config: quick, threads: 1, ...changes })
}

describe('pfrec', () => {
  it('goes on where it was stopped, eliminator by eliminator, and ends with the same veil', async () => {
    const { folder, manifest: whole } = await make({})
    expect(whole.training?.map(({ name, epochs }) => [name, epochs])).toEqual([
      ['age', 2],
      ['gender', 2],
      ['age,gender', 2],
    ])
    const stages: string[] = []
    const controller = new AbortController()
    const stopped = make({
      seed: 1,
      signal: controller.signal,
      config: { ...quick, holdoutShare: 0.21 },
      onProgress: ({ stage }) => stage.startsWith('pfrec age,gender: epoch 2') && controller.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    const work = join(folder, '..', '.pfrec.work')
    expect((await readdir(work)).filter((name) => name.startsWith('eliminator-')).sort()).toEqual([
      'eliminator-0.safetensors',
      'eliminator-1.safetensors',
    ])
    const { manifest } = await make({
      config: { ...quick, holdoutShare: 0.21 },
      onProgress: ({ stage }) => stages.push(stage),
    })
    expect(stages.some((stage) => /pfrec (age|gender):/.test(stage))).toBe(false)
    expect(await readdir(join(folder, '..'))).toEqual(['pfrec'])
    const again = await make({ config: { ...quick, holdoutShare: 0.21 } })
    expect(again.manifest.tensorsSha256).toBe(manifest.tensorsSha256)
    expect(manifest.tensorsSha256).not.toBe(whole.tensorsSha256)
  }, 120_000)

  it('has an eliminator for each of the 2^m - 1 combinations, whose sizes do not depend on m but for the user prompt', async () => {
    const { folder } = await make({ config: { ...quick, epochs: 1, userPrompt: 'none' } })
    const { tensors } = await readSafetensors(join(folder, 'veil.safetensors'))
    const sizes = new Map<string, number>()
    for (const [name, { data }] of tensors) {
      const key = name.slice(0, name.indexOf('/'))
      sizes.set(key, (sizes.get(key) ?? 0) + data.length)
    }
    const [width, inner, prompts] = [32, 8, 4]
    const adapters = 2 * (2 * width + width * inner + inner + inner * width + width)
    const size = prompts * width + adapters + width * width + width
    expect(Object.fromEntries(sizes)).toEqual({ age: size, gender: size, 'age,gender': size })
    expect([...tensors.keys()].some((name) => name.includes('adversary'))).toBe(false)
  }, 60_000)

  it.each([
    { tune: 'all' },
    { trainLayerNorm: true },
    { withoutPrompt: true },
    { withoutAdapter: true },
    { preset: 'paper' },
  ])(
    'comes back from its files with %j',
    async (changes) => {
      const config = { ...quick, epochs: 1, ...changes }
      const { manifest } = await make({ attributes: ['age'], config })
      const run = await loadRun(home, 'base')
      const made = await loadVeil(run, manifest, baseEncoder(run))
      const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
      const users = Int32Array.of(4, 8)
      const vectors = await made.encode(known, [['age'], []], users)
      const base = await baseEncoder(run)(known, users)
      expect(vectors.every(Number.isFinite)).toBe(true)
      expect(vectors.subarray(32)).toEqual(base.subarray(32))
      expect(vectors.subarray(0, 32)).not.toEqual(base.subarray(0, 32))
    },
    60_000,
  )

  it('is for transformers only', async () => {
    await train({ home, dataset: 'marked', model: 'pmf', config: { training: { epochs: 1 } }, name: 'flat' })
    await expect(make({ run: 'flat' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('pmf is none') as string,
    })
  }, 60_000)
})

describe.each(['base', 'both-ways'])('the veil of the run %s', (name) => {
  let run: LoadedRun
  beforeAll(async () => {
    await make({ run: name, config: { ...quick, epochs: 1 } })
    run = await loadRun(home, name)
  }, 60_000)

  it.each(veilConformance)('$name', async ({ check }) => {
    const [manifest] = await listVeils(run.folder)
    const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
    const few = { offsets: known.offsets.slice(0, 13), items: known.items }
    await check({ veil: (base) => loadVeil(run, manifest!, base), base: baseEncoder(run), histories: few })
  })
})
