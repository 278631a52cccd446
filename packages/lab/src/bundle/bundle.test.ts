import { mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Rng } from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import {
  BundleEngine,
  createOrtRuntime,
  readBundle,
  type BundleManifest,
  type RankRow,
} from '@veilrec/runtime'
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { AuditResult } from '../audit/audit-result.js'
import { audit } from '../audit/audit.js'
import { baseEncoder } from '../base-encoder.js'
import { loadRun } from '../load-run.js'
import { recommend } from '../recommend.js'
import { train } from '../train.js'
import { veil } from '../veils/veil.js'
import { bundle } from './bundle.js'

/** What no byte of a bundle may hold: names of classes. */
const markers = ['zebra-marker', 'quagga-marker', 'okapi-marker', 'tapir-marker']

const home = mkdtempSync(join(tmpdir(), 'veilrec-bundle-'))
afterAll(() => rmSync(home, { recursive: true }))

const numUsers = 200
const numItems = 40

async function writeTables(rng: Rng): Promise<void> {
  const ratings = ['user,item,time']
  const users = ['user,gender,age']
  for (let user = 0; user < numUsers; user++) {
    users.push(`u${user},${markers[rng.int(2)]},${markers[2 + rng.int(2)]}`)
    const items = rng.shuffle(Array.from({ length: numItems }, (_, item) => item))
    items.slice(0, 3 + rng.int(20)).forEach((item, time) => ratings.push(`u${user},i${item},${time}`))
  }
  const items = Array.from(
    { length: numItems },
    (_, item) => `i${item},Film ${item},${['drama', 'war', 'drama|war'][item % 3]}`,
  )
  await writeFile(join(home, 'ratings.csv'), `${ratings.join('\n')}\n`)
  await writeFile(join(home, 'users.csv'), `${users.join('\n')}\n`)
  await writeFile(join(home, 'items.csv'), `${['item,title,genre', ...items].join('\n')}\n`)
}

/** Settings with which a veil takes seconds. */
const quick: Readonly<Record<string, object>> = {
  'linear-erasure': {},
  afrl: { epochs: 1, audienceSize: 100 },
  filters: { epochs: 1, audienceSize: 100 },
  ffvae: { epochs: 1, audienceSize: 100 },
  pfrec: { epochs: 1, batchTokens: 1600, numNegatives: 30, taskPrompts: 2, audienceSize: 100 },
}

beforeAll(async () => {
  await writeTables(Rng.fromSeed(4))
  const mapping = {
    interactions: { file: 'ratings.csv', user: 'user', item: 'item', time: 'time' },
    users: { file: 'users.csv', id: 'user', attributes: { gender: {}, age: {} } },
    items: {
      file: 'items.csv',
      id: 'item',
      title: 'title',
      properties: { genre: { separator: '|' } },
    },
  }
  await addDataset({ home, name: 'marked', source: 'table', from: home, seed: 1, options: { mapping } })
  const model = { hiddenSize: 16, numHeads: 1, numBlocks: 1, historyLength: 16 }
  const training = { epochs: 2, batchTokens: 800, warmupSteps: 5 }
  await train({ home, dataset: 'marked', config: { model, training }, name: 'sasrec' })
  await train({
    home,
    dataset: 'marked',
    model: 'bert4rec',
    config: { model, training: { ...training, epochs: 1 } },
    name: 'bert4rec',
  })
  const flat = { model: { hiddenSize: 8 }, training: { epochs: 1 } }
  await train({ home, dataset: 'marked', model: 'pmf', config: flat, name: 'pmf' })
  for (const [method, config] of Object.entries(quick)) {
    await veil({ home, run: 'sasrec', method, config, threads: 1 })
  }
  await veil({ home, run: 'bert4rec', method: 'linear-erasure' })
}, 600_000)

/** Every byte of a bundle as text, and the contents of its Parquet files. */
async function everyText(folder: string): Promise<string[]> {
  const texts: string[] = []
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name))
    texts.push(name, bytes.toString('latin1'), bytes.toString('utf16le'))
    for (const unpack of [gunzipSync, brotliDecompressSync]) {
      try {
        texts.push(unpack(bytes).toString('latin1'))
      } catch {
        // Not packed that way.
      }
    }
    if (!name.endsWith('.parquet')) continue
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    texts.push(JSON.stringify(await parquetReadObjects({ file })))
  }
  return texts
}

