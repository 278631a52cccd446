import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import {
  bundleManifestFile,
  decodeSafetensors,
  encodeSafetensors,
  readBundle,
  readBundleManifest,
  sealManifest,
  type BundleManifest,
} from '@veilrec/runtime'
import { afterAll, describe, expect, it, vi } from 'vitest'

import type { Capabilities } from './api/capabilities.js'
import type { RecommendationResponse } from './api/recommendation-response.js'
import { RankPool } from './ranking/rank-pool.js'
import { createService } from './service.js'

const bundle = fileURLToPath(new URL('../../runtime/fixtures/bundle-format-1', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'veilrec-failing-'))
afterAll(() => rmSync(scratch, { recursive: true }))

type Unsealed = { -readonly [Key in keyof Omit<BundleManifest, 'digest'>]: BundleManifest[Key] }

/** A bundle with digests that fit, changed on purpose. */
async function changed(
  name: string,
  change: (manifest: Unsealed, folder: string) => Promise<void> | void,
): Promise<string> {
  const folder = join(scratch, name)
  cpSync(bundle, folder, { recursive: true })
  const { digest: _, ...manifest } = structuredClone(await readBundleManifest(folder))
  await change(manifest, folder)
  await writeFile(join(folder, bundleManifestFile), JSON.stringify(sealManifest(manifest)))
  return folder
}

const history = ['i3', 'i17', 'i8', 'i21']
const url = '/v1/recommendations'

describe('a veil that fails', () => {
  it('gives the list for everybody and says so, and nobody the list without a veil', async () => {
    const folder = await changed('overflowing', async (manifest, at) => {
      const path = join(at, 'parameters.safetensors')
      const { tensors } = decodeSafetensors(await readFile(path), path)
      const serving = manifest.veil!.serving
      if (serving.form !== 'vector') throw new Error('the fixture has another veil')
      for (const name of serving.parameters) (tensors.get(name)!.data as Float32Array).fill(1e38)
      const bytes = Buffer.concat([...encodeSafetensors(tensors)])
      await writeFile(path, bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      manifest.files = { ...manifest.files, 'parameters.safetensors': { sha256, bytes: bytes.length } }
    })
    const service = await createService({ bundle: folder, config: { workers: 1 } })
    const ask = async (body: object): Promise<RecommendationResponse> =>
      (await service.app.inject({ method: 'POST', url, payload: body })).json()
    const everybody = await ask({ requirements: { mode: 'non_profiled' } })
    for (const person of [{ history }, { user: { id: 'u3' } }]) {
      const list = await ask({ ...person, requirements: { hide: ['gender'] } })
      expect(list.items).toEqual(everybody.items)
      expect(list.applied).toMatchObject({
        mode: 'non_profiled',
        mode_source: 'fallback',
        degraded: true,
        fallback_reason: 'veil_failed',
        hide: ['gender'],
        method: null,
        audit_digest: null,
      })
    }
    // Without anything to hide there is nothing that could fail.
    expect((await ask({ history })).applied.mode).toBe('profiled')
    const metrics = await service.app.inject('/metrics')
    expect(metrics.body).toContain('veilrec_fallback_total{reason="veil_failed"} 2')
    await service.drain()
  }, 60_000)

  it('is answered for when its thread is gone, and the service is no longer ready', async () => {
    const { model } = await readBundle(bundle)
    const pool = await RankPool.start(model, { workers: 1, batchRows: 4, queue: 10 })
    expect(pool.isReady).toBe(true)
    const row = {
      person: { history: Int32Array.of(1, 2), excluded: [], hide: ['age'] },
      k: 3,
      choice: { candidates: null, properties: [] },
      seed: null,
    }
    expect((await pool.rank(row))?.isProfiled).toBe(true)
    // What no bundle serves ends in a failure of the batch and not of the thread.
    expect(await pool.rank({ ...row, person: { ...row.person, hide: ['height'] } })).toBeNull()
    const waiting = pool.rank(row)
    await pool.close()
    expect(await waiting).toBeNull()
    expect(await pool.rank(row)).toBeNull()
    expect(pool.isReady).toBe(false)
  }, 60_000)
})

describe('a service whose threads die', () => {
  it('is not ready, gives the list for everybody, logs one line without anybody in it, and recovers', async () => {
    const threads: Worker[] = []
    const note = (thread: Worker): void => void threads.push(thread)
    process.on('worker', note)
    const lines: string[] = []
    const log = { write: (line: string) => void lines.push(line) }
    const service = await createService({ bundle, config: { workers: 1 }, log })
    const ask = async (): Promise<RecommendationResponse> =>
      (
        await service.app.inject({
          method: 'POST',
          url,
          payload: { history, requirements: { hide: ['age'] } },
        })
      ).json()
    const ready = async (): Promise<number> => (await service.app.inject('/readyz')).statusCode
    expect((await ask()).applied).toMatchObject({ mode: 'profiled', hide: ['age'] })
    await threads[0]!.terminate()
    expect(await ready()).toBe(503)
    expect((await ask()).applied).toMatchObject({ mode: 'non_profiled', fallback_reason: 'veil_failed' })
    await vi.waitFor(async () => expect(await ready()).toBe(200), 20_000)
    expect((await ask()).applied).toMatchObject({ mode: 'profiled', hide: ['age'] })
    const metrics = await service.app.inject('/metrics')
    expect(metrics.body).toContain('veilrec_rank_thread_restarts_total 1\n')
    const told = lines.map((line) => JSON.parse(line) as object).filter((line) => !('route' in line))
    expect(told).toEqual([
      {
        level: 50,
        time: expect.any(Number) as number,
        code: 'RUNTIME_FAILED',
        pause_ms: 100,
        msg: 'a ranking thread ended',
      },
    ])
    process.off('worker', note)
    await service.drain()
  }, 60_000)
})

describe('a full queue', () => {
  it('is said with 503 and when to come back, and what was taken is answered', async () => {
    const service = await createService({
      bundle,
      config: { workers: 1, batchRows: 1, limits: { queue: 2 } },
    })
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => service.app.inject({ method: 'POST', url, payload: { history } })),
    )
    const full = answers.filter(({ statusCode }) => statusCode === 503)
    expect(full.length).toBeGreaterThan(0)
    expect(answers.filter(({ statusCode }) => statusCode === 200).length).toBe(60 - full.length)
    expect(full.length).toBeLessThan(60)
    expect(full[0]!.headers['retry-after']).toBe('1')
    expect(full[0]!.json()).toMatchObject({ code: 'SERVICE_OVERLOADED', status: 503 })
    await service.drain()
  }, 60_000)
})

