import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { axeViolations, hasChromium, launchChromium } from '@veilrec/testing/browser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { auditDocumentSchema } from '../audit/audit-document.js'
import type { AuditedAttribute, AuditResult, AuditRow, JudgedAttack } from '../audit/audit-result.js'
import type { RunManifest } from '../run-manifest.js'
import type { VeilManifest } from '../veils/veil-manifest.js'
import { comparisonsOf, type Comparison } from './comparisons.js'
import { standaloneSvg } from './figure.js'
import { paretoFigure } from './figures/pareto-figure.js'
import { headline } from './headline.js'
import { renderMarkup } from './markup.js'
import { hypervolumePart } from './parts/trade-off.js'
import { reportDocument } from './report-document.js'
import type { ReportSource } from './report-sources.js'
import { report } from './report.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-report-'))
afterAll(() => rmSync(home, { recursive: true }))

/** A committed audit of MovieLens-1M: a real document with eight rows and three attributes. */
function committedAudit(name: 'sasrec' | 'filters' | 'pmf'): AuditResult {
  const url = new URL(`../../../../bench/results/ml-1m-audit-${name}.json`, import.meta.url)
  const { results } = JSON.parse(readFileSync(url, 'utf8')) as { results: { audit: unknown } }
  return auditDocumentSchema.parse(results.audit)
}

const erasure = committedAudit('sasrec')
const filters = committedAudit('filters')
const pmf = committedAudit('pmf')

function sourceOf(audit: AuditResult, file = 'audit.json'): ReportSource {
  return { run: null, stored: { file, audit } }
}

function comparisonOf(...audits: readonly AuditResult[]): Comparison {
  const [first, ...others] = comparisonsOf(audits.map((audit) => sourceOf(audit)))
  expect(others).toHaveLength(0)
  return first!
}

/** The attack with another AUC, and an interval of 0.02 around it; without figures for null. */
function attackAt(attack: JudgedAttack, auc: number | null, margin = 0.02): JudgedAttack {
  if (auc === null) {
    return { ...attack, state: 'dead', reason: 'dead probe', auc, interval: null, atChance: null }
  }
  const interval = { lower: auc - margin, upper: auc + margin }
  return { ...attack, state: 'measured', auc, interval, atChance: interval.upper < 0.55 }
}

/** The audit with every hidden attribute of every row at one AUC, from vectors and from lists. */
function hiddenAt(audit: AuditResult, auc: number | null, margin?: number): AuditResult {
  const attacked = (one: AuditedAttribute): AuditedAttribute => ({
    ...one,
    vectors: attackAt(one.vectors, auc, margin),
    unmaskedList: one.unmaskedList === null ? null : attackAt(one.unmaskedList, auc, margin),
  })
  const rowAt = (row: AuditRow): AuditRow => {
    const attacks = row.attacks.map((one) => (one.hidden ? attacked(one) : one))
    const { vectors, attribute } = attacks.find(({ hidden }) => hidden)!
    const { interval, atChance } = vectors
    const worstHidden =
      auc === null || interval === null || atChance === null
        ? null
        : ({ attribute, evidence: 'vectors', auc, interval, atChance } as const)
    return { ...row, attacks, worstHidden }
  }
  return { ...audit, rows: audit.rows.map((row) => (row.veil === null ? row : rowAt(row))) }
}

/** Names of methods, data and groups as an enemy would choose them. */
function hostile(audit: AuditResult): AuditResult {
  const evil = '<script>window.hit=1</script>"\'><img src=x onerror=window.hit=1>&amp;\u0000'
  return JSON.parse(
    JSON.stringify({ ...audit, run: evil, dataset: { ...audit.dataset, name: evil }, notAttacked: [evil] })
      .replaceAll('"linear-erasure"', JSON.stringify(evil))
      .replaceAll('"gender"', JSON.stringify(`gender${evil}`)),
  ) as AuditResult
}

