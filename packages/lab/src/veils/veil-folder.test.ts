import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  identityMap,
  ParameterStore,
  requirementKey,
  requirementsOf,
  Rng,
  type BaseEncoder,
  type Dataset,
  type Recommender,
} from '@veilrec/core'
import type { StoredTensor } from '@veilrec/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'

import type { LoadedRun } from '../load-run.js'
import type { RunManifest } from '../run-manifest.js'
import { recommenderSha256 } from './recommender-hash.js'
import { listVeils, loadVeil, writeVeil } from './veil-folder.js'
import type { VeilKind } from './veil-kind.js'
import { veilKinds } from './veil-kinds.js'
import { findVeil } from './veil-lookup.js'
import type { VeilManifest } from './veil-manifest.js'

const dimension = 3
const histories = { offsets: Int32Array.of(0, 1, 2), items: Int32Array.of(1, 1) }
const base: BaseEncoder = () => Promise.resolve(Float32Array.of(1, 2, 3, 4, 5, 6))

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-veil-'))
  await writeFile(join(folder, 'best.safetensors'), 'parameters')
})
afterEach(() => rm(folder, { recursive: true }))

/** A run as far as veils look at it. */
function run(): LoadedRun {
  return {
    name: 'one',
    folder,
    manifest: {} as RunManifest,
    dataset: { name: 'data', hash: 'a'.repeat(64) } as Dataset,
    recommender: {} as Recommender,
    store: new ParameterStore(Rng.fromSeed(1)),
    dimension,
    scores: () => () => new Float32Array(0),
  }
}

/** Stores maps that add to every coordinate the first number of `shift`, the second for the next requirement, and so on. */
async function store(attributes: string[], shift = 0): Promise<VeilManifest> {
  const requirements = requirementsOf(attributes)
  const tensors = new Map<string, StoredTensor>()
  for (const [index, requirement] of requirements.entries()) {
    const key = requirementKey(requirement)
    const { projection, bias } = identityMap(dimension)
    tensors.set(`projection/${key}`, { shape: [dimension, dimension], data: projection })
    tensors.set(`bias/${key}`, { shape: [dimension], data: bias.fill(shift + index) })
  }
  const { manifest } = await writeVeil(folder, { ...(await stub(attributes)), requirements }, tensors)
  return manifest
}

async function stub(attributes: string[]) {
  return {
    veilrecVersion: '0.1.0',
    method: 'linear-erasure',
    config: {},
    attributes,
    run: 'one',
    recommenderSha256: await recommenderSha256(folder),
    dataset: { name: 'data', hash: 'a'.repeat(64) },
    query: 'test' as const,
    dimension,
  }
}

/** A veil as veilrec 0.1.0 wrote it before format 2, under its old folder name. */
async function storeFormat1(attributes: string[]): Promise<string> {
  const home = fileURLToPath(new URL('../../fixtures/home-format-1', import.meta.url))
  const id = `linear-erasure-${attributes.join('-')}`
  const target = join(folder, 'veils', id)
  await cp(join(home, 'runs', 'first', 'veils', 'linear-erasure-gender'), target, { recursive: true })
  await change(id, { ...(await stub(attributes)), id })
  return id
}

