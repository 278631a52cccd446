import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { RecommendationResponse } from '../api/recommendation-response.js'
import { createService, type Service } from '../service.js'
import { selfCheckService } from './self-check-service.js'

const bundle = fileURLToPath(new URL('../../../runtime/fixtures/bundle-format-1', import.meta.url))
let service: Service
let url = ''
beforeAll(async () => {
  service = await createService({ bundle, config: { port: 0, workers: 1, drain: { graceSeconds: 0 } } })
  url = await service.listen()
}, 60_000)
afterAll(() => service.drain())

interface Body {
  requirements?: { mode?: string; hide?: unknown[] }
  history?: string[]
  [field: string]: unknown
}

/** What a deliberately broken server does to requests and answers of the real one. */
interface Damage {
  readonly request?: (body: Body) => Body
  readonly answer?: (list: RecommendationResponse, body: Body) => RecommendationResponse
}

async function brokenServer({
  request = (body) => body,
  answer,
}: Damage): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      void (async () => {
        const text = Buffer.concat(chunks).toString()
        const body = text === '' ? undefined : (JSON.parse(text) as Body)
        const real = await service.app.inject({
          method: incoming.method as 'GET' | 'POST',
          url: incoming.url!,
          ...(body && { payload: request(body) }),
        })
        const isList = real.statusCode === 200 && body !== undefined && answer !== undefined
        const payload = isList ? JSON.stringify(answer(real.json<RecommendationResponse>(), body)) : real.body
        outgoing
          .writeHead(real.statusCode, { 'content-type': String(real.headers['content-type']) })
          .end(payload)
      })()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Names of the checks that fail. */
async function broken(damage: Damage): Promise<string[]> {
  const { server, url: address } = await brokenServer(damage)
  try {
    const { checks, passed } = await selfCheckService({ url: address, bundle })
    expect(passed).toBe(checks.every((check) => check.passed !== false))
    return checks.filter((check) => check.passed === false).map(({ name }) => name)
  } finally {
    server.close()
  }
}

const known = ['user', 'history', 'k', 'candidates', 'filters', 'requirements', 'seed']

describe('selfCheckService', () => {
  it('finds every promise kept by the service', async () => {
    const { checks, passed } = await selfCheckService({ url, bundle })
    expect(checks.map((check) => [check.name, check.passed])).toEqual([
      ['non-profiled-invariance', true],
      ['fail-closed', true],
      ['typo-refused', true],
      ['unknown-attribute-refused', true],
      ['value-refused', true],
      ['equals-offline', true],
    ])
    expect(passed).toBe(true)
  })

  it('says what it could not look at without a bundle', async () => {
    const { checks, passed } = await selfCheckService({ url })
    expect(checks.at(-1)).toMatchObject({ name: 'equals-offline', passed: null })
    expect(passed).toBe(true)
  })

  it.each<[string, Damage, string]>([
    [
      'uses the history in a list for everybody',
      {
        answer: (list, { history, requirements }) =>
          requirements?.mode === 'non_profiled' && history
            ? { ...list, items: list.items.filter(({ id }) => !history.includes(id)) }
            : list,
      },
      'non-profiled-invariance',
    ],
    [
      'does not say that a history had no effect',
      { answer: (list) => ({ ...list, applied: { ...list.applied, ignored: [] } }) },
      'non-profiled-invariance',
    ],
    [
      'hides that it fell back',
      { answer: (list) => ({ ...list, applied: { ...list.applied, degraded: false } }) },
      'fail-closed',
    ],
    [
      'ignores fields it does not know',
      {
        request: (body) => Object.fromEntries(Object.entries(body).filter(([name]) => known.includes(name))),
      },
      'typo-refused',
    ],
    [
      'ignores misspelt switches',
      {
        request: ({ requirements, ...body }) => {
          const { hide, mode } = requirements ?? {}
          return {
            ...body,
            requirements: { ...(hide && { hide }), ...(mode === 'non_profiled' && { mode }) },
          }
        },
      },
      'typo-refused',
    ],
    [
      'drops attributes it does not know',
      {
        request: ({ requirements = {}, ...body }) => ({
          ...body,
          requirements: {
            ...requirements,
            hide: (requirements.hide ?? []).filter((name) => name !== 'selfcheck-no-such-attribute'),
          },
        }),
      },
      'unknown-attribute-refused',
    ],
    [
      'takes values of attributes of a user',
      { request: ({ user, ...body }) => (user ? { ...body, user: { id: 'somebody' } } : body) },
      'value-refused',
    ],
    [
      'does not hide what it is asked to',
      { request: ({ requirements, ...body }) => ({ ...body, requirements: { ...requirements, hide: [] } }) },
      'equals-offline',
    ],
    [
      'gives items in another order',
      { answer: (list) => ({ ...list, items: list.items.slice().reverse() }) },
      'equals-offline',
    ],
  ])('catches a server that %s', async (_, damage, name) => {
    expect(await broken(damage)).toContain(name)
  })

  it('refuses to judge what is no service', async () => {
    const { server, url: address } = await brokenServer({})
    await expect(selfCheckService({ url: `${address}/nothing` })).rejects.toMatchObject({
      code: 'SELF_CHECK_FAILED',
    })
    server.close()
    await expect(selfCheckService({ url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'SELF_CHECK_FAILED',
    })
  })
})