describe('comparisonsOf', () => {
  it('puts audits of the same training side by side, with one letter for a requirement', () => {
    const { veils, veiled, requirements, base } = comparisonOf(erasure, filters)
    expect(veils).toEqual(['linear-erasure', 'filters'])
    expect(veiled).toHaveLength(14)
    expect(requirements.map(({ key }) => key).join('')).toBe('abcdefg')
    expect(new Set(veiled.map(({ key, name }) => `${key} ${name}`)).size).toBe(7)
    expect(base.key).toBe('*')
    expect(base.leakage!.auc).toBe(Math.max(...erasure.rows[0]!.attacks.map(({ vectors }) => vectors.auc!)))
  })

  it.each<[string, Partial<AuditResult>]>([
    ['data', { dataset: { name: 'ml-1m', hash: 'other' } }],
    ['settings', { configHash: 'other' }],
    ['training seed', { trainingSeed: 2 }],
    ['kind of audit', { isQuick: true }],
    ['attackers', { attackers: { vectors: ['mlp'], lists: [] } }],
    ['attributes', { rows: filters.rows.map((row) => ({ ...row, attacks: row.attacks.slice(1) })) }],
  ])('keeps audits of other %s apart', (_, change) => {
    const comparisons = comparisonsOf([erasure, { ...filters, ...change }].map((audit) => sourceOf(audit)))
    expect(comparisons.map(({ veils }) => veils)).toEqual([['linear-erasure'], ['filters']])
    expect(comparisons.map(({ id }) => id)).toEqual(['films', 'films-2'])
  })

  it('takes a row that two audits have from the first, and says so', () => {
    const { veiled, repeated } = comparisonOf(erasure, erasure)
    expect(veiled).toHaveLength(7)
    expect(repeated).toContain('linear-erasure (gender)')
  })
})

describe('headline', () => {
  const { attacks } = erasure.rows[0]!
  const bare = attacks.map(({ vectors }) => vectors).toSorted((a, b) => b.auc! - a.auc!)[0]!

  it('says the worst of all requirements, and the range of what they cost', () => {
    const { sentence, veils } = headline(comparisonOf(hiddenAt(erasure, 0.61)))
    expect(sentence).toMatch(
      new RegExp(`^Without a veil an attacker tells ${bare.attribute} with AUC ${bare.auc!.toFixed(3)} \\[`),
    )
    expect(sentence).toContain('can still be told with AUC 0.610 [0.590, 0.630] from vectors')
    expect(sentence).toMatch(
      /in the worst of 7 requirements, hiding .*, at a cost of \d.* to \d+ % of NDCG@10\.$/,
    )
    expect(veils).toEqual([])
  })

  it('calls nothing told only when everything is at chance', () => {
    expect(headline(comparisonOf(hiddenAt(erasure, 0.5))).sentence).toContain(
      'nothing that is hidden can be told (highest upper bound 0.520)',
    )
    const undecided = headline(comparisonOf(hiddenAt(erasure, 0.53, 0.05))).sentence
    expect(undecided).toContain('nothing that is hidden was told beyond doubt')
    expect(undecided).toContain('12 of 12 hidden attributes are undecided')
    const dead = headline(comparisonOf(hiddenAt(erasure, null))).sentence
    expect(dead).toContain('12 of 12 have an attack without a figure')
    expect(dead).not.toContain('can be told (')
  })

  it('speaks of each of several veils, and begins a quick audit with a warning', () => {
    const { sentence, veils } = headline(comparisonOf(hiddenAt(erasure, 0.5), hiddenAt(filters, 0.6)))
    expect(sentence).toMatch(/; behind 1 of 2 veils something that is hidden can still be told\.$/)
    expect(veils.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'Behind linear-erasure',
      'Behind filters',
    ])
    expect(headline(comparisonOf({ ...erasure, isQuick: true })).sentence).toMatch(
      /^First look, not to be quoted: without/,
    )
  })
})

