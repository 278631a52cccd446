import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BundleEngine, createOrtRuntime, readBundle, type BundleManifest } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Capabilities } from './api/capabilities.js'
import type { Problem } from './api/problem.js'
import type { BatchResponse, RecommendationResponse } from './api/recommendation-response.js'
import { createService, type Service } from './service.js'

const bundle = fileURLToPath(new URL('../../runtime/fixtures/bundle-format-1', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'veilrec-service-'))
const lines: string[] = []
let service: Service
beforeAll(async () => {
  service = await createService({
    bundle,
    config: { workers: 1, limits: { k: 40, history: 100, candidates: 20, batch: 4, bodyBytes: 8192 } },
    log: { write: (line) => void lines.push(line) },
  })
}, 60_000)
afterAll(async () => {
  await service.drain()
  rmSync(scratch, { recursive: true })
})

async function ask(
  body: unknown,
  url = '/v1/recommendations',
): Promise<{ status: number; list: RecommendationResponse; problem: Problem; type: string }> {
  const answer = await service.app.inject({ method: 'POST', url, payload: body as object })
  const content: unknown = answer.json()
  return {
    status: answer.statusCode,
    list: content as RecommendationResponse,
    problem: content as Problem,
    type: String(answer.headers['content-type']),
  }
}

const history = ['i3', 'i17', 'i8', 'i21']
const idsOf = ({ items }: RecommendationResponse): string[] => items.map(({ id }) => id)

