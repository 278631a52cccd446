import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { leaveOneOutTargets } from '@veilrec/core'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from './base-encoder.js'
import { readConfig } from './config-file.js'
import { configJsonSchema } from './config-docs.js'
import { loadRun } from './load-run.js'
import { nextStep } from './next-step.js'
import { recommend } from './recommend.js'
import { overviewRuns } from './run-overview.js'
import { train, type TrainRequest } from './train.js'
import { veil } from './veils/veil.js'
import { loadVeil } from './veils/veil-folder.js'

let home = ''
const training = { epochs: 2, evaluateEvery: 1, batchTokens: 128, threads: 1 }
const settings = { adversaryHidden: [8], holdoutShare: 0.3 }
const small = { model: { hiddenSize: 8, numNegatives: 4 }, training }
const joint = (changes: Partial<TrainRequest> = {}) =>
  train({ home, dataset: 'tiny', config: small, veil: { method: 'filters', config: settings }, ...changes })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-joint-'))
  await cp(fileURLToPath(new URL('../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
})
afterAll(() => rm(home, { recursive: true }))

describe.each([
  ['pmf', 'separate', 3],
  ['deepmodel', 'combine', 2],
] as const)('%s trained together with filters that are %s', (model, mode, numFilters) => {
  it('is a run with its veil', async () => {
    const {
      manifest,
      folder,
      veil: made,
    } = await joint({
      model,
      veil: { method: 'filters', config: { ...settings, mode } },
    })
    expect(manifest).toMatchObject({
      name: `tiny-${model}-filters-1`,
      model,
      status: 'finished',
      epochs: 2,
      config: {
        veil: { method: 'filters', attributes: ['age', 'gender'], config: { mode, start: 'identity' } },
      },
    })
    expect(manifest.test!.model.users).toBe(30)
    const d = 8
    const filter = 2 * d + (d * 2 * d + 2 * d) + (2 * d * 2 * d + 2 * d) + (2 * d * d + d)
    expect(made).toMatchObject({
      method: 'filters',
      attributes: ['age', 'gender'],
      parameters: numFilters * filter,
      training: [{ name: 'filters', epochs: 2 }],
    })
    const run = await loadRun(home, manifest.name)
    expect(run.store.list().map(({ name }) => name.split('/')[0])).not.toContain('filters')
    expect(manifest.parameters).toBe(run.store.size)
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual([1, 2])
    expect(JSON.parse(lines[0]!)).toMatchObject({
      'recommender recommendation': expect.any(Number) as number,
      'adversary loss': expect.any(Number) as number,
      'validation ndcg@10': expect.any(Number) as number,
    })
  })

  it.each(veilConformance)('$name', async ({ check }) => {
    const { folder } = (await overviewRuns(home)).find(({ manifest }) => manifest.model === model)!
    const run = await loadRun(home, folder)
    const histories = leaveOneOutTargets(run.dataset.histories, 'test').known
    const { veil: made } = await train({ home, resume: run.name })
    await check({ veil: (base) => loadVeil(run, made!, base), base: baseEncoder(run), histories })
  })
})

it('makes the same bytes again, and others of another seed', async () => {
  const bytes = async (name: string, seed: number): Promise<string[]> => {
    const { folder } = await joint({ model: 'pmf', name, seed })
    const files = ['best.safetensors', join('veils', 'filters', 'veil.safetensors')]
    return Promise.all(files.map(async (file) => (await readFile(join(folder, file))).toString('base64')))
  }
  const first = await bytes('once', 1)
  expect(await bytes('again', 1)).toEqual(first)
  const [recommender, filters] = await bytes('other', 2)
  expect(recommender).not.toBe(first[0])
  expect(filters).not.toBe(first[1])
})

it('is listed, recommends, and leads to the audit as any run with a veil does', async () => {
  const { manifest } = await joint({
    model: 'pmf',
    name: 'one',
    veil: { method: 'filters', attributes: ['gender'], config: settings },
  })
  const listed = (await overviewRuns(home)).find(({ name }) => name === 'one')
  expect(listed!.veils).toEqual([{ id: 'filters', method: 'filters', attributes: ['gender'] }])
  expect((await nextStep(home)).next).toBe('audit one')
  const { base, veiled } = await recommend({ home, run: manifest.name, user: '7', veil: ['gender'], top: 5 })
  expect(base).toHaveLength(5)
  expect(veiled).toHaveLength(5)
})

it('keeps the veil that it was trained with, and takes others beside it', async () => {
  const { folder } = await joint({ model: 'pmf', name: 'kept' })
  const path = join(folder, 'veils', 'filters', 'veil.json')
  const before = await readFile(path, 'utf8')
  await expect(veil({ home, run: 'kept', method: 'filters' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(/trained together/) as string,
  })
  await veil({ home, run: 'kept', method: 'linear-erasure', threads: 1 })
  expect(await readFile(path, 'utf8')).toBe(before)
  expect((await readdir(join(folder, 'veils'))).sort()).toEqual(['filters', 'linear-erasure'])
})

describe('what cannot be trained', () => {
  it.each([
    [{ veil: { method: 'afrl' } }, 'INVALID_ARGUMENT', /afrl is put on a trained recommender; .*: filters/],
    [{ veil: { method: 'filtres' } }, 'INVALID_ARGUMENT', /no veil method "filtres"/],
    [{ veil: { method: 'filters', config: { lamda: 1 } } }, 'CONFIG_INVALID', /lamda/],
    [{ veil: { method: 'filters', config: { epochs: 1 } } }, 'CONFIG_INVALID', /epochs/],
    [{ veil: { method: 'filters', config: { opponent: 'kernel' } } }, 'CONFIG_INVALID', /distilled/],
    [{ veil: { method: 'filters', config: { preset: 'paper' } } }, 'CONFIG_INVALID', /paper-li/],
    [{ veil: { method: 'filters', attributes: ['sex'] } }, 'INVALID_ARGUMENT', /no attribute "sex"/],
    [{ veil: { method: 'filters', attributes: [] } }, 'INVALID_ARGUMENT', /at least one attribute/],
  ])('%j', async (changes, code, message) => {
    const runs = await readdir(join(home, 'runs'))
    const attempt = joint({ ...changes, name: 'never' })
    await expect(attempt).rejects.toMatchObject({ code })
    await expect(attempt).rejects.toThrow(message)
    expect(await readdir(join(home, 'runs'))).toEqual(runs)
  })

  it('a veil that a resumed run does not have', async () => {
    await expect(train({ home, resume: 'first', veil: { method: 'filters' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})

describe('settings of a veil that is trained along', () => {
  const read = (set: readonly string[], method?: string): Promise<unknown> =>
    readConfig({ model: 'pmf', set, ...(method === undefined ? {} : { veil: method }) })

  it('stand in a section of their own', async () => {
    const set = ['model.hiddenSize=4', 'veil.mode=combine', 'veil.preset=paper-li']
    expect(await read(set, 'filters')).toEqual({
      model: { hiddenSize: 4 },
      veil: { mode: 'combine', preset: 'paper-li' },
    })
  })

  it.each([
    [['veil.lambd=1'], 'filters', /--set veil\.lambd=1: veil\.lambd/, /lambda/],
    [['veil.opponent=kernel'], 'filters', /trained already/, /^$/],
    [['veil.mode=combine'], undefined, /veil/, /--veil/],
    [['model.hiddenSiz=4', 'veil.mode=none'], 'filters', /hiddenSiz[^]*veil\.mode/, /hiddenSize/],
  ])('are refused where they are wrong: %j', async (set, method, message, hint) => {
    const thrown = (await read(set, method).catch((error: unknown) => error)) as Error & { hint?: string }
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(thrown.message).toMatch(message)
    expect(thrown.hint ?? '').toMatch(hint)
  })

  it('are in the JSON Schema of configuration files', () => {
    const { properties } = configJsonSchema('pmf') as { properties: Record<string, { anyOf: object[] }> }
    expect(properties['veil']!.anyOf).toMatchObject([
      { title: 'filters', properties: { mode: {}, lambda: {} } },
    ])
  })
})
