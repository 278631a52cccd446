import {
  axeViolations,
  hasChromium,
  launchChromium,
  smallTargets,
  watchedPage,
  type WatchedPage,
} from '@veilrec/testing/browser'
import fastify from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import type { Capabilities } from '../api/capabilities.js'
import type { Preference } from './browser/veilrec-control.js'
import { registerControlPages } from './control-pages.js'

/** What a page may set. */
type Given = Partial<Preference> & { readonly lang?: string; readonly endpoint?: string }

type Requirement = Capabilities['requirements'][number]
type Audit = NonNullable<Requirement['audit']>

const markup = '<img src=x onerror="window.pwned=1">'

const audit = (auc: [number, number, number], atChance = false): Audit => ({
  kind: 'full',
  ndcg_change: { value: -0.004, low: -0.006, high: -0.002 },
  ndcg_base: 0.2,
  worst_hidden_auc: { value: auc[0], low: auc[1], high: auc[2] },
  worst_hidden: null,
  at_chance: atChance,
  attackers: ['mlp'],
  digest: 'sha256:00',
})
const requirement = (hide: string[], found: Audit | null): Requirement => ({
  hide,
  method: 'linear-erasure',
  audited: found !== null,
  audit: found,
})
const capabilities: Capabilities = {
  attributes: ['age', 'gender', 'occupation', markup].map((name) => ({ name })),
  requirements: [
    requirement(['gender'], audit([0.675, 0.644, 0.704])),
    requirement(['age'], audit([0.51, 0.49, 0.53], true)),
    requirement(['age', 'gender'], audit([0.53, 0.49, 0.57])),
    requirement(['occupation'], null),
  ],
  unaudited: 'serve_flagged',
  modes: ['profiled', 'non_profiled'],
  filters: { properties: [] },
  limits: { k: 100, batch: 10, history: 500, history_used: 200, candidates: 100, body_bytes: 10_000 },
  model: { id: 'films', version: '1', digest: 'sha256:00' },
}

