import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaveOneOutTargets, type BaseEncoder } from '@veilrec/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { audit } from '../audit/audit.js'
import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { recommend } from '../recommend.js'
import { makeVeil } from './make-veil.js'
import { listVeils, loadVeil } from './veil-folder.js'
import type { LabelAccess, VeilManifest } from './veil-manifest.js'

let home = ''
let run: LoadedRun
let base: BaseEncoder
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-labels-'))
  await cp(fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  run = await loadRun(home, 'first')
  base = baseEncoder(run)
})
afterAll(() => rm(home, { recursive: true }))

const request = { method: 'linear-erasure', attributes: ['gender'] }

async function vectorsBehind(
  manifest: VeilManifest,
  folder: string,
  labelAccess: LabelAccess,
): Promise<Float32Array> {
  const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
  const veil = await loadVeil(run, manifest, base, { folder, labelAccess })
  return veil.encode(
    known,
    Array.from({ length: run.dataset.numUsers }, () => ['gender']),
  )
}

describe("a veil from everybody's labels", () => {
  it('is another than one from the labels of defence users, and lies where it is told to', async () => {
    const made: Float32Array[] = []
    for (const labelAccess of ['defence', 'everybody'] as const) {
      const folder = join(home, 'apart', labelAccess)
      await makeVeil({ ...request, run, folder, labelAccess })
      const [manifest] = await listVeils(folder)
      expect(manifest!.labelAccess).toBe(labelAccess === 'everybody' ? 'everybody' : undefined)
      made.push(await vectorsBehind(manifest!, folder, labelAccess))
    }
    expect(made[0]).not.toEqual(made[1])
    expect(run.dataset.userGroup.some((group) => group !== 0)).toBe(true)
  })

  it('is refused by everything that is not a reproduction', async () => {
    await makeVeil({ ...request, run, labelAccess: 'everybody' })
    const [manifest] = await listVeils(run.folder)
    const refused = { code: 'VEIL_SAW_ALL_LABELS' }
    await expect(loadVeil(run, manifest!, base)).rejects.toMatchObject(refused)
    await expect(audit({ home, run: 'first', isQuick: true })).rejects.toMatchObject(refused)
    const user = run.dataset.userIds[0]!
    await expect(recommend({ home, run: 'first', user, veil: ['gender'] })).rejects.toMatchObject(refused)
    await makeVeil({ ...request, run })
    const [replaced] = await listVeils(run.folder)
    await expect(loadVeil(run, replaced!, base)).resolves.toHaveProperty('method', 'linear-erasure')
  })
})
