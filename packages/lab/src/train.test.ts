import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { readManifest, writeManifest } from './run-folder.js'
import type { RunManifest } from './run-manifest.js'
import { train } from './train.js'

// A finished run, set back to what a training that was killed near its end leaves behind.
let home: string
let folder: string
let finished: RunManifest
let best: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-train-'))
  await cp(fileURLToPath(new URL('../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  folder = join(home, 'runs', 'first')
  finished = await readManifest(folder)
  best = await bestParameters()
})
afterEach(() => rm(home, { recursive: true }))

async function bestParameters(): Promise<string> {
  return (await readFile(join(folder, 'best.safetensors'))).toString('base64')
}

it('killed before its parameters were stored, stores the same when resumed', async () => {
  await writeManifest(folder, { ...finished, status: 'training', test: null })
  await rm(join(folder, 'best.safetensors'))
  const { manifest } = await train({ home, resume: 'first' })
  expect(await bestParameters()).toBe(best)
  expect(manifest).toMatchObject({
    formatVersion: 2,
    status: 'finished',
    epochs: 1,
    bestEpoch: 1,
    parameters: 1240,
  })
  expect(manifest.test!.model['ndcg@10'].value).toBeCloseTo(finished.test!.model['ndcg@10'].value, 9)
})

it('killed before the test, is measured when resumed', async () => {
  await writeManifest(folder, { ...finished, test: null })
  const { manifest } = await train({ home, resume: 'first' })
  expect(manifest.test!.model['ndcg@10'].value).toBeCloseTo(finished.test!.model['ndcg@10'].value, 9)
  expect(await bestParameters()).toBe(best)
})

it('does not go on with another data set than it was begun on, checkpoint or none', async () => {
  const dataset = { name: 'tiny', hash: 'f'.repeat(64) }
  await writeManifest(folder, { ...finished, dataset, status: 'training', test: null })
  await rm(join(folder, 'checkpoint'), { recursive: true })
  await expect(train({ home, resume: 'first' })).rejects.toMatchObject({ code: 'RUN_CORRUPT' })
})

it('is left alone when it was finished', async () => {
  const { manifest } = await train({ home, resume: 'first' })
  expect(manifest).toEqual(finished)
})

it('keeps its own settings when resumed', async () => {
  for (const given of [
    { model: 'sasrec' },
    { dataset: 'tiny' },
    { seed: 2 },
    { config: {} },
    { name: 'x' },
  ]) {
    await expect(train({ home, resume: 'first', ...given })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  }
})

it('knows which recommenders there are before it reads any data', async () => {
  const attempt = train({ home, dataset: 'none', model: 'sasrek' })
  await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await expect(attempt).rejects.toThrow('sasrek')
})