describe('paretoFigure', () => {
  it('draws nothing that compares nothing, and names what has no figure', () => {
    expect(paretoFigure(comparisonOf(pmf))).toBeNull()
    expect(paretoFigure(comparisonOf(hiddenAt(erasure, null)))).toBeNull()
    const [first, ...rest] = hiddenAt(erasure, null).rows
    const half = { ...erasure, rows: [first!, ...rest.slice(0, 3), ...erasure.rows.slice(4)] }
    expect(paretoFigure(comparisonOf(half))!.caption).toContain(
      'Not drawn, as no attack on it has a figure: ',
    )
  })

  it('leaves a point off the front and out of the hypervolume when an attack on it has no figure', () => {
    const best = hiddenAt(erasure, 0.51)
    const blind = (row: AuditRow): AuditRow => ({
      ...row,
      attacks: row.attacks.map((one) =>
        one.hidden ? { ...one, vectors: attackAt(one.vectors, null) } : one,
      ),
    })
    const [bare, first, ...rest] = best.rows
    const comparison = comparisonOf({ ...best, rows: [bare!, blind(first!), ...rest] })
    const figure = paretoFigure(comparison)!
    expect(figure.caption).toContain('Of an empty mark some attack has no figure')
    const behind = figure.tables[0]!.groups[1]!.rows.map((cells) => cells.at(-1))
    expect(behind.map((cell) => cell === 'an attack has no figure')).toEqual([true, ...rest.map(() => false)])
    const rendered = renderMarkup(hypervolumePart(comparison))
    expect(rendered).toContain('mean of the 6 with all figures')
    expect(rendered.match(/<td>-<\/td>/g)).toHaveLength(1)
  })
})