/** Changes a stored manifest by hand. */
async function change(id: string, changes: object): Promise<void> {
  const path = join(folder, 'veils', id, 'veil.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...manifest, ...changes }))
}

describe('veils of a run', () => {
  it('come back as they were stored, for every requirement', async () => {
    const manifest = await store(['age', 'gender'], 1)
    expect(manifest).toMatchObject({
      formatVersion: 2,
      id: 'linear-erasure',
      requirements: [['age'], ['gender'], ['age', 'gender']],
      parameters: 36,
    })
    const veil = await loadVeil(run(), manifest, base)
    expect(veil).toMatchObject({
      method: 'linear-erasure',
      attributes: ['age', 'gender'],
      requirements: [['age'], ['gender'], ['age', 'gender']],
    })
    const [both, gender] = [['gender', 'age'], ['gender']]
    expect([...(await veil.encode(histories, [both, gender]))]).toEqual([4, 5, 6, 6, 7, 8])
    expect([...(await veil.encode(histories, [[], ['age']]))]).toEqual([1, 2, 3, 5, 6, 7])
  })

  it('replace one of the same method, of whatever format, and leave nothing else behind', async () => {
    await storeFormat1(['gender'])
    await mkdir(join(folder, 'veils', 'another'))
    await store(['gender'], 1)
    await store(['age'], 2)
    await rm(join(folder, 'veils', 'another'), { recursive: true })
    expect(await readdir(join(folder, 'veils'))).toEqual(['linear-erasure'])
    const veil = await findVeil(run(), ['age'], base)
    expect([...(await veil.encode(histories, [['age'], []]))]).toEqual([3, 4, 5, 4, 5, 6])
    await expect(findVeil(run(), ['gender'], base)).rejects.toMatchObject({ code: 'VEIL_NOT_FOUND' })
  })

  it('are listed, without those in the making; a run without veils has none', async () => {
    expect(await listVeils(folder)).toEqual([])
    const gender = await store(['gender'])
    await mkdir(join(folder, 'veils', '.linear-erasure.partial-x'))
    expect(await listVeils(folder)).toEqual([gender])
  })

  it('never stand in for another requirement', async () => {
    await expect(findVeil(run(), ['gender'], base)).rejects.toThrow(/no veil for gender; it has none at all/)
    await store(['age', 'gender'])
    for (const wanted of [['zip'], ['zip', 'age'], []]) {
      await expect(findVeil(run(), wanted, base)).rejects.toMatchObject({
        code: 'VEIL_NOT_FOUND',
        message: expect.stringContaining('it has veils for any of age, gender (linear-erasure)') as string,
        details: { existing: [{ requirements: [['age'], ['gender'], ['age', 'gender']] }] },
      })
    }
    await expect(findVeil(run(), ['age'], base, 'afrll')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect((await findVeil(run(), ['age'], base, 'linear-erasure')).method).toBe('linear-erasure')
  })

  it('are refused for other parameters or other data', async () => {
    await store(['gender'])
    const other = { ...run(), dataset: { name: 'data', hash: 'b'.repeat(64) } as Dataset }
    await expect(findVeil(other, ['gender'], base)).rejects.toMatchObject({ code: 'VEIL_STALE' })
    await writeFile(join(folder, 'best.safetensors'), 'other parameters')
    await expect(findVeil(run(), ['gender'], base)).rejects.toMatchObject({ code: 'VEIL_STALE' })
  })

  it('are refused when their files were changed', async () => {
    const { id } = await store(['gender'])
    const tensors = join(folder, 'veils', id, 'veil.safetensors')
    const bytes = await readFile(tensors)
    await writeFile(tensors, bytes.fill(7, bytes.length - 1))
    await expect(findVeil(run(), ['gender'], base)).rejects.toMatchObject({ code: 'VEIL_CORRUPT' })
    await store(['gender'])
    expect((await findVeil(run(), ['gender'], base)).attributes).toEqual(['gender'])
  })

  it.each([
    [
      'a requirement that was never made',
      { attributes: ['age', 'gender'], requirements: [['age'], ['gender']] },
    ],
    ['names out of order', { attributes: ['gender', 'age'], requirements: [['gender', 'age']] }],
    ['attributes that are in no requirement', { attributes: ['age', 'gender'] }],
    ['no requirement', { requirements: [] }],
    ['the folder of another veil', { id: '../linear-erasure' }],
    ['an unknown method', { method: 'magic' }],
    ['a setting that the method does not have', { config: { strength: 1 } }],
    ['another dimension', { dimension: 4 }],
  ])('are refused with a manifest that claims %s', async (_, changes) => {
    await store(['gender'])
    await change('linear-erasure', changes)
    const attempt = listVeils(folder).then(([manifest]) => loadVeil(run(), manifest!, base))
    await expect(attempt).rejects.toMatchObject({ code: 'VEIL_CORRUPT', kind: 'user' })
  })

  it.each([
    ['{', 'VEIL_CORRUPT'],
    ['null', 'VEIL_CORRUPT'],
    ['{"formatVersion":1}', 'VEIL_CORRUPT'],
    ['{"formatVersion":2}', 'VEIL_CORRUPT'],
    ['{"formatVersion":3,"veilrecVersion":"9.0.0"}', 'FORMAT_TOO_NEW'],
  ])('are refused with the manifest %s', async (text, code) => {
    const { id } = await store(['gender'])
    await writeFile(join(folder, 'veils', id, 'veil.json'), text)
    await expect(findVeil(run(), ['gender'], base)).rejects.toMatchObject({ code, kind: 'user' })
  })
})

describe('a veil of format 1', () => {
  it('serves its one requirement, all attributes together', async () => {
    await storeFormat1(['age', 'gender'])
    const [manifest] = await listVeils(folder)
    expect(manifest).toMatchObject({ formatVersion: 1, requirements: [['age', 'gender']] })
    await expect(findVeil(run(), ['gender'], base)).rejects.toThrow(/it has veils for age,gender \(linear-er/)
  })

  it('is refused when it has more requirements than that format had', async () => {
    const id = await storeFormat1(['gender'])
    await change(id, { requirements: [['gender'], ['age']] })
    await expect(listVeils(folder)).rejects.toMatchObject({ code: 'VEIL_CORRUPT' })
  })
})

describe('veils of several methods', () => {
  /** Adds a number that is both a setting and a parameter; hides two attributes together only. */
  const toy: VeilKind<{ readonly shift: number }> = {
    method: 'toy',
    summary: 'adds a number',
    presets: {},
    schema: z.strictObject({ shift: z.number().default(1) }),
    make: () => Promise.reject(new Error('made by hand below')),
    serve: () => {
      throw new Error('not served here')
    },
    restore: ({
      config: { shift },
      tensors,
      manifest: { method, attributes, requirements },
      base: bare,
    }) => ({
      method,
      attributes,
      requirements,
      encode: async (of, asked, users) => {
        const factor = Number(tensors.get('factor')?.data[0])
        const vectors = await bare(of, users)
        return vectors.map((value, i) => value + (asked[Math.floor(i / 3)]!.length > 0 ? factor * shift : 0))
      },
    }),
  }
  const kinds = veilKinds as VeilKind[]
  beforeEach(async () => {
    kinds.push(toy)
    await store(['age', 'gender'])
    const tensors = new Map([['factor', { shape: [1], data: Float32Array.of(10) }]])
    const manifest = { ...(await stub(['age', 'gender'])), method: 'toy', config: { shift: 2 } }
    await writeVeil(folder, { ...manifest, requirements: [['age', 'gender']] }, tensors)
  })
  afterEach(() => kinds.pop())

  it('lie side by side, each with settings and tensors of its own', async () => {
    expect((await listVeils(folder)).map(({ id, config }) => [id, config])).toEqual([
      ['linear-erasure', {}],
      ['toy', { shift: 2 }],
    ])
    const veil = await findVeil(run(), ['gender', 'age'], base, 'toy')
    expect([...(await veil.encode(histories, [[], ['age', 'gender']]))]).toEqual([1, 2, 3, 24, 25, 26])
  })

  it('are chosen by name where several serve a requirement, and by themselves where one does', async () => {
    await expect(findVeil(run(), ['age', 'gender'], base)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { methods: ['linear-erasure', 'toy'] },
      hint: expect.stringContaining('--method') as string,
    })
    expect((await findVeil(run(), ['age'], base)).method).toBe('linear-erasure')
    await expect(findVeil(run(), ['age'], base, 'toy')).rejects.toThrow(
      /no toy veil for age; .* any of age, gender \(linear-erasure\) and for age,gender \(toy\)/,
    )
  })

  it('are made again one by one', async () => {
    await store(['zip'])
    expect((await listVeils(folder)).map(({ attributes }) => attributes)).toEqual([
      ['zip'],
      ['age', 'gender'],
    ])
  })

  it('fill in settings that are newer than the veil', async () => {
    await change('toy', { config: {} })
    const veil = await findVeil(run(), ['age', 'gender'], base, 'toy')
    expect([...(await veil.encode(histories, [[], ['age', 'gender']]))]).toEqual([1, 2, 3, 14, 15, 16])
  })
})