describe('POST /v1/recommendations', () => {
  it('gives the list of the bundle, with titles, and says what was applied', async () => {
    const { model, catalogue } = await readBundle(bundle)
    const engine = await BundleEngine.load(createOrtRuntime({ threads: 1 }), model)
    const items = Int32Array.from(history, (id) => catalogue.ids.indexOf(id))
    const choice = { candidates: null, properties: [] }
    for (const hide of [[], ['gender'], ['age', 'gender']]) {
      const person = { history: items, excluded: items, hide }
      const [expected] = await engine.rank([{ person, k: 10, choice, seed: null }])
      const { status, list } = await ask({ history, requirements: { hide } })
      expect(status).toBe(200)
      expect(idsOf(list)).toEqual([...expected!.items].map((item) => catalogue.ids[item]))
      expect(list.items[0]).toEqual({
        id: list.items[0]!.id,
        title: `Film ${list.items[0]!.id.slice(1)}`,
        rank: 1,
      })
      expect(list.applied).toMatchObject({
        mode: 'profiled',
        mode_source: 'request',
        hide,
        sources: Object.fromEntries(hide.map((name) => [name, 'request'])),
        method: hide.length > 0 ? 'afrl' : null,
        audited: true,
        degraded: false,
        fallback_reason: null,
        history: { source: 'request', length: 4, unknown: 0 },
        ignored: [],
      })
      expect(list.model.digest).toBe(service.digest)
    }
    await engine.release()
  })

  it('knows users of the bundle by their id, and says so', async () => {
    const known = await ask({ user: { id: 'u7' } })
    expect(known.list.applied).toMatchObject({ mode: 'profiled', history: { source: 'stored', unknown: 0 } })
    const again = await ask({ user: { id: 'u7' } })
    expect(idsOf(again.list)).toEqual(idsOf(known.list))
    // What a user has had is not recommended, unless it is asked for.
    const { known: users } = await readBundle(bundle)
    const place = users!.users.get('u7')!
    const had = [
      ...users!.histories.items.subarray(
        users!.histories.offsets[place],
        users!.histories.offsets[place + 1],
      ),
    ]
    const all = await ask({ user: { id: 'u7' }, k: 40 })
    expect(all.list.items).toHaveLength(40 - new Set(had).size)
    const everything = await ask({ user: { id: 'u7' }, k: 40, filters: { exclude_seen: false } })
    expect(everything.list.items).toHaveLength(40)
  })

  it('gives the list for everybody, and says that it is one, to whom it knows no history of', async () => {
    const everybody = await ask({ requirements: { mode: 'non_profiled' } })
    for (const body of [{}, { user: { id: 'nobody' } }, { history: [] }, { history: ['no-such-item'] }]) {
      const { status, list } = await ask({ ...body, requirements: { hide: ['age'] } })
      expect(status).toBe(200)
      expect(idsOf(list)).toEqual(idsOf(everybody.list))
      expect(list.applied).toMatchObject({
        mode: 'non_profiled',
        mode_source: 'fallback',
        degraded: true,
        fallback_reason: 'no_history',
        method: null,
      })
    }
  })

  it('gives everybody the same list without a profile, and says what had no effect', async () => {
    for (const choice of [
      { k: 12 },
      { k: 5, candidates: ['i1', 'i2', 'i3', 'i4', 'i5', 'i6'], seed: 3 },
      { filters: { properties: { genre: ['war'] } } },
    ]) {
      const lists = new Set<string>()
      for (const person of [
        {},
        { user: { id: 'u1' } },
        { user: { id: 'u2' }, history },
        { history: ['i1'] },
      ]) {
        const { list } = await ask({
          ...choice,
          ...person,
          requirements: { mode: 'non_profiled', hide: ['age'] },
        })
        lists.add(JSON.stringify(list.items))
        expect(list.applied).toMatchObject({
          mode: 'non_profiled',
          mode_source: 'request',
          degraded: false,
          hide: ['age'],
        })
        expect(list.applied.ignored).toEqual([
          ...('user' in person ? ['user'] : []),
          ...('history' in person ? ['history'] : []),
          'filters.exclude_seen',
        ])
        expect(list.applied.history).toEqual({ source: 'none', length: 0, unknown: 0 })
      }
      expect(lists.size).toBe(1)
    }
  })

  it('keeps to candidates and filters, and counts items it does not know', async () => {
    const candidates = ['i5', 'i6', 'i7', 'i8', 'i9']
    const few = await ask({ history: [...history, 'i999'], candidates })
    expect(idsOf(few.list).sort()).toEqual(['i5', 'i6', 'i7', 'i9'])
    expect(few.list.applied.history).toEqual({ source: 'request', length: 4, unknown: 1 })
    const war = await ask({ history, k: 40, filters: { properties: { genre: ['war'] } } })
    expect(idsOf(war.list).every((id) => Number(id.slice(1)) % 3 !== 0)).toBe(true)
    expect(war.list.items.length).toBeGreaterThan(20)
  })

  it('orders equal scores by the seed alone', async () => {
    const lists = await Promise.all(
      [null, 1, 1, 2].map(async (seed) => {
        return idsOf((await ask({ seed, k: 40, requirements: { mode: 'non_profiled' } })).list)
      }),
    )
    expect(lists[1]).toEqual(lists[2])
    expect(new Set(lists.map((ids) => ids.join())).size).toBe(3)
    expect(new Set(lists.map((ids) => ids.slice().sort().join())).size).toBe(1)
  })

  it.each([
    [{ requirements: { hdie: ['age'] } }, '/requirements', 'did you mean hide?'],
    [{ requirements: { hide: [], mode: 'profield' } }, '/requirements/mode', ''],
    [{ requirments: {} }, '', 'did you mean requirements?'],
    [{ user: { id: 'u1', gender: 'f' } }, '/user', 'there are id'],
    [{ requirements: { gender: 'f' } }, '/requirements', 'there are hide, mode'],
    [{ requirements: { hide: [{ gender: 'f' }] } }, '/requirements/hide/0', ''],
    [{ requirements: { hide: ['gender=f'] } }, '/requirements/hide/0', 'value'],
    [{ requirements: { hide: ['gender: f'] } }, '/requirements/hide/0', 'value'],
    [{ k: 0 }, '/k', ''],
    [{ k: 41 }, '/k', '40'],
    [{ history: Array.from({ length: 101 }, () => 'i1') }, '/history', '100'],
    [{ candidates: Array.from({ length: 21 }, () => 'i1') }, '/candidates', '20'],
  ])('refuses %j with 400 and the place', async (body, pointer, detail) => {
    const { status, problem, type } = await ask(body)
    expect([status, type]).toEqual([400, 'application/problem+json'])
    expect(problem).toMatchObject({
      code: 'REQUEST_INVALID',
      status: 400,
      type: 'urn:veilrec:error:REQUEST_INVALID',
    })
    expect(problem.errors).toContainEqual({ pointer, detail: expect.stringContaining(detail) as string })
    expect(JSON.stringify(problem)).not.toContain('"f"')
  })

  it.each([
    [{ requirements: { hide: ['religion'] } }, 'ATTRIBUTE_UNKNOWN', ['age', 'gender']],
    [{ filters: { properties: { colour: ['red'] } } }, 'FILTER_UNKNOWN', ['genre']],
    [{ filters: { properties: { genre: ['opera'] } } }, 'FILTER_UNKNOWN', undefined],
    [{ candidates: ['i1', 'i77'] }, 'ITEM_NOT_FOUND', undefined],
  ])('refuses %j with 422 and what there is, and does not repeat it', async (body, code, supported) => {
    const { status, problem } = await ask({ history, ...body })
    expect(status).toBe(422)
    expect(problem.code).toBe(code)
    expect(problem.supported).toEqual(supported)
    for (const word of ['religion', 'colour', 'opera', 'i77'])
      expect(JSON.stringify(problem)).not.toContain(word)
  })

  it('refuses what is no JSON and what is too long', async () => {
    const send = (payload: string, type = 'application/json') => {
      const headers = { 'content-type': type }
      return service.app.inject({ method: 'POST', url: '/v1/recommendations', payload, headers })
    }
    expect((await send('{"k":')).json()).toMatchObject({ code: 'REQUEST_INVALID' })
    expect((await send('k=1', 'text/plain')).json()).toMatchObject({ code: 'REQUEST_INVALID' })
    const long = await send(JSON.stringify({ history: Array.from({ length: 2000 }, () => 'i1234567') }))
    expect([long.statusCode, long.json()]).toMatchObject([413, { code: 'REQUEST_TOO_LARGE' }])
    const lost = await service.app.inject({ url: '/v1/nothing' })
    expect([lost.statusCode, lost.json()]).toMatchObject([404, { code: 'ROUTE_NOT_FOUND' }])
  })
})

