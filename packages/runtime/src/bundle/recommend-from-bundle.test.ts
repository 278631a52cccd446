import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createOrtRuntime } from '../ort-runtime.js'
import { BundleEngine } from './bundle-engine.js'
import { bundleManifestFile, sealManifest, type BundleManifest } from './bundle-manifest.js'
import { isBundle, readBundle, readBundleManifest } from './read-bundle.js'
import { BundleRecommender, recommendFromBundle } from './recommend-from-bundle.js'

const folder = fileURLToPath(new URL('../../fixtures/bundle-format-1', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'veilrec-recommend-'))
let bundle: BundleRecommender
beforeAll(async () => {
  bundle = await BundleRecommender.load(folder)
})
afterAll(async () => {
  await bundle.release()
  rmSync(scratch, { recursive: true })
})

/** The bundle with another manifest. */
async function changed(
  name: string,
  change: (manifest: Omit<BundleManifest, 'digest'>) => Partial<BundleManifest>,
): Promise<string> {
  const copy = join(scratch, name)
  cpSync(folder, copy, { recursive: true })
  const { digest: _, ...manifest } = await readBundleManifest(copy)
  const sealed = sealManifest({ ...manifest, ...change(manifest) })
  await writeFile(join(copy, bundleManifestFile), JSON.stringify(sealed))
  return copy
}

const history = ['i3', 'i17', 'i8', 'i21']

describe('BundleRecommender', () => {
  it('gives the lists of the engine, by id and title', async () => {
    const { model, catalogue } = await readBundle(folder)
    const engine = await BundleEngine.load(createOrtRuntime({ threads: 1 }), model)
    const items = Int32Array.from(history, (id) => catalogue.ids.indexOf(id))
    const list = async (hide: readonly string[]): Promise<string[]> => {
      const person = { history: items, excluded: items, hide }
      const choice = { candidates: null, properties: [] }
      const [made] = await engine.rank([{ person, k: 5, choice, seed: null }])
      return Array.from(made!.items, (item) => catalogue.ids[item]!)
    }
    const found = await bundle.recommend({ history, veil: ['gender', 'age', 'gender'], top: 5 })
    expect(found.base.map(({ item }) => item)).toEqual(await list([]))
    expect(found.veiled!.map(({ item }) => item)).toEqual(await list(['age', 'gender']))
    expect(found.base[2]).toEqual({
      rank: 3,
      item: found.base[2]!.item,
      title: `Film ${found.base[2]!.item.slice(1)}`,
    })
    expect(found).toMatchObject({
      bundle: folder,
      digest: model.manifest.digest,
      user: null,
      historyLength: 4,
      requirement: ['age', 'gender'],
      method: 'afrl',
      audited: true,
    })
    await engine.release()
  })

  it('knows the users of the bundle, and recommends nothing that they had', async () => {
    const { known, catalogue } = await readBundle(folder)
    const { offsets, items } = known!.histories
    const row = known!.users.get('u7')!
    const had = Array.from(items.subarray(offsets[row], offsets[row + 1]), (item) => catalogue.ids[item]!)
    const found = await bundle.recommend({ user: 'u7', top: 40 })
    expect(found).toMatchObject({
      user: 'u7',
      historyLength: had.length,
      requirement: [],
      method: null,
      audited: null,
      veiled: null,
    })
    expect(found.base.filter(({ item }) => had.includes(item))).toEqual([])
    const ofHistory = await bundle.recommend({ history: had, top: 40 })
    expect(ofHistory.base).toEqual(found.base)
    expect(found.base).toHaveLength(40 - new Set(had).size)
  })

  it.each([
    [{ user: 'nobody' }, 'USER_NOT_FOUND', /has no user "nobody"/],
    [{ history: ['i3', 'i99'] }, 'ITEM_NOT_FOUND', /has no item "i99"/],
    [{ history: [''] }, 'ITEM_NOT_FOUND', /has no item ""/],
    [{ history: [] }, 'INVALID_ARGUMENT', /empty/],
    [{}, 'INVALID_ARGUMENT', /neither/],
    [{ user: 'u7', history }, 'INVALID_ARGUMENT', /both/],
    [{ history, top: 0 }, 'INVALID_ARGUMENT', /top/],
    [{ history, method: 'afrl' }, 'INVALID_ARGUMENT', /nothing to hide/],
    [{ history, veil: ['height'] }, 'ATTRIBUTE_UNKNOWN', /cannot hide "height"; it hides age, gender/],
    [{ history, veil: ['age'], method: 'pfrec' }, 'VEIL_NOT_FOUND', /is afrl, not pfrec/],
  ])('refuses %j and says what there is', async (query, code, message) => {
    await expect(bundle.recommend(query)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  it('says what a bundle was made without, and never gives the list without a veil instead', async () => {
    const bare = await changed('bare', () => ({ veil: null, histories: null }))
    expect((await recommendFromBundle({ bundle: bare, history })).base).toHaveLength(10)
    await expect(recommendFromBundle({ bundle: bare, user: 'u7' })).rejects.toMatchObject({
      code: 'USER_NOT_FOUND',
      message: `the bundle ${bare} has no histories and knows no user`,
    })
    await expect(recommendFromBundle({ bundle: bare, history, veil: ['age'] })).rejects.toMatchObject({
      code: 'VEIL_NOT_FOUND',
      message: `the bundle ${bare} has no veil`,
    })
    const fewer = await changed('fewer', ({ veil }) => ({
      veil: { ...veil!, requirements: veil!.requirements.filter(({ hide }) => hide.length === 1) },
    }))
    await expect(
      recommendFromBundle({ bundle: fewer, history, veil: ['age', 'gender'] }),
    ).rejects.toMatchObject({ code: 'VEIL_NOT_FOUND', hint: 'It serves: age; gender.' })
    const unaudited = await changed('unaudited', ({ veil }) => ({
      veil: { ...veil!, requirements: veil!.requirements.map((one) => ({ ...one, audit: null })) },
    }))
    expect(await recommendFromBundle({ bundle: unaudited, history, veil: ['age'] })).toMatchObject({
      audited: false,
    })
  })

  it('is told from a run by bundle.json', async () => {
    expect(await isBundle(folder)).toBe(true)
    expect(await isBundle(scratch)).toBe(false)
    const empty = await changed('empty', () => ({}))
    await rm(join(empty, bundleManifestFile))
    expect(await isBundle(empty)).toBe(false)
    await expect(recommendFromBundle({ bundle: empty, history })).rejects.toMatchObject({
      code: 'BUNDLE_NOT_FOUND',
    })
  })
})
