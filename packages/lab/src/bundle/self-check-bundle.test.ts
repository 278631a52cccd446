import { mkdtempSync, rmSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Rng, userGroups } from '@veilrec/core'
import {
  createOrtRuntime,
  readBundle,
  readSafetensors,
  sealManifest,
  writeSafetensors,
  type AuditedFigures,
  type BundleManifest,
} from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { attributesOf } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { audit } from '../audit/audit.js'
import { bestParametersPath, loadRun, type LoadedRun } from '../load-run.js'
import { train, trainInWorker } from '../train.js'
import { linearErasureKind } from '../veils/linear-erasure-kind.js'
import { listVeils, readVeil } from '../veils/veil-folder.js'
import type { VeilKind } from '../veils/veil-kind.js'
import { veil } from '../veils/veil.js'
import { assembleBundle } from './assemble-bundle.js'
import { bundle, bundleParts } from './bundle.js'
import { isTrainedAlong, remadeRun } from './remade-run.js'
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
      ['recommender', null],
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

describe('selfCheckBundle with the recommender', () => {
  const training = { epochs: 2, batchTokens: 120, warmupSteps: 2, threads: 1 }
  const config = { model: { hiddenSize: 8, historyLength: 12, numBlocks: 1, numNegatives: 4 }, training }
  const all = async (name: string): Promise<Record<string, boolean | null>> => {
    const { checks } = await selfCheckBundle({
      home,
      run: name,
      bundle: join(home, `${name}.bundle`),
      recommender: true,
    })
    return Object.fromEntries(checks.map((check) => [check.name, check.passed]))
  }
  beforeAll(async () => {
    await train({ home, dataset: 'tiny', name: 'fresh', config })
    await bundle({ home, run: 'fresh', out: join(home, 'bare.bundle') })
    await veil({ home, run: 'fresh', method: 'linear-erasure' })
    await bundle({ home, run: 'fresh', out: join(home, 'fresh.bundle') })
  }, 120_000)

  /** A training that moves a weight by the labels of people outside the defence set. */
  const peekingTraining: typeof trainInWorker = async (job, around) => {
    const outcome = await trainInWorker(job, around)
    const path = bestParametersPath(job.folder)
    const { tensors } = await readSafetensors(path)
    const [first] = tensors.values()
    const { attributes, userGroup } = job.dataset
    const peeked = attributes[0]!.codes.reduce((sum: number, code, user) => {
      return userGroups[userGroup[user]!] === 'defence' ? sum : sum + user * code
    }, 0)
    ;(first!.data as Float32Array)[0]! += 1e-3 * peeked
    await writeSafetensors(path, tensors)
    return outcome
  }

  it('finds the same bytes where training reads no label', async () => {
    expect(await all('fresh')).toEqual({
      'made-of-this-run': true,
      'audit-figures': null,
      recommender: true,
      'labels-of-others': true,
    })
    const request = { home, run: 'fresh', bundle: join(home, 'bare.bundle'), recommender: true }
    expect((await selfCheckBundle(request)).checks.map(({ passed }) => passed)).toEqual([
      true,
      null,
      true,
      null,
    ])
  }, 120_000)

  it('takes no veil for one that was trained along that was put on later', async () => {
    const { folder, manifest } = await loadRun(home, 'fresh')
    const [put] = await listVeils(folder)
    expect(isTrainedAlong(manifest, put!)).toBe(false)
  })

  it('catches a training that reads labels of others', async () => {
    const fresh = await loadRun(home, 'fresh')
    const permuted = withPermutedLabels(fresh, ['gender', 'age'])
    const honest = [await remadeRun(fresh, {}), await remadeRun(permuted, {})]
    expect(honest[1]!.recommenderSha256).toBe(honest[0]!.recommenderSha256)
    const peeked = [
      await remadeRun(fresh, {}, peekingTraining),
      await remadeRun(permuted, {}, peekingTraining),
    ]
    expect(peeked[1]!.recommenderSha256).not.toBe(peeked[0]!.recommenderSha256)
  }, 120_000)

  it('catches a bundle whose recommender was moved by labels, and says nothing where the engine is another', async () => {
    const folder = join(home, 'runs', 'moved')
    await cp(join(home, 'runs', 'fresh'), folder, { recursive: true })
    const { manifest, dataset } = await loadRun(home, 'fresh')
    const { model, config: settings, configHash, seed, threads, versions } = manifest
    const job = {
      folder,
      dataset,
      model,
      config: settings,
      configHash,
      seed,
      threads,
      versions,
      resume: false,
    }
    await peekingTraining(job, {})
    await veil({ home, run: 'moved', method: 'linear-erasure' })
    await bundle({ home, run: 'moved', out: join(home, 'moved.bundle') })
    expect(await all('moved')).toEqual({
      'made-of-this-run': true,
      'audit-figures': null,
      recommender: false,
      'labels-of-others': true,
    })
    const path = join(folder, 'run.json')
    const stored = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...stored, versions: { ...versions, onnxruntime: '0.0.1' } }))
    expect(await all('moved')).toMatchObject({ recommender: null, 'labels-of-others': true })
  }, 120_000)

  it('makes a veil that was trained along again with its recommender, and not without', async () => {
    const along = { method: 'filters', config: { adversaryHidden: [8], holdoutShare: 0.3 } }
    await train({ home, dataset: 'tiny', name: 'along', config, veil: along })
    await bundle({ home, run: 'along', out: join(home, 'along.bundle') })
    expect(await all('along')).toMatchObject({ recommender: true, 'labels-of-others': true })
    const request = { home, run: 'along', bundle: join(home, 'along.bundle') }
    const { checks, passed } = await selfCheckBundle(request)
    expect(checks.map((check) => check.passed)).toEqual([true, null, null, null])
    expect(passed).toBe(true)
  }, 120_000)
})

describe('the figures of an audit in a bundle', () => {
  it('are those of the run, also in a bundle from before they named the worst attribute', async () => {
    const folder = join(home, 'audited.bundle')
    await audit({ home, run: 'first', method: 'linear-erasure', isQuick: true })
    await bundle({ home, run: 'first', out: folder, histories: true })
    expect(await verdicts(folder)).toMatchObject({ 'audit-figures': true })
    const { digest: _, ...manifest } = (await readBundle(folder)).model.manifest
    const write = async (change: (figures: AuditedFigures) => AuditedFigures): Promise<void> => {
      const requirements = manifest.veil!.requirements.map((one) => ({
        ...one,
        audit: one.audit && change(one.audit),
      }))
      const sealed = sealManifest({ ...manifest, veil: { ...manifest.veil!, requirements } })
      await writeFile(join(folder, 'bundle.json'), `${JSON.stringify(sealed, null, 2)}\n`)
    }
    await write(({ worstHidden: _worst, ...older }) => older)
    expect(await verdicts(folder)).toMatchObject({ 'made-of-this-run': true, 'audit-figures': true })
    await write((figures) => ({ ...figures, atChance: !figures.atChance }))
    expect(await verdicts(folder)).toMatchObject({ 'audit-figures': false })
  }, 120_000)
})
