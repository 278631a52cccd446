import {
  axeViolations,
  hasChromium,
  launchChromium,
  smallTargets,
  watchedPage,
  type WatchedPage,
} from '@veilrec/testing/browser'
import { fileURLToPath } from 'node:url'
import { readBundle } from '@veilrec/runtime'
import fastify from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { capabilitiesSchema } from '../api/capabilities.js'
import { recommendationRequestSchema, type RecommendationRequest } from '../api/recommendation-request.js'
import { recommendationResponseSchema, type RecommendationResponse } from '../api/recommendation-response.js'
import { createService } from '../service.js'
import { registerControlPages } from './control-pages.js'

const bundle = fileURLToPath(new URL('../../../runtime/fixtures/bundle-format-1', import.meta.url))

const model = { id: 'films', version: '1', digest: 'sha256:00' }
const capabilities = capabilitiesSchema.parse({
  attributes: [{ name: 'age' }, { name: 'gender' }],
  requirements: [{ hide: ['gender'], method: 'afrl', audited: false, audit: null }],
  unaudited: 'tighten',
  modes: ['profiled', 'non_profiled'],
  filters: { properties: [] },
  limits: { k: 4, batch: 10, history: 500, history_used: 200, candidates: 100, body_bytes: 10_000 },
  model,
})
const titles: Readonly<Record<string, string>> = {
  a: 'Alien',
  b: 'Brazil',
  x: '<img src=x onerror="window.pwned=1">',
}

/** Ids of the list for each requirement; the service tightens `age` to both, and cannot make the list for both. */
const listOf: Readonly<Record<string, string>> = { '': 'abcd', gender: 'abcx', age: 'axyz', all: 'abxy' }

function answer(request: RecommendationRequest): RecommendationResponse {
  const { requirements, k } = request
  const isAll = requirements.hide.length === 2
  const mode = isAll ? 'non_profiled' : requirements.mode
  const hide = requirements.hide.join() === 'age' ? ['age', 'gender'] : requirements.hide
  const ids = mode === 'profiled' ? listOf[requirements.hide.join()] : listOf['all']
  return recommendationResponseSchema.parse({
    request_id: '1',
    items: (ids ?? '')
      .split('')
      .slice(0, k)
      .map((id, i) => ({ id, title: titles[id] ?? null, rank: i + 1 })),
    applied: {
      mode,
      mode_source: 'request',
      hide,
      sources: {},
      method: null,
      audited: false,
      audit_digest: null,
      degraded: isAll,
      fallback_reason: isAll ? 'veil_failed' : null,
      history: { source: 'request', length: 1, unknown: 0 },
      ignored: [],
    },
    model,
    parameters_ref: '/v1/parameters',
    took_ms: 1,
  })
}