describe('what was not audited', () => {
  const unaudited = (): Promise<string> =>
    changed('unaudited', (manifest) => {
      const veil = manifest.veil!
      manifest.veil = {
        ...veil,
        requirements: veil.requirements.map((one) => (one.hide.length === 1 ? { ...one, audit: null } : one)),
      }
    })

  it('is refused, tightened or flagged, and offered only where it is served', async () => {
    const folder = await unaudited()
    const outcomes = []
    for (const policy of ['reject', 'tighten', 'serve_flagged'] as const) {
      const service = await createService({ bundle: folder, config: { workers: 1, unaudited: policy } })
      const answer = await service.app.inject({
        method: 'POST',
        url,
        payload: { history, requirements: { hide: ['age'] } },
      })
      const offered = (await service.app.inject('/v1/capabilities')).json<Capabilities>()
      const { applied, code, supported } = answer.json<
        RecommendationResponse & { code?: string; supported?: string[] }
      >()
      outcomes.push({
        status: answer.statusCode,
        offered: offered.requirements.map(({ hide, audited }) => `${hide.join()} ${audited}`),
        ...(code
          ? { code, supported }
          : { hide: applied.hide, audited: applied.audited, digest: applied.audit_digest !== null }),
      })
      await service.drain()
    }
    expect(outcomes).toEqual([
      { status: 422, offered: ['age,gender true'], code: 'REQUIREMENT_UNAUDITED', supported: ['age,gender'] },
      { status: 200, offered: ['age,gender true'], hide: ['age', 'gender'], audited: true, digest: true },
      {
        status: 200,
        offered: ['age false', 'gender false', 'age,gender true'],
        hide: ['age'],
        audited: false,
        digest: false,
      },
    ])
    await expect(
      createService({ bundle: folder, config: { defaults: { hide: ['age'] } } }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  }, 60_000)

  it('is hidden with what the service hides by default', async () => {
    const service = await createService({ bundle, config: { workers: 1, defaults: { hide: ['gender'] } } })
    const answer = await service.app.inject({
      method: 'POST',
      url,
      payload: { history, requirements: { hide: ['age'] } },
    })
    expect(answer.json<RecommendationResponse>().applied).toMatchObject({
      hide: ['age', 'gender'],
      sources: { age: 'request', gender: 'default' },
    })
    await service.drain()
  }, 60_000)
})
