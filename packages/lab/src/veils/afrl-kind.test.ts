import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaveOneOutTargets, type Histories } from '@veilrec/core'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { afrlKind } from './afrl-kind.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { veil, type VeilResult } from './veil.js'

let home = ''
let run: LoadedRun
let known: Histories
let made: VeilResult
const config = { epochs: 2, batchSize: 32, numNegatives: 8, adversaryHidden: 8, holdoutShare: 0.3 }

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-afrl-'))
  await cp(fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  made = await veil({ home, run: 'first', method: 'afrl', config, threads: 1 })
  run = await loadRun(home, 'first')
  known = leaveOneOutTargets(run.dataset.histories, 'test').known
}, 60_000)
afterAll(() => rm(home, { recursive: true }))

describe('an AFRL veil', () => {
  it.each(veilConformance)('$name', async ({ check }) => {
    const manifest = (await listVeils(run.folder)).find(({ method }) => method === 'afrl')
    await check({ veil: (base) => loadVeil(run, manifest!, base), base: baseEncoder(run), histories: known })
  })

  it('stores what serves and no adversary: generators, fusion and the erasures they started from', () => {
    const d = run.dimension
    const linear = (from: number, to: number): number => from * to + to
    const generator = 2 * d + linear(d, 2 * d) + linear(2 * d, 2 * d) + linear(2 * d, d)
    const fusion = linear(3 * d, 2 * d) + linear(2 * d, d)
    expect(made.manifest.parameters).toBe(3 * (generator + linear(d, d)) + fusion)
  })

  it('is the same from the same seed', async () => {
    const again = await veil({ home, run: 'first', method: 'afrl', config, threads: 1 })
    expect(again.manifest.tensorsSha256).toBe(made.manifest.tensorsSha256)
  })

  it('has presets that fit its schema', () => {
    for (const preset of Object.values(afrlKind.presets)) {
      expect(afrlKind.schema.safeParse(preset).error).toBeUndefined()
    }
  })
})
