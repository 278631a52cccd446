import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaveOneOutTargets, type Histories } from '@veilrec/core'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { encodeUsers } from '../encode-users.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { nextStep } from '../next-step.js'
import { recommend } from '../recommend.js'
import { overviewRuns } from '../run-overview.js'
import { train } from '../train.js'
import { veil } from './veil.js'
import { listVeils, loadVeil } from './veil-folder.js'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-make-veil-'))
  await cp(fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  const config = { model: { hiddenSize: 8 }, training: { epochs: 1 } }
  await train({ home, dataset: 'tiny', model: 'pmf', name: 'flat', config })
})
afterAll(() => rm(home, { recursive: true }))

describe('making a veil', () => {
  it('replaces the veil of format 1 by one for every subset of all attributes', async () => {
    const stages: string[] = []
    const { manifest, folder } = await veil({
      home,
      run: 'first',
      method: 'linear-erasure',
      onProgress: ({ stage, done, total }) => stages.push(`${stage} ${done}/${total}`),
    })
    expect(manifest).toMatchObject({
      formatVersion: 2,
      id: 'linear-erasure',
      attributes: ['age', 'gender'],
      requirements: [['age'], ['gender'], ['age', 'gender']],
      parameters: 3 * (8 * 8 + 8),
    })
    expect(await readdir(join(folder, '..'))).toEqual(['linear-erasure'])
    expect(stages).toEqual([
      'load 0/2',
      'encode users 1/6',
      'fit 2/6',
      'fit 3/6',
      'fit 4/6',
      'fit 5/6',
      'write 5/6',
    ])
    const [first] = (await overviewRuns(home)).filter(({ name }) => name === 'first')
    expect(first!.veils).toEqual([
      { id: 'linear-erasure', method: 'linear-erasure', attributes: ['age', 'gender'] },
    ])
  })

  it('makes the same bytes again', async () => {
    const once = await veil({ home, run: 'first', method: 'linear-erasure' })
    const again = await veil({ home, run: 'first', method: 'linear-erasure', attributes: ['gender', 'age'] })
    expect(again.manifest).toEqual(once.manifest)
  })

  it.each([
    [{ attributes: [] }, /at least one attribute/],
    [{ attributes: ['gendre'] }, /no attribute "gendre"/],
    [{ seed: 1.5 }, /seed must be a whole number/],
    [{ method: 'linear-erasur' }, /no veil method "linear-erasur"/],
  ])('refuses %j and leaves what there is', async (changes, message) => {
    const before = await listVeils(join(home, 'runs', 'first'))
    const attempt = veil({ home, run: 'first', method: 'linear-erasure', ...changes })
    await expect(attempt).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    })
    expect(await listVeils(join(home, 'runs', 'first'))).toEqual(before)
  })

  it('writes nothing when it is stopped', async () => {
    const before = await listVeils(join(home, 'runs', 'first'))
    const controller = new AbortController()
    const attempt = veil({
      home,
      run: 'first',
      method: 'linear-erasure',
      attributes: ['age'],
      signal: controller.signal,
      onProgress: ({ stage }) => stage === 'fit' && controller.abort(),
    })
    await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await listVeils(join(home, 'runs', 'first'))).toEqual(before)
    expect(await readdir(join(home, 'runs', 'first', 'veils'))).toEqual(['linear-erasure'])
  })
})

describe.each(['first', 'flat'])('the veil of the run %s', (name) => {
  let run: LoadedRun
  let known: Histories
  beforeAll(async () => {
    await veil({ home, run: name, method: 'linear-erasure' })
    run = await loadRun(home, name)
    known = leaveOneOutTargets(run.dataset.histories, 'test').known
  })

  it.each(veilConformance)('$name', async ({ check }) => {
    const [manifest] = await listVeils(run.folder)
    await check({ veil: (base) => loadVeil(run, manifest!, base), base: baseEncoder(run), histories: known })
  })

  it('moves the vectors of the run and is served by recommend', async () => {
    const { base, veiled, method } = await recommend({ home, run: name, user: '7', veil: ['age'], top: 25 })
    expect(method).toBe('linear-erasure')
    expect(veiled!.map(({ score }) => score)).not.toEqual(base.map(({ score }) => score))
    const none = await recommend({ home, run: name, user: '7', veil: [], method: 'linear-erasure' })
    expect(none).toMatchObject({ method: null, veiled: null, base: base.slice(0, 10) })
    await expect(recommend({ home, run: name, user: '7', method: 'linear-erasure' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})

it('knows the users of a recommender that reads no history by their index', async () => {
  const run = await loadRun(home, 'flat')
  const { offsets, items } = run.dataset.histories
  const vectors = await encodeUsers(run, 'test')
  expect(await baseEncoder(run)({ offsets, items: items.toReversed() })).toEqual(vectors)
})

it('gives no vector for a history to a recommender that reads none', async () => {
  const attempt = recommend({ home, run: 'flat', history: ['3'], veil: ['gender'] })
  await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

it('leads on from a veil to an audit and a recommendation', async () => {
  expect((await nextStep(home)).next).toBe('audit flat')
})

describe('baseEncoder', () => {
  it('computes again only for other histories or users', async () => {
    const run = await loadRun(home, 'first')
    const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
    const base = baseEncoder(run, { threads: 1 })
    const all = await base(known)
    expect(all).toEqual(await encodeUsers(run, 'test', { threads: 1 }))
    expect(await base(known)).toBe(all)
    const users = Int32Array.of(3, 1)
    const some = await base(known, users)
    expect(some).toEqual(Float32Array.of(...all.subarray(24, 32), ...all.subarray(8, 16)))
    expect(await base(known, users.slice())).toBe(some)
    users[0] = 2
    expect(await base(known, users)).toEqual(Float32Array.of(...all.subarray(16, 24), ...all.subarray(8, 16)))
    expect(await base(known)).toEqual(all)
    expect(await base(run.dataset.histories)).not.toEqual(all)
  })

  it('forgets a failure', async () => {
    const run = await loadRun(home, 'first')
    const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
    let broken = true
    const recommender = new Proxy(run.recommender, {
      get: (target, key) => {
        if (key === 'userVectors' && broken) throw new Error('out of order')
        return Reflect.get(target, key) as unknown
      },
    })
    const base = baseEncoder({ ...run, recommender })
    await expect(base(known)).rejects.toThrow('out of order')
    broken = false
    expect(await base(known)).toHaveLength(run.dataset.numUsers * 8)
  })
})
