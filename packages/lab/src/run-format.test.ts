import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createOrtRuntime } from '@veilrec/runtime'
import { loadDataset } from '@veilrec/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readManifest } from './run-folder.js'
import { loadRun } from './load-run.js'
import { recommend } from './recommend.js'
import { runTraining } from './training-loop.js'

/**
 * A home as veilrec 0.1.0 wrote it before format 2: 30 simulated users, a run of one epoch and a veil, made with
 * `data add tiny --source simulated --option numUsers=30 --option numItems=25 --option kCore=1`,
 * `train --dataset tiny --name first` and small settings, `veil first --attributes gender`.
 */
const fixture = fileURLToPath(new URL('../fixtures/home-format-1', import.meta.url))
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-format-'))
  await cp(fixture, home, { recursive: true })
})
afterAll(() => rm(home, { recursive: true }))

describe('a run of format 1', () => {
  it('gives the recommendations it gave when it was made, with and without its veil', async () => {
    const result = await recommend({ home, run: 'first', user: '7', veil: ['gender'], top: 5 })
    expect(result.base.map(({ item }) => item)).toEqual(['10', '3', '24', '2', '7'])
    expect(result.veiled?.map(({ item }) => item)).toEqual(['5', '8', '10', '2', '14'])
    expect(result.base[0]!.score).toBeCloseTo(0.04186707574419349, 6)
    expect(result.veiled?.[0]!.score).toBeCloseTo(0.3141412241567461, 6)
  })

  it('has the settings that it did not know at their defaults', async () => {
    const { formatVersion, config } = await readManifest(join(home, 'runs', 'first'))
    expect(formatVersion).toBe(1)
    expect(config.model).toMatchObject({ hiddenSize: 8, negativesPerPosition: 1, targets: 'all' })
  })

  it('is continued from its checkpoint to the parameters it had', async () => {
    const run = await loadRun(home, 'first')
    const { model, config, configHash, seed, threads, versions } = run.manifest
    const dataset = await loadDataset(home, 'tiny')
    const { store } = await runTraining(
      { folder: run.folder, dataset, model, config, configHash, seed, threads, versions, resume: true },
      {
        runtime: createOrtRuntime({ threads }),
        now: () => 0,
        onProgress: () => undefined,
        shouldStop: () => false,
      },
    )
    expect(store.snapshot()).toEqual(run.store.snapshot())
  })
})

describe('a manifest', () => {
  const changed = async (changes: object): Promise<unknown> => {
    const folder = await mkdtemp(join(home, 'changed-'))
    const text = await readFile(join(fixture, 'runs', 'first', 'run.json'), 'utf8')
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...(JSON.parse(text) as object), ...changes }))
    return readManifest(folder).catch((error: unknown) => error)
  }

  it.each([
    [{ formatVersion: 3, veilrecVersion: '9.0.0' }, 'FORMAT_TOO_NEW', /made by veilrec 9\.0\.0/],
    [{ model: 'oracle' }, 'RUN_CORRUPT', /no recommender "oracle"/],
    [{ config: { model: { hiddenSize: -1 }, training: {} } }, 'RUN_CORRUPT', /hiddenSize/],
    [{ seed: 'one' }, 'RUN_CORRUPT', /seed/],
  ])('with %j is refused', async (changes, code, reason) => {
    const error = (await changed(changes)) as Error
    expect(error).toMatchObject({ code, kind: 'user' })
    expect(error.message).toMatch(reason)
  })
})
