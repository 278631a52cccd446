import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaveOneOutTargets, type Histories } from '@veilrec/core'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { veil } from './veil.js'

let home = ''
let run: LoadedRun
let known: Histories
const config = { epochs: 1, batchSize: 32, numNegatives: 8, holdoutShare: 0.3 }

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-filters-'))
  await cp(fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  run = await loadRun(home, 'first')
  known = leaveOneOutTargets(run.dataset.histories, 'test').known
}, 60_000)
afterAll(() => rm(home, { recursive: true }))

// As it is by default, and with the discriminators of the paper.
describe.each(['kernel', 'adversary'] as const)('a veil of filters against a %s', (opponent) => {
  const mode = opponent === 'kernel' ? 'separate' : 'combine'

  it('stores its filters and nothing that only trains them', async () => {
    const changes = opponent === 'kernel' ? {} : { opponent, mode, adversaryHidden: [8] }
    const { manifest } = await veil({
      home,
      run: 'first',
      method: 'filters',
      config: { ...config, ...changes },
      threads: 1,
    })
    const d = run.dimension
    const norm = 2 * d
    const hidden = d * 2 * d + 2 * d + (2 * d * 2 * d + 2 * d)
    const outer = 2 * d * d + d
    const erasure = d * d + d
    const filter = norm + hidden + outer + erasure
    expect(manifest).toMatchObject({
      config: { opponent, mode },
      parameters: (mode === 'separate' ? 3 : 2) * filter,
    })
  })

  it.each(veilConformance)('$name', async ({ check }) => {
    const manifest = (await listVeils(run.folder)).find(({ method }) => method === 'filters')
    await check({ veil: (base) => loadVeil(run, manifest!, base), base: baseEncoder(run), histories: known })
  })
})
