import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityMap, ParameterStore, Rng, type Dataset, type Recommender } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { LoadedRun } from './load-run.js'
import type { RunManifest } from './run-manifest.js'
import { findVeil, listVeils, recommenderSha256, writeVeil } from './veil-folder.js'
import { veilFormatVersion, veilId, type VeilManifest } from './veil-manifest.js'

const dimension = 3

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
    itemVectors: new Float32Array(0),
    dimension,
  }
}

async function store(attributes: string[], bias = 0): Promise<VeilManifest> {
  const { manifest } = await writeVeil(
    folder,
    {
      formatVersion: veilFormatVersion,
      veilrecVersion: '0.1.0',
      id: veilId('linear-erasure', attributes),
      method: 'linear-erasure',
      config: {},
      attributes,
      run: 'one',
      recommenderSha256: await recommenderSha256(folder),
      dataset: { name: 'data', hash: 'a'.repeat(64) },
      query: 'test',
      dimension,
    },
    { ...identityMap(dimension), bias: new Float64Array(dimension).fill(bias) },
  )
  return manifest
}

describe('veils of a run', () => {
  it('come back as they were stored, for the requirement in any order', async () => {
    await store(['age', 'gender'], 0.1)
    const { manifest, map } = await findVeil(run(), ['gender', 'age', 'gender'])
    expect(manifest).toMatchObject({ id: 'linear-erasure-age-gender', parameters: 12 })
    expect([...map.projection]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect([...map.bias]).toEqual([0.1, 0.1, 0.1])
  })

  it('replace one of the same id and leave nothing else behind', async () => {
    await store(['gender'], 1)
    await store(['gender'], 2)
    expect((await findVeil(run(), ['gender'])).map.bias[0]).toBe(2)
    expect(await readdir(join(folder, 'veils'))).toEqual(['linear-erasure-gender'])
  })

  it('are listed, without those in the making; a run without veils has none', async () => {
    expect(await listVeils(folder)).toEqual([])
    const gender = await store(['gender'])
    await mkdir(join(folder, 'veils', '.linear-erasure-age.partial-x'))
    expect(await listVeils(folder)).toEqual([gender])
  })

  it('never stand in for another requirement', async () => {
    await expect(findVeil(run(), ['gender'])).rejects.toMatchObject({ code: 'VEIL_NOT_FOUND' })
    await store(['age', 'gender'])
    await store(['gender'])
    for (const wanted of [['age'], ['age', 'gender', 'occupation']]) {
      await expect(findVeil(run(), wanted)).rejects.toMatchObject({
        code: 'VEIL_NOT_FOUND',
        details: { existing: ['age,gender', 'gender'] },
      })
    }
  })

  it('are refused for other parameters or other data', async () => {
    await store(['gender'])
    const other = { ...run(), dataset: { name: 'data', hash: 'b'.repeat(64) } as Dataset }
    await expect(findVeil(other, ['gender'])).rejects.toMatchObject({ code: 'VEIL_STALE' })
    await writeFile(join(folder, 'best.safetensors'), 'other parameters')
    await expect(findVeil(run(), ['gender'])).rejects.toMatchObject({ code: 'VEIL_STALE' })
  })

  it('are refused when their files were changed', async () => {
    const { id } = await store(['gender'])
    const tensors = join(folder, 'veils', id, 'veil.safetensors')
    const bytes = await readFile(tensors)
    await writeFile(tensors, bytes.fill(7, bytes.length - 1))
    await expect(findVeil(run(), ['gender'])).rejects.toMatchObject({ code: 'VEIL_CORRUPT' })
  })

  it.each([
    ['{', 'VEIL_CORRUPT'],
    ['null', 'VEIL_CORRUPT'],
    ['{"formatVersion":1}', 'VEIL_CORRUPT'],
    ['{"formatVersion":2,"veilrecVersion":"9.0.0"}', 'FORMAT_TOO_NEW'],
  ])('are refused with the manifest %s', async (text, code) => {
    const { id } = await store(['gender'])
    await writeFile(join(folder, 'veils', id, 'veil.json'), text)
    await expect(findVeil(run(), ['gender'])).rejects.toMatchObject({ code, kind: 'user' })
  })
})

describe('veilId', () => {
  it('is a folder name on every platform', () => {
    expect(veilId('linear-erasure', ['zip/code', 'age'])).toBe('linear-erasure-age-zip_code')
  })
})