describe('reportDocument', () => {
  it('gives equal inputs equal bytes', () => {
    const make = (): string =>
      reportDocument(
        [erasure, filters, pmf].map((audit) => sourceOf(audit)),
        [],
      ).html
    expect(make()).toBe(make())
  })

  it('keeps hostile names apart from its own markup', () => {
    const { html, figures } = reportDocument([sourceOf(hostile(erasure))], [])
    expect(html).not.toMatch(/<(script|img)/i)
    expect(html).toContain('&lt;script&gt;')
    for (const figure of figures) {
      expect(standaloneSvg(figure)).not.toMatch(/<(script|img)/i)
      expect(figure.id).toMatch(/^[A-Za-z0-9-]+$/)
    }
  })

  it('does not pass over a veil that no audit has', () => {
    const leftOut = { ...erasure, notAttacked: ['the veil filters, left out on request'] }
    const run = (id: string): ReportSource => ({
      run: {
        name: 'films',
        folder: 'films',
        manifest: {
          bestEpoch: 1,
          epochs: 1,
          bestValidation: 0.1,
          trainingSeconds: 1,
          parameters: 1,
          seed: 1,
        } as RunManifest,
        metrics: [],
        veils: [{ id, method: id } as VeilManifest],
      },
      stored: { file: 'audit.json', audit: leftOut },
    })
    expect(reportDocument([run('filters')], []).html).toContain('the veil filters, left out on request')
    expect(reportDocument([run('afrl')], []).html).toContain('the veil afrl, which was made after the audit')
    const both = reportDocument([run('filters'), sourceOf(filters)], []).html
    expect(both).not.toContain('the veil filters, ')
  })

  it('says what failed, and that chapters cannot be compared', () => {
    const failed = {
      ...erasure,
      validity: [{ name: 'shuffled-labels', passed: false, detail: 'leak' } as const],
    }
    const { html } = reportDocument([sourceOf(failed), sourceOf(pmf)], [])
    expect(html).toContain('A check of the measurement failed. Do not rely on these figures')
    expect(html).toContain('Figures of different chapters cannot be compared')
    expect(html).toContain('No veil has been audited.')
  })

  it('has a table of data for every figure, and no id twice', () => {
    const { html, figures } = reportDocument([sourceOf(erasure), sourceOf(pmf)], [])
    for (const { tables, description } of figures) {
      expect(tables.flatMap(({ groups }) => groups.flatMap(({ rows }) => rows)).length).toBeGreaterThan(0)
      expect(description.length).toBeGreaterThan(40)
    }
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('report', () => {
  const accuracy = {
    users: 6040,
    'ndcg@10': { value: 0.16, interval: { lower: 0.15, upper: 0.17 } },
    'hit@10': { value: 0.3, interval: { lower: 0.29, upper: 0.31 } },
    'ndcg@10-untied': null,
    'ndcg@10-attack-test': null,
  }

  /** A finished run without parameters, which a report does not need. */
  async function addRun(name: string, audit: AuditResult | null, changes: object = {}): Promise<string> {
    const folder = join(home, 'runs', name)
    await mkdir(folder, { recursive: true })
    const { configHash = 'c', dataset = { name: 'gone', hash: 'h' }, trainingSeed: seed = 1 } = audit ?? {}
    const manifest = {
      formatVersion: 2,
      veilrecVersion: '0.1.0',
      name,
      model: 'pmf',
      config: { model: {}, training: {} },
      configHash,
      dataset,
      seed,
      threads: 1,
      versions: { node: '20' },
      cpu: 'some processor',
      status: 'finished',
      epochs: 3,
      bestEpoch: 2,
      bestValidation: 0.17,
      trainingSeconds: 9,
      parameters: 100,
      test: { model: accuracy, popularity: accuracy },
      ...changes,
    }
    await writeFile(join(folder, 'run.json'), JSON.stringify(manifest))
    const metrics = [
      { epoch: 1, loss: 3 },
      { epoch: 2, loss: 2 },
      { epoch: 2, 'validation ndcg@10': 0.17 },
    ]
    await writeFile(
      join(folder, 'metrics.jsonl'),
      [...metrics.map((line) => JSON.stringify(line)), '{"epo'].join('\n'),
    )
    if (audit !== null) await writeFile(join(folder, 'audit.json'), JSON.stringify(audit))
    return folder
  }

  beforeAll(async () => {
    await addRun('audited', erasure)
    await addRun('bare', null)
  })

  it('writes one page, and every figure as SVG and PNG', async () => {
    const [out, figures] = [join(home, 'r.html'), join(home, 'figures')]
    const result = await report({ home, subjects: ['audited', 'bare', 'audited'], out, figures })
    const html = await readFile(out, 'utf8')
    expect(result).toMatchObject({ file: out, bytes: Buffer.byteLength(html), unaudited: ['bare'] })
    expect(result.findings.map(({ subject }) => subject)).toEqual([
      'films: sasrec on ml-1m',
      'bare: pmf on gone, not audited',
    ])
    expect(html).toContain('veilrec audit bare')
    expect(html).toContain('There is no data set ml-1m here any more')
    expect(html).not.toContain(home)
    expect((await readdir(figures)).toSorted()).toEqual(
      ['films-accuracy-leakage', 'films-groups', 'films-leakage', 'films-training', 'bare-training']
        .flatMap((name) => [`${name}.png`, `${name}.svg`])
        .toSorted(),
    )
    const png = await readFile(join(figures, 'films-leakage.png'))
    expect([...png.subarray(1, 4)].map((code) => String.fromCodePoint(code)).join('')).toBe('PNG')
    // Twice the width of the picture; a picture without its text would be a tenth of the size.
    expect(png.readUInt32BE(16)).toBe(1720)
    expect(png.length).toBeGreaterThan(40_000)
  }, 120_000)

  it('goes into the folder of the run unless told otherwise', async () => {
    const { file, figures } = await report({ home, subjects: ['bare'] })
    expect(file).toBe(join(home, 'runs', 'bare', 'report.html'))
    expect(figures).toEqual([])
    expect(existsSync(file)).toBe(true)
  })

  it('refuses what it cannot report on, and says why', async () => {
    const out = join(home, 'never.html')
    const notAudit = join(home, 'vectors.json')
    await writeFile(notAudit, JSON.stringify({ formatVersion: 1, attributes: {} }))
    const file = async (name: string, change: object): Promise<string> => {
      const path = join(home, name)
      await writeFile(path, JSON.stringify({ ...erasure, ...change }))
      return path
    }
    await addRun('unfinished', null, { status: 'training' })
    await addRun('swapped', { ...erasure, configHash: 'other' }, { configHash: 'mine' })
    const cases: [string[], string, RegExp][] = [
      [[], 'INVALID_ARGUMENT', /nothing to report on/],
      [['nobody'], 'RUN_NOT_FOUND', /no run "nobody"/],
      [['unfinished'], 'RUN_UNFINISHED', /not been trained/],
      [['swapped'], 'RUN_CORRUPT', /another training/],
      [[notAudit], 'AUDIT_UNREADABLE', /no rows/],
      [[await file('old.json', { formatVersion: 1 })], 'AUDIT_UNREADABLE', /format 1/],
      [[await file('new.json', { formatVersion: 99 })], 'FORMAT_TOO_NEW', /format 99/],
      [[await file('odd.json', { seed: 'one' })], 'AUDIT_UNREADABLE', /seed/],
      [[join(home, 'missing.json')], 'FILE_UNREADABLE', /missing\.json/],
    ]
    for (const [subjects, code, message] of cases) {
      await expect(report({ home, subjects, out })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
      })
    }
    await expect(report({ home, subjects: [join(home, 'old.json')] })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    })
    await expect(
      report({ home, subjects: ['bare'], out: join(home, 'no', 'where.html') }),
    ).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    })
    await expect(
      report({ home, subjects: ['bare'], out, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    })
    const sound = await file('sound.json', {})
    await expect(report({ home, subjects: [sound] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(existsSync(out)).toBe(false)
  })
})

describe.skipIf(!hasChromium)('the page in a browser', () => {
  let browser: Browser
  const url = pathToFileURL(join(home, 'page.html')).href

  beforeAll(async () => {
    const sources = [filters, hostile(erasure)].map((audit) => sourceOf(audit))
    await writeFile(join(home, 'page.html'), reportDocument(sources, []).html)
    browser = await launchChromium()
  }, 180_000)

  afterAll(() => browser.close())

  /** The page at a width, and what it asked for besides itself. */
  async function open(width: number): Promise<{ readonly page: Page; readonly requests: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, bypassCSP: true })
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(url, { timeout: 120_000 })
    return { page, requests: requests.filter((one) => one !== url && !one.startsWith('data:')) }
  }

  it.each([1280, 360])(
    'is accessible, loads nothing and is no wider than %i pixels',
    async (width) => {
      const { page, requests } = await open(width)
      // What is folded is not looked at otherwise.
      await page.locator('details').evaluateAll((all) => {
        for (const one of all) one.setAttribute('open', '')
      })
      expect(await axeViolations(page)).toEqual([])
      expect(requests).toEqual([])
      expect(await page.evaluate('window.hit')).toBeUndefined()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      const shown = width > 720 ? '.wide svg' : '.narrow svg'
      expect(await page.locator(shown).first().isVisible()).toBe(true)
      expect(await page.locator('svg:visible').count()).toBe((await page.locator('svg').count()) / 2)
      await page.close()
    },
    300_000,
  )

  it('prints with every table, though they are folded on the screen', async () => {
    const { page } = await open(1280)
    const table = page.locator('figure details table').first()
    expect(await table.isVisible()).toBe(false)
    await page.emulateMedia({ media: 'print' })
    expect(await table.isVisible()).toBe(true)
    expect((await page.pdf()).length).toBeGreaterThan(50_000)
    await page.close()
  }, 300_000)
})
