import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { removeRun } from './remove-run.js'
import { listRuns } from './run-folder.js'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-remove-'))
  for (const name of ['films', 'films-2', '.removed-old/films-0']) {
    await mkdir(join(home, 'runs', name, 'veils'), { recursive: true })
    await writeFile(join(home, 'runs', name, 'run.json'), '{}')
  }
})
afterAll(() => rm(home, { recursive: true }))

it('wants the whole name', async () => {
  for (const name of ['film', 'latest', 'films-3', '../runs/films', '.removed-old']) {
    await expect(removeRun(home, name)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', kind: 'user' })
  }
  await expect(removeRun(home, 'fil')).rejects.toMatchObject({
    hint: expect.stringMatching(/^Did you mean films/) as string,
  })
})

it('removes the run and what an earlier removal left, and nothing else', async () => {
  expect(await removeRun(home, 'films')).toEqual({ name: 'films' })
  expect((await listRuns(home)).map(({ name }) => name)).toEqual(['films-2'])
  expect(await readdir(join(home, 'runs'))).toEqual(['films-2'])
})