describe('POST /v1/recommendations:batch', () => {
  it('answers each request by itself', async () => {
    const { status, list } = await ask(
      {
        requests: [
          { history },
          { history, requirements: { hide: ['religion'] } },
          { history, requirements: { hide: ['age'] } },
        ],
      },
      '/v1/recommendations:batch',
    )
    const { results } = list as unknown as BatchResponse
    expect(status).toBe(200)
    expect(results.map((result) => result.status)).toEqual([200, 422, 200])
    const [first] = results
    if (first === undefined || !('response' in first)) throw new Error('no list')
    expect(idsOf(first.response)).toEqual(idsOf((await ask({ history })).list))
  })

  it('is refused whole for a typo in one, or for too many', async () => {
    const typo = await ask({ requests: [{}, { requirements: { hdie: [] } }] }, '/v1/recommendations:batch')
    expect(typo.problem.errors?.[0]?.pointer).toBe('/requests/1/requirements')
    const many = await ask({ requests: Array.from({ length: 5 }, () => ({})) }, '/v1/recommendations:batch')
    expect(many.status).toBe(400)
  })
})

describe('the documents', () => {
  it('say what can be asked for, as it is configured', async () => {
    const capabilities = (await service.app.inject('/v1/capabilities')).json<Capabilities>()
    expect(capabilities.attributes).toEqual([{ name: 'age' }, { name: 'gender' }])
    expect(capabilities.requirements.map(({ hide, audited }) => [hide.join(), audited])).toEqual([
      ['age', true],
      ['gender', true],
      ['age,gender', true],
    ])
    expect(capabilities.requirements[0]!.audit).toMatchObject({
      kind: 'quick',
      digest: expect.stringMatching(/^sha256:/) as string,
    })
    expect(capabilities).toMatchObject({ unaudited: 'reject', limits: { k: 40, history_used: 16 } })
    expect(capabilities.filters.properties).toEqual([{ name: 'genre', values: ['drama', 'war'] }])
  })

  it('say the main parameters as JSON and as text, by their version', async () => {
    const { list } = await ask({ history })
    const json = await service.app.inject(list.parameters_ref)
    expect(json.json()).toMatchObject({
      signals: [{ name: 'history' }, { name: 'popularity' }, { name: 'filter: genre' }, { used_in: [] }],
    })
    const text = await service.app.inject('/v1/parameters?format=text')
    expect(text.headers['content-type']).toContain('text/plain')
    expect(text.body).toMatch(/age and gender: accuracy \(NDCG@10\) changes on average by -?0\.\d{4} \[/)
    expect((await service.app.inject('/v1/parameters?version=old')).statusCode).toBe(404)
    expect((await service.app.inject('/v1/parameters?fromat=text')).statusCode).toBe(400)
  })

  it('are alive, ready and counted, without anything of a person', async () => {
    expect((await service.app.inject('/livez')).body).toBe('alive\n')
    expect((await service.app.inject('/readyz')).statusCode).toBe(200)
    const metrics = (await service.app.inject('/metrics')).body
    expect(metrics).toMatch(/veilrec_requests_by_mode_total\{mode="profiled"\} [1-9]/)
    expect(metrics).toMatch(/veilrec_fallback_total\{reason="no_history"\} [1-9]/)
    expect(metrics).toMatch(/veilrec_vector_cache_lookups_total\{result="hit"\} [1-9]/)
    expect(metrics).not.toMatch(/gender|age"|u7|i17/)
  })
})

describe('what is written down', () => {
  it('is no user, no item, no switch and nothing else that was sent', async () => {
    const marker = 'xylophone-marker'
    const bodies = [
      { user: { id: marker }, history: [marker] },
      { user: { id: 'u7' }, requirements: { hide: [marker] } },
      { requirements: { [marker]: marker } },
      { [marker]: 1, filters: { properties: { [marker]: [marker] } } },
      { candidates: [marker] },
      { filters: { properties: { genre: [marker] } } },
    ]
    for (const body of bodies) await ask(body)
    await service.app.inject({
      url: `/${marker}?user=${marker}`,
      headers: { 'user-agent': marker, 'x-request-id': marker },
    })
    await service.app.inject({
      method: 'POST',
      url: '/v1/recommendations',
      payload: `{"${marker}`,
      headers: { 'content-type': 'application/json' },
    })
    const written = lines.join('')
    expect(lines.length).toBeGreaterThan(10)
    expect(written).toContain('"route":"/v1/recommendations"')
    expect(written).not.toContain(marker)
    expect(written).not.toMatch(/"(u7|i17|gender|age)"|127\.0\.0\.1/)
    expect((await service.app.inject('/metrics')).body).not.toContain(marker)
  })
})

/** A copy of the bundle that was changed by hand. */
async function tampered(name: string, change: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(scratch, name)
  cpSync(bundle, folder, { recursive: true })
  await change(folder)
  return folder
}

describe('createService', () => {
  it('refuses a bundle with another byte than its digest says', async () => {
    const parameters = await tampered('parameters', async (folder) => {
      const bytes = await readFile(join(folder, 'parameters.safetensors'))
      bytes[bytes.length - 1]! ^= 1
      await writeFile(join(folder, 'parameters.safetensors'), bytes)
    })
    await expect(createService({ bundle: parameters })).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' })
    const manifest = await tampered('manifest', async (folder) => {
      const path = join(folder, 'bundle.json')
      const content = JSON.parse(await readFile(path, 'utf8')) as BundleManifest
      content.veil!.requirements[0]!.audit!.worstHiddenAuc!.value = 0.5
      await writeFile(path, JSON.stringify(content))
    })
    await expect(createService({ bundle: manifest })).rejects.toMatchObject({
      code: 'BUNDLE_CORRUPT',
      message: expect.stringContaining('digest') as string,
    })
    await expect(createService({ bundle: scratch })).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' })
  })

  it('refuses settings that are none, and defaults that it cannot serve', async () => {
    const attempts = [{ prot: 1 }, { defaults: { hide: ['religion'] } }]
    for (const config of attempts) {
      await expect(createService({ bundle, config: config as object })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      })
    }
  })
})
