import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { registerControlPages } from './control-pages.js'

const app = fastify()

beforeAll(async () => {
  await registerControlPages(app)
})
afterAll(async () => {
  await app.close()
})

const get = async (
  url: string,
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> => {
  const { statusCode, body, headers } = await app.inject({ url })
  return { status: statusCode, text: body, headers }
}

test.each(['/control', '/try'])('%s allows nothing inline, and all that it names is there', async (url) => {
  const { text, headers } = await get(url)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|http:|https:|\*/)
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(text).not.toMatch(/\son\w+=|style=|<style|javascript:|<script>/)
  const named = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address = '']) => address)
  expect(named).toContain('control/pages.css')
  const answers = await Promise.all(
    named.map(async (address) => [address, (await get(`/${address}`)).status]),
  )
  expect(answers.filter(([, status]) => status !== 200)).toEqual([])
})

test('every module that a module imports is served, and each only imports neighbours', async () => {
  const seen = new Set(['veilrec-control', 'control-page', 'try-page'])
  for (const name of seen) {
    const { status, text, headers } = await get(`/control/${name}.js`)
    expect([name, status]).toEqual([name, 200])
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    for (const [, from = ''] of text.matchAll(/^(?:import|export)(?:[^'"\n]* from)? ['"]([^'"]+)['"]/gm)) {
      const neighbour = /^\.\/([\w-]+)\.js$/.exec(from)?.[1]
      expect(`${name} imports ${from}`).toBe(`${name} imports ./${neighbour}.js`)
      seen.add(neighbour ?? '')
    }
  }
  expect(seen.size).toBeGreaterThan(10)
  expect((await get('/control/package.json')).status).toBe(404)
})

test('below a prefix the same pages work, because their addresses are relative', async () => {
  const outer = fastify()
  await outer.register(registerControlPages, { prefix: '/recs' })
  const { body } = await outer.inject({ url: '/recs/control' })
  expect(body).not.toMatch(/(?:href|src|endpoint)="\//)
  expect((await outer.inject({ url: '/recs/control/veilrec-control.js' })).statusCode).toBe(200)
  await outer.close()
})