function row(history: readonly number[], hide: readonly string[], k: number): RankRow {
  const choice = { candidates: null, properties: [] }
  return { person: { history: Int32Array.from(history), excluded: history, hide }, k, choice, seed: null }
}

describe('a bundle', () => {
  it.each([
    ...Object.keys(quick).map((method) => ['sasrec', method] as const),
    ['bert4rec', 'linear-erasure'] as const,
  ])(
    'of %s with %s recommends what the run recommends, alone and in a crowd',
    async (run, method) => {
      const out = join(home, `${run}-${method}`)
      const result = await bundle({ home, run, out, method, histories: true })
      expect(result).toMatchObject({ run, method, attributes: ['age', 'gender'], requirements: 3 })
      const { model, catalogue, known } = await readBundle(out)
      const engine = await BundleEngine.load(createOrtRuntime({ threads: 1 }), model)
      const requirements = [[], ['age'], ['gender'], ['age', 'gender']]
      const cases = ['u3', 'u17', 'u101'].flatMap((user) => requirements.map((hide) => ({ user, hide })))
      const rows = cases.map(({ user, hide }) => {
        const { histories, users } = known!
        const at = users.get(user)!
        return row([...histories.items.subarray(histories.offsets[at], histories.offsets[at + 1])], hide, 8)
      })
      const crowd = await engine.rank(rows)
      const loaded = await loadRun(home, run)
      const { dimension } = loaded
      const bare = await baseEncoder(loaded)(
        loaded.dataset.histories,
        Int32Array.from(cases, ({ user }) => known!.users.get(user)!),
      )
      for (const [index, { user, hide }] of cases.entries()) {
        const offline = await recommend({
          home,
          run,
          user,
          top: 8,
          ...(hide.length > 0 && { veil: hide, method }),
        })
        const expected = (offline.veiled ?? offline.base).map(({ item, title }) => `${item} ${title}`)
        const listed = [...crowd[index]!.items].map(
          (item) => `${catalogue.ids[item]} ${catalogue.titles![item]}`,
        )
        expect(listed).toEqual(expected)
        const [alone] = await engine.rank([rows[index]!])
        expect(alone).toEqual(crowd[index])
        // A vector that was remembered without a veil changes nothing behind one, wherever the veil sits.
        const remembered = {
          ...rows[index]!.person!,
          base: bare.slice(index * dimension, (index + 1) * dimension),
        }
        const [again] = await engine.rank([{ ...rows[index]!, person: remembered }])
        expect(again!.items).toEqual(alone!.items)
        const { base } = alone!
        if (base === undefined) continue
        expect(base).toEqual(bare.slice(index * dimension, (index + 1) * dimension))
        const person = { ...rows[index]!.person!, base }
        expect(await engine.rank([{ ...rows[index]!, person }])).toEqual([alone])
      }
      await engine.release()
    },
    60_000,
  )

  it('holds no value of an attribute in any byte, also unpacked', async () => {
    for (const method of ['linear-erasure', 'afrl', 'pfrec']) {
      const out = join(home, `searched-${method}`)
      await bundle({ home, run: 'sasrec', out, method, histories: true })
      const texts = await everyText(out)
      expect(texts.some((text) => text.includes('Film 7'))).toBe(true)
      for (const marker of markers) expect(texts.filter((text) => text.includes(marker))).toEqual([])
    }
    // The search finds what it looks for where it is: in a packed page of a table, too.
    const planted = join(home, 'planted')
    await mkdir(planted)
    const data = Array.from({ length: 2000 }, () => markers[0]!)
    const table = parquetWriteBuffer({ columnData: [{ name: 'secret', data, type: 'STRING' }] })
    await writeFile(join(planted, 'items.parquet'), new Uint8Array(table))
    expect((await everyText(planted)).at(-1)).toContain(markers[0])
  })

  it('is the same bytes when it is made again, without histories where they are not asked for', async () => {
    const [one, other] = [join(home, 'one'), join(home, 'other')]
    const first = await bundle({ home, run: 'sasrec', out: one, method: 'afrl' })
    const second = await bundle({ home, run: 'sasrec', out: other, method: 'afrl' })
    expect(second).toEqual({ ...first, folder: other })
    const names = await readdir(one)
    expect(names).not.toContain('histories.parquet')
    expect(await readdir(other)).toEqual(names)
    for (const name of names)
      expect(await readFile(join(other, name))).toEqual(await readFile(join(one, name)))
  })

  it('tells the figures of an audit of exactly this veil, and of no other', async () => {
    const out = join(home, 'audited')
    await audit({ home, run: 'sasrec', method: 'linear-erasure', isQuick: true })
    expect(await bundle({ home, run: 'sasrec', out, method: 'linear-erasure' })).toMatchObject({ audited: 3 })
    const { model } = await readBundle(out)
    const veiled = model.manifest.veil!
    expect(veiled.audit).toMatchObject({ kind: 'quick' })
    const { rows } = JSON.parse(
      await readFile(join(home, 'runs', 'sasrec', 'audit-quick.json'), 'utf8'),
    ) as Pick<AuditResult, 'rows'>
    for (const { hide, audit: figures } of veiled.requirements) {
      const { attribute, evidence, auc } = rows.find(
        ({ veil: id, requirement }) => id === 'linear-erasure' && requirement.join() === hide.join(),
      )!.worstHidden!
      expect(figures!.worstHidden).toEqual({ attribute, evidence })
      expect(figures!.worstHiddenAuc.value).toBe(auc)
      expect(hide).toContain(attribute)
      expect(figures!.ndcgChange!.lower).toBeLessThanOrEqual(figures!.ndcgChange!.upper)
    }
    expect(await bundle({ home, run: 'sasrec', out, method: 'afrl' })).toMatchObject({ audited: 0 })
    // The veil that was audited is no longer the one that is stored.
    const folder = join(home, 'runs', 'sasrec', 'veils', 'linear-erasure')
    await cp(folder, join(home, 'kept'), { recursive: true })
    await veil({ home, run: 'sasrec', method: 'linear-erasure', attributes: ['age'] })
    expect(await bundle({ home, run: 'sasrec', out, method: 'linear-erasure' })).toMatchObject({
      requirements: 1,
      audited: 0,
    })
    await rm(folder, { recursive: true })
    await cp(join(home, 'kept'), folder, { recursive: true })
  }, 120_000)

  it('refuses what it cannot serve, and leaves what is there', async () => {
    const out = join(home, 'refused')
    await expect(bundle({ home, run: 'pmf', out })).rejects.toMatchObject({ code: 'BUNDLE_UNSUPPORTED' })
    await expect(bundle({ home, run: 'sasrec', out })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('several veils') as string,
    })
    await expect(bundle({ home, run: 'bert4rec', out, method: 'afrl' })).rejects.toMatchObject({
      code: 'VEIL_NOT_FOUND',
    })
    await mkdir(out)
    await writeFile(join(out, 'thesis.txt'), 'mine')
    await expect(bundle({ home, run: 'bert4rec', out })).rejects.toMatchObject({ code: 'BUNDLE_EXISTS' })
    expect(await readdir(out)).toEqual(['thesis.txt'])
    await expect(bundle({ home, run: 'bert4rec', out: join(out, 'thesis.txt') })).rejects.toMatchObject({
      code: 'BUNDLE_EXISTS',
    })
    const signal = AbortSignal.abort()
    await expect(bundle({ home, run: 'bert4rec', out: join(home, 'aborted'), signal })).rejects.toMatchObject(
      { code: 'ABORTED' },
    )
    expect(await readdir(home)).not.toContain('aborted')
  })

  it('replaces a bundle and nothing of it stays', async () => {
    const out = join(home, 'replaced')
    await bundle({ home, run: 'sasrec', out, method: 'pfrec', histories: true })
    await bundle({ home, run: 'bert4rec', out })
    const manifest = JSON.parse(await readFile(join(out, 'bundle.json'), 'utf8')) as BundleManifest
    expect((await readdir(out)).sort()).toEqual(['bundle.json', ...Object.keys(manifest.files)].sort())
    expect((await readdir(home)).filter((name) => name.startsWith('.replaced'))).toEqual([])
  })
})
