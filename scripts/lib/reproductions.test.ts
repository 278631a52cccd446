import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { reproduce, type ReproductionResult } from '@veilrec/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { madeUpTable } from '../../packages/lab/fixtures/made-up-table.mjs'
import { reproducedTables, reproductionHeadline, reproductionsTable } from './reproductions.mjs'

const home = mkdtempSync(join(tmpdir(), 'veilrec-docs-reproductions-'))
afterAll(() => rmSync(home, { recursive: true }))

/** As `docs` finds it: what was written, after one cell and after all. */
async function made(cells?: string): Promise<ReproductionResult> {
  const request = { home, paper: 'made-up', threads: 1, tables: [madeUpTable()], out: join(home, 'out') }
  const [{ files }] = (await reproduce({ ...request, ...(cells && { cells }) })) as [
    Awaited<ReturnType<typeof reproduce>>[number],
  ]
  return JSON.parse(await readFile(files.json, 'utf8')) as ReproductionResult
}

let part: ReproductionResult
let whole: ReproductionResult
beforeAll(async () => {
  part = await made('paper/base')
  whole = await made()
}, 120_000)

const about = { paper: 'made-up', table: 'table-1', models: ['pmf'] }
const rowOf = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${name} |`))!
    .split(' | ')

describe('reproductionHeadline', () => {
  it('has the means of the paper and ours by system, and the verdicts', () => {
    const text = reproductionHeadline(whole, about)
    const ours = (metric: string) =>
      whole.rows[0]!.figures.find((one) => one.metric === metric)!.ours!.value.toFixed(4)
    expect(rowOf(text, 'Base').slice(1)).toEqual([
      '0.5000',
      ours('auc'),
      ours('probabilityAuc'),
      '0.2500',
      ours('ndcg@10'),
      'strong enough |',
    ])
    // The paper prints no NDCG of it.
    expect(rowOf(text, 'Erased')[4]).toBe('-')
    expect(rowOf(text, 'Erasure tells less')[2]).toBe('holds |')
    expect(text).toContain('Means over 1 requirements, 1 seed')
    expect(text).toContain('`veilrec reproduce made-up table-1`')
  })

  it('names what was not run', () => {
    const text = reproductionHeadline(part, about)
    expect(rowOf(text, 'Erased').slice(1, 4)).toEqual(['0.5000', 'not run', 'not run'])
    expect(rowOf(text, 'Base')[2]).toMatch(/^0\./)
    expect(rowOf(text, 'Erasure tells less')[2]).toMatch(/^not run: erased/)
    // A row of other data has no system and is left out.
    expect(text).not.toContain('On other data')
  })

  it('takes the mean over all requirements, and none where one is missing', () => {
    const figure = (paper: number | null, value: number) => ({
      metric: 'auc' as const,
      paper,
      ours: { value, interval: { lower: value, upper: value }, seeds: 1, seedDeviation: null },
      difference: null,
    })
    const [base] = whole.rows
    const own = (paper: number | null, value: number, attacker: 'too weak' | 'strong enough') => ({
      ...base!,
      figures: base!.figures.map((one) => (one.metric === 'auc' ? figure(paper, value) : one)),
      attacker,
    })
    const two = { ...whole, rows: [own(0.6, 0.5, 'too weak'), own(0.7, 0.6, 'strong enough')] }
    const row = rowOf(reproductionHeadline(two, about), 'Base')
    expect([row[1], row[2], row[6]]).toEqual(['0.6500', '0.5500', 'not strong enough under 1 of 2 |'])
    const gap = { ...whole, rows: [own(0.6, 0.5, 'too weak'), own(null, 0.6, 'strong enough')] }
    expect(rowOf(reproductionHeadline(gap, about), 'Base')[1]).toBe('-')
  })

  it('says that nothing was run, and what would', () => {
    expect(reproductionHeadline(null, about)).toBe(
      '`made-up table-1` has not been run yet; `veilrec reproduce made-up table-1 --out bench/reproductions` does.',
    )
  })
})

describe('reproductionsTable', () => {
  const listed = [
    { paper: 'made-up', table: 'table-1', title: 'It', citation: '', cells: [], minutes: 0, notRun: [] },
  ]
  const tookOf = (result: ReproductionResult | null): string =>
    rowOf(
      reproductionsTable(listed, () => result),
      '`made-up table-1`',
    )[4]!

  it('says how long it took, the base of several cells once', () => {
    const trained = (base: number, veil: number[], seconds: number | null, row: string) => ({
      id: `paper/${row}/1`,
      state: { kind: 'measured' as const },
      training: {
        base: { name: 'pmf', epochs: 4, bestEpoch: 4, seconds: base },
        veil: veil.map((one) => ({ name: 'it', epochs: 1, bestEpoch: 1, seconds: one })),
      },
      seconds,
    })
    const [base, erased] = [trained(60, [], 5, 'base'), trained(60, [10, 15], 30, 'erased')]
    expect(tookOf({ ...whole, cells: [base, erased] })).toBe('2 min 0 s, 2 of 2 cells |')
    expect(tookOf({ ...whole, cells: [base, { ...erased, seconds: null }] })).toMatch(
      /^at least 1 min 30 s, 2 of 2/,
    )
    expect(tookOf({ ...whole, cells: [{ ...base, state: { kind: 'not run', why: '' } }] })).toBe('- |')
    expect(tookOf(null)).toBe('- |')
  })
})

describe('reproducedTables', () => {
  it('has every table one below the title of the page, and the names of those that were not run', () => {
    const text = reproducedTables([
      { paper: 'made-up', table: 'table-1', result: whole },
      { paper: 'made-up', table: 'table-2', result: null },
    ])
    expect(text).toMatch(/^## A table for tests$/m)
    expect(text).toMatch(/^### Verdicts$/m)
    expect(text).toMatch(/^### Departures from the paper$/m)
    expect(text).toMatch(/^## Not run yet$/m)
    expect(text).toContain('`made-up table-2` has not been run yet')
    expect(text).not.toMatch(/^# /m)
  })
})