describe.skipIf(!hasChromium)('the page to try the veil in a browser', { timeout: 180_000 }, () => {
  const app = fastify()
  let browser: Browser
  let origin: string
  let watched: WatchedPage
  let requests: unknown[]

  beforeAll(async () => {
    await registerControlPages(app)
    origin = await app.listen({ port: 0, host: '127.0.0.1' })
    browser = await launchChromium()
    // A browser takes its time to start on a machine that is busy.
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await app.close()
  }, 60_000)
  afterEach(async () => {
    await watched.page.context().close()
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    watched = await watchedPage(browser, options)
    requests = []
    await watched.page.route('**/v1/capabilities', (route) => route.fulfill({ json: capabilities }))
    await watched.page.route('**/v1/recommendations', (route) => {
      const request: unknown = route.request().postDataJSON()
      requests.push(request)
      return route.fulfill({ json: answer(recommendationRequestSchema.parse(request)) })
    })
    await watched.page.goto(`${origin}/try`)
    await watched.page.getByRole('button', { name: 'Alien' }).waitFor()
    return watched.page
  }

  const show = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Show the lists' }).click()
    await page.getByText('lists, below').waitFor()
  }
  const list = async (page: Page, name: string): Promise<string> =>
    page.locator('.list', { has: page.getByRole('heading', { name, exact: true }) }).innerText()

  test('one history, and a list of it with nothing hidden, with each attribute, with all, without a profile', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Brazil' }).click()
    await page.getByRole('button', { name: 'Alien' }).click()
    await page.getByRole('textbox').fill(' q , a,')
    expect(await page.locator('#history').innerText()).toBe('The history has 3 items.')
    requests = []
    await show(page)
    const history = ['q', 'a', 'b']
    const profiled = (...hide: string[]): object => ({
      history,
      k: 4,
      requirements: { hide, mode: 'profiled' },
    })
    expect(requests).toEqual([
      profiled(),
      profiled('age'),
      profiled('gender'),
      profiled('age', 'gender'),
      { k: 4, requirements: { hide: [], mode: 'non_profiled' } },
    ])
    expect(await page.locator('.list').count()).toBe(5)
    expect(await list(page, 'Nothing hidden')).not.toContain('new')
    const gender = await list(page, 'gender hidden')
    expect(gender).toContain('1 of 4 are not in the list with nothing hidden')
    expect(gender).toContain(`${titles['x']} new`)
    expect(gender).not.toContain('Alien new')
    await page.locator('summary').last().click()
    expect(await list(page, 'gender hidden')).toContain('Nobody has measured')
    expect(await list(page, 'Not profiled')).toContain('Nothing of this history was used')
    expect(watched.complaints).toEqual([])
  })

  test('what the service did instead is said, and titles stay text', async () => {
    const page = await open()
    await page.getByRole('textbox').fill('a')
    await show(page)
    expect(await list(page, 'age hidden')).toContain(
      'The service hid more than it was asked to: gender, too.',
    )
    const all = await list(page, 'All hidden')
    expect(all).toContain('answered without a profile instead (veil_failed)')
    expect(all).not.toContain('What can still be told')
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(watched.complaints).toEqual([])
  })

  test('a list that cannot be made leaves the others standing, and the reason in its place', async () => {
    const page = await open()
    await page.route('**/v1/recommendations', (route) => {
      const { requirements } = recommendationRequestSchema.parse(route.request().postDataJSON())
      const isRefused = requirements.hide.join() === 'gender'
      return isRefused ? route.fulfill({ status: 422, json: { detail: 'not audited' } }) : route.fallback()
    })
    await page.getByRole('textbox').fill('a')
    await show(page)
    expect(await list(page, 'gender hidden')).toContain(
      'The service gave no list. It answered “not audited (422)”.',
    )
    expect(await page.getByRole('status').innerText()).toContain('4 lists, below; 1 could not be made')
    expect(await axeViolations(page)).toEqual([])
  })

  test('an empty history and a silent service are said in words', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Show the lists' }).click()
    expect(await page.getByRole('status').innerText()).toContain('Choose at least one item')
    await page.route('**/v1/capabilities', (route) => route.abort())
    await page.reload()
    await page.getByText('It cannot be reached.').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })

  test('the keyboard alone is enough', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Alien' }).focus()
    await page.keyboard.press('Space')
    expect(await page.getByRole('button', { name: 'Alien', pressed: true }).count()).toBe(1)
    await page.getByRole('textbox').press('Enter')
    await page.getByText('5 lists, below').waitFor()
    await page.locator('summary').first().focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('details[open]').count()).toBe(1)
  })

  test.each([
    ['light', 1280],
    ['dark', 375],
  ] as const)('axe finds nothing and every target is large, %s at width %i', async (colorScheme, width) => {
    const page = await open({ colorScheme, viewport: { width, height: 800 } })
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Alien' }).click()
    await show(page)
    for (const summary of await page.locator('summary').all()) await summary.click()
    expect(await axeViolations(page)).toEqual([])
    expect(await smallTargets(page, 'button, summary, input, a')).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(watched.complaints).toEqual([])
  })

  test('on a real service the lists differ, and the link of the control leads to the main parameters', async () => {
    const service = await createService({ bundle, config: { port: 0, workers: 1 } })
    const { manifest } = (await readBundle(bundle)).model
    try {
      const address = await service.listen()
      watched = await watchedPage(browser, {})
      const { page } = watched
      await page.goto(`${address}/try`)
      await page.locator('.chip').nth(2).click()
      await page.locator('.chip').nth(5).click()
      await show(page)
      const items = await page
        .locator('.list ol')
        .evaluateAll((lists) =>
          lists.map((one) => [...one.children].map((item) => item.firstChild?.textContent)),
        )
      expect(items.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10])
      expect(new Set(items.map((one) => one.join())).size).toBe(5)
      for (const summary of await page.locator('summary').all()) await summary.click()
      for (const [title, hide] of [
        ['All hidden', 'age,gender'],
        ['gender hidden', 'gender'],
      ] as const) {
        const { audit } = manifest.veil!.requirements.find((served) => served.hide.join() === hide)!
        const [auc, low, high] = ['value', 'lower', 'upper'].map((figure) =>
          audit!.worstHiddenAuc[figure as 'value'].toFixed(3),
        )
        expect(await list(page, title)).toContain(`AUC ${auc} [${low}, ${high}]`)
      }
      await page.goto(`${address}/control`)
      expect(watched.complaints).toEqual([])
      await page.getByRole('link', { name: 'main parameters' }).click()
      expect(await page.innerText('body')).toContain('gender')
    } finally {
      await service.drain()
    }
  })
})
