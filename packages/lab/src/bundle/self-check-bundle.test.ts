import { mkdtempSync, rmSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Rng, userGroups } from '@veilrec/core'
import { createOrtRuntime, readBundle, sealManifest, type BundleManifest } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { attributesOf } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { linearErasureKind } from '../veils/linear-erasure-kind.js'
import { listVeils, readVeil } from '../veils/veil-folder.js'
import type { VeilKind } from '../veils/veil-kind.js'
import { veil } from '../veils/veil.js'
import { assembleBundle } from './assemble-bundle.js'
import { bundle, bundleParts } from './bundle.js'
import { selfCheckBundle, servedAgain, withPermutedLabels } from './self-check-bundle.js'
import { writeBundle } from './write-bundle.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-self-check-test-'))
afterAll(() => rmSync(home, { recursive: true }))
const out = join(home, 'first.bundle')
let run: LoadedRun
beforeAll(async () => {
  await cp(fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  await veil({ home, run: 'first', method: 'linear-erasure' })
  await bundle({ home, run: 'first', out, histories: true })
  run = await loadRun(home, 'first')
}, 120_000)

const verdicts = async (folder: string): Promise<Record<string, boolean | null>> => {
  const { checks } = await selfCheckBundle({ home, run: 'first', bundle: folder })
  return Object.fromEntries(checks.map(({ name, passed }) => [name, passed]))
}

/** A kind that learns from the labels of everybody, as no veil may. */
const peeking: VeilKind = {
  ...linearErasureKind,
  make(task) {
    const userGroup = new Uint8Array(task.run.dataset.numUsers).fill(userGroups.indexOf('defence'))
    return linearErasureKind.make({
      ...task,
      config: {},
      run: { ...task.run, dataset: { ...task.run.dataset, userGroup } },
    })
  },
}

describe('selfCheckBundle', () => {
  it('finds the same bytes when the labels of others are mixed up', async () => {
    const result = await selfCheckBundle({ home, run: 'first', bundle: out })
    expect(result.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['made-of-this-run', true],
      ['audit-figures', null],
      ['labels-of-others', true],
    ])
    expect(result.passed).toBe(true)
  })

  it('mixes up what it says, among the others alone', () => {
    const permuted = withPermutedLabels(run, ['gender'])
    const [gender, age] = permuted.dataset.attributes
    const [before, ageBefore] = run.dataset.attributes
    expect(age).toBe(ageBefore)
    const defence = userGroups.indexOf('defence')
    const moved = [...gender!.codes.keys()].filter((user) => gender!.codes[user] !== before!.codes[user])
    expect(moved.length).toBeGreaterThan(0)
    expect(moved.filter((user) => run.dataset.userGroup[user] === defence)).toEqual([])
    expect(gender!.codes.slice().sort()).toEqual(before!.codes.slice().sort())
  })

  it('catches a way of making veils that reads labels of others', async () => {
    const [stored] = await listVeils(run.folder)
    const parts = await bundleParts(run, undefined, true)
    const assemble = async (kind: VeilKind, of: LoadedRun): Promise<string> => {
      const served = await servedAgain(kind, of, stored!, {})
      return assembleBundle({ ...parts, run: of, veil: { ...parts.veil!, served } }).manifest.digest
    }
    const permuted = withPermutedLabels(run, stored!.attributes)
    expect(await assemble(linearErasureKind, permuted)).toBe(await assemble(linearErasureKind, run))
    expect(await assemble(peeking, permuted)).not.toBe(await assemble(peeking, run))
  })

  it('catches a bundle whose veil was made from the labels of everybody', async () => {
    const [stored] = await listVeils(run.folder)
    const base = baseEncoder(run)
    const made = await peeking.make({
      run,
      attributes: attributesOf(run.dataset, stored!.attributes),
      config: {},
      base,
      seed: 1,
      rng: Rng.fromSeed(1),
      runtime: createOrtRuntime(),
      workFolder: home,
      step: () => Promise.resolve(),
    })
    const parts = await bundleParts(run, undefined, true)
    const from = { ...(await readVeil(run, stored!, base)), tensors: made.tensors }
    const served = linearErasureKind.serve({ ...from, config: {} })
    const broken = join(home, 'peeking.bundle')
    await writeBundle(broken, assembleBundle({ ...parts, veil: { ...parts.veil!, served } }).files)
    expect(await verdicts(broken)).toMatchObject({ 'made-of-this-run': false, 'labels-of-others': false })
  })

  it('catches another byte anywhere, also where the digests were made to fit', async () => {
    const broken = join(home, 'broken.bundle')
    await cp(out, broken, { recursive: true })
    const { model } = await readBundle(out)
    const { digest: _, ...manifest } = model.manifest
    const changed: Omit<BundleManifest, 'digest'> = {
      ...manifest,
      model: { ...manifest.model, version: 'other' },
    }
    await writeFile(join(broken, 'bundle.json'), `${JSON.stringify(sealManifest(changed), null, 2)}\n`)
    expect(await verdicts(broken)).toMatchObject({ 'made-of-this-run': false })
    const bytes = await readFile(join(broken, 'items.parquet'))
    bytes[20]! ^= 1
    await writeFile(join(broken, 'items.parquet'), bytes)
    await expect(verdicts(broken)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' })
  })
})