describe.skipIf(!hasChromium)('the control in a browser', { timeout: 180_000 }, () => {
  const app = fastify()
  let browser: Browser
  let origin: string
  let watched: WatchedPage
  const offered = { json: capabilities }
  const down = {
    status: 503,
    json: { title: 'Service Unavailable', detail: 'the queue is full' },
    contentType: 'application/problem+json',
  }

  beforeAll(async () => {
    await registerControlPages(app)
    // A site that embeds the control, whose policy allows no style at all.
    app.get('/site', (_request, reply) =>
      reply
        .type('text/html')
        .header('content-security-policy', "default-src 'none'; script-src 'self'; connect-src 'self'")
        .send('<!doctype html><html lang="en"></html>'),
    )
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

  async function open(options: BrowserContextOptions = {}, answer: object = offered): Promise<Page> {
    watched = await watchedPage(browser, options)
    await watched.page.route('**/v1/capabilities', (route) => route.fulfill(answer))
    await watched.page.goto(`${origin}/control`)
    return watched.page
  }

  const pairOf = (page: Page, name: string): ReturnType<Page['getByRole']> =>
    page.getByRole('radiogroup', { name, exact: true })
  const hiding = (page: Page, name: string): ReturnType<Page['getByRole']> =>
    pairOf(page, name).getByRole('radio', { name: 'Hidden', exact: true })
  const mode = (page: Page, name: 'Profiled' | 'Not profiled'): ReturnType<Page['getByRole']> =>
    page.getByRole('radio', { name, exact: true })
  const told = async (page: Page): Promise<string> => page.getByRole('status').innerText()

  async function set(page: Page, properties: Given): Promise<void> {
    await page.locator('veilrec-control').evaluate((control, given) => {
      Object.assign(control, given)
    }, properties)
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing in any state, ${colorScheme}`, async () => {
      const page = await open({ colorScheme })
      await hiding(page, 'gender').waitFor()
      const states: Given[] = [
        {},
        { mode: 'profiled' },
        { mode: 'profiled', hide: ['gender'] },
        { mode: 'profiled', hide: ['age'] },
        { mode: 'profiled', hide: ['occupation'] },
        { mode: 'profiled', hide: ['age', 'occupation'] },
        { mode: 'non_profiled', hide: ['height'] },
        { lang: 'de', hide: ['age', 'gender'], mode: 'profiled' },
      ]
      for (const state of states) {
        await set(page, state)
        expect([state, await axeViolations(page)]).toEqual([state, []])
      }
      // Nobody answers, then a refusal.
      await page.route('**/silent/v1/capabilities', () => undefined)
      await set(page, { lang: 'en', endpoint: '/silent' })
      expect(await told(page)).toContain('Asking the service')
      expect(await axeViolations(page)).toEqual([])
      expect(watched.complaints).toEqual([])
      await page.route('**/down/v1/capabilities', (route) => route.fulfill(down))
      await set(page, { endpoint: '/down' })
      await page.getByRole('button', { name: 'Ask again' }).waitFor()
      expect(await axeViolations(page)).toEqual([])
    })
  }

  test('axe finds an omission: the check above can fail', async () => {
    const page = await open()
    await page.locator('main').evaluate((main) => main.append(document.createElement('button')))
    expect((await axeViolations(page)).join()).toContain('button-name')
  })

  test('nothing is profiled and nothing is hidden unless the page says so, and both options look alike', async () => {
    const page = await open()
    expect(await mode(page, 'Not profiled').isChecked()).toBe(true)
    expect(await told(page)).toContain('Now chosen: not profiled.')
    await set(page, { mode: 'anything else' as 'profiled' })
    expect(await mode(page, 'Not profiled').isChecked()).toBe(true)
    const options = page.locator('veilrec-control .pair')
    for (let i = 0; i < (await options.count()); i++) {
      const looks = await options.nth(i).evaluate((pair) =>
        [...pair.children].map((option) => {
          const { width, height } = option.getBoundingClientRect()
          const { fontSize, fontWeight, color } = getComputedStyle(option.querySelector('.name') ?? option)
          return JSON.stringify({ width, height, fontSize, fontWeight, color })
        }),
      )
      expect(looks[0]).toBe(looks[1])
    }
  })

  test('one click changes one thing, and the event carries the whole choice', async () => {
    const page = await open()
    const events = page.evaluate<unknown[]>(
      () =>
        new Promise((done) => {
          const seen: unknown[] = []
          document.addEventListener('change', (event) => {
            if (event instanceof CustomEvent) seen.push(event.detail)
            if (seen.length === 4) done(seen)
          })
        }),
    )
    await hiding(page, 'gender').click()
    await mode(page, 'Profiled').click()
    await hiding(page, 'age').click()
    await pairOf(page, 'gender').getByText('Not hidden').click()
    expect(await events).toEqual([
      { hide: ['gender'], mode: 'non_profiled' },
      { hide: ['gender'], mode: 'profiled' },
      { hide: ['age', 'gender'], mode: 'profiled' },
      { hide: ['age'], mode: 'profiled' },
    ])
    expect(await page.locator('#request').innerText()).toBe(
      '{"requirements":{"hide":["age"],"mode":"profiled"}}',
    )
    expect(watched.complaints).toEqual([])
  })

  test('the page keeps the choice in its tab', async () => {
    const page = await open()
    await mode(page, 'Profiled').click()
    await hiding(page, 'gender').click()
    await page.reload()
    expect(await hiding(page, 'gender').isChecked()).toBe(true)
    expect(await mode(page, 'Profiled').isChecked()).toBe(true)
    await page.evaluate(() => sessionStorage.setItem('veilrec-preference', '{"hide":7,"mode":["profiled"]}'))
    await page.reload()
    expect(await mode(page, 'Not profiled').isChecked()).toBe(true)
  })

  test('the keyboard reaches and changes everything, and shows where it is', async () => {
    const page = await open()
    await hiding(page, 'gender').waitFor()
    const focused = async (): Promise<string> =>
      page.evaluate(() => {
        const active = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
        const box = active?.closest('label') ?? active
        if (active === null || box === null || box === undefined) return 'nothing'
        const { outlineStyle, outlineWidth } = getComputedStyle(box)
        const name = box.textContent?.trim() ?? ''
        return outlineStyle === 'solid' && outlineWidth === '3px' ? name : `${name}, not visible`
      })
    const walk: string[] = []
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab')
      walk.push(await focused())
    }
    expect(walk).toEqual([
      'Veilrec',
      'Your choice',
      'Try the veil',
      expect.stringContaining('Not profiledThe same list'),
      'Not hidden',
      'Not hidden',
      'Not hidden',
      'Not hidden',
      'What these recommendations are made of (main parameters)',
      'See what it changes in a list',
    ])
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowLeft')
    expect(await focused()).toBe('Hidden')
    expect(await hiding(page, 'gender').isChecked()).toBe(true)
    for (let i = 0; i < 2; i++) await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowRight')
    expect(await told(page)).toContain('Now chosen: profiled, with gender hidden.')
  })

  test.each([375, 1100])(
    'every target is at least 44 pixels, and nothing is cut off, at width %i',
    async (width) => {
      const page = await open({ viewport: { width, height: 800 } })
      await hiding(page, 'gender').waitFor()
      expect(await smallTargets(page, 'label, button, a')).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    },
  )

  test('what is promised is what the audit of exactly this choice found', async () => {
    const page = await open()
    const after = async (hide: string[]): Promise<string> => {
      await set(page, { mode: 'profiled', hide })
      return told(page)
    }
    const gender = await after(['gender'])
    expect(gender).toContain('can still tell gender better than by guessing')
    expect(gender).toContain('68 of 100 cases (64 to 70)')
    expect(gender).toContain('AUC 0.675 [0.644, 0.704]')
    expect(gender).toContain('lists fit 2% worse than without a veil (1% to 3%)')
    expect(await after(['age'])).toContain('found no attacker who can tell age noticeably better')
    expect(await after(['age', 'gender'])).toContain('could not decide')
    expect(await after(['occupation'])).toContain('Nobody has measured')
    expect(await after(['age', 'occupation'])).toContain('does not offer this combination')
    expect(await after([])).toContain('There is no veil')
    await set(page, { mode: 'non_profiled', hide: ['gender'] })
    expect(await told(page)).toContain('gender will be hidden if you choose a profile')
  })

  test('names from the service stay text', async () => {
    const page = await open()
    await hiding(page, markup).click()
    await mode(page, 'Profiled').click()
    expect(await told(page)).toContain(`with ${markup} hidden`)
    expect(await page.locator('veilrec-control img').count()).toBe(0)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(watched.complaints).toEqual([])
  })

  test('a service that fails is said to, nothing chosen is lost, and asking again mends it', async () => {
    const page = await open({}, down)
    const again = page.getByRole('button', { name: 'Ask again' })
    await again.waitFor()
    expect(await told(page)).toContain('It answered “the queue is full (503)”.')
    await set(page, { hide: ['gender'] })
    await mode(page, 'Profiled').click()
    expect(await told(page)).toContain('Now chosen: profiled, with gender hidden.')
    expect(await hiding(page, 'gender').isChecked()).toBe(true)

    await page.unroute('**/v1/capabilities')
    await page.route('**/v1/capabilities', (route) => route.fulfill(offered))
    await again.focus()
    await page.keyboard.press('Enter')
    await hiding(page, 'age').waitFor()
    expect(await told(page)).not.toContain('did not say')
    expect(await again.isVisible()).toBe(false)
    expect(await mode(page, 'Profiled').evaluate((radio) => radio.matches(':focus'))).toBe(true)
  })

  test.each([
    ['no JSON', { body: '<html>' }, 'could not be understood (the answer is not an object)'],
    ['another shape', { json: { attributes: [{}], requirements: [] } }, 'could not be understood'],
    ['a refusal without words', { status: 404, body: '' }, 'It answered “HTTP 404”.'],
  ])('an answer that is %s is an error in words', async (_name, answer, words) => {
    const page = await open({}, answer)
    await page.getByRole('button', { name: 'Ask again' }).waitFor()
    expect(await told(page)).toContain(words)
  })

  test('a site embeds it: attributes, early properties, own words, a service below a path', async () => {
    const page = await open()
    await page.route('**/recs/v1/capabilities', (route) => route.fulfill(offered))
    await page.goto(`${origin}/site`)
    await page.evaluate(() => {
      const early = Object.assign(document.createElement('veilrec-control'), {
        hide: ['gender'],
        labels: { attributes: { gender: 'your sex' } },
      })
      early.setAttribute('endpoint', '/recs')
      early.setAttribute('mode', 'profiled')
      const second = document.createElement('veilrec-control')
      second.setAttribute('hide', ' age , gender,')
      second.setAttribute('endpoint', 'javascript:alert(1)')
      document.body.append(early, second)
      const script = document.createElement('script')
      script.type = 'module'
      script.src = '/control/veilrec-control.js'
      document.body.append(script)
    })
    const [first, second] = await page.locator('veilrec-control').all()
    expect(await first?.getByRole('status').innerText()).toContain('profiled, with your sex hidden.')
    expect(await first?.getByRole('link').getAttribute('href')).toBe(
      `${origin}/recs/v1/parameters?format=text`,
    )
    expect(await second?.getByRole('status').innerText()).toContain('cannot be reached')
    expect(await second?.getByRole('radio', { name: 'Hidden', exact: true }).count()).toBe(2)
    expect(await second?.getByRole('link').count()).toBe(0)
    const border = await first
      ?.locator('.option')
      .first()
      .evaluate((option) => getComputedStyle(option).borderTopStyle)
    expect(border).toBe('solid')
  })

  test('forced colours and reduced motion are respected', async () => {
    const page = await open({ forcedColors: 'active', reducedMotion: 'reduce' })
    const option = page.locator('veilrec-control .option').first()
    const style = async (name: 'transitionDuration' | 'borderTopWidth'): Promise<string> =>
      option.evaluate((element, key) => getComputedStyle(element)[key], name)
    expect(await style('borderTopWidth')).toBe('2px')
    expect(await style('transitionDuration')).toBe('0s')
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' })
    expect(await style('transitionDuration')).toContain('0.12s')
  })
})
