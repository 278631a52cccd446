import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { VeilrecError } from '@veilrec/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { madeUpTable } from '../../fixtures/made-up-table.mjs'
import type { PaperRow, PaperTable } from './paper-table.js'
import { reproduce, type ReproduceRequest } from './reproduce.js'
import { reproductionMarkdown } from './reproduction-markdown.js'
import type { ReproductionResult } from './reproduction-result.js'
import type { VeilTrainingSummary } from './training-of-cell.js'

const root = mkdtempSync(join(tmpdir(), 'veilrec-reproduce-'))
afterAll(() => rmSync(root, { recursive: true }))

const home = join(root, 'home')

async function run(more: Partial<ReproduceRequest> = {}): Promise<ReproductionResult> {
  const request = { home, paper: 'made-up', threads: 1, tables: [madeUpTable()], ...more }
  const [made] = await reproduce(request)
  return made!.result
}

/** All but what depends on the clock. */
function figures({ cells, ...rest }: ReproductionResult): object {
  return { ...rest, cells: cells.map(({ id, state }) => ({ id, state })) }
}

const verdicts = ({ claims }: ReproductionResult): Record<string, string> =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]))

describe('reproduce', () => {
  let whole: ReproductionResult
  beforeAll(async () => {
    whole = await run()
  }, 600_000)

  it('measures every cell and goes on where one fails', () => {
    expect(whole.cells.map(({ id, state }) => [id, state.kind])).toEqual([
      ['paper/base/1', 'measured'],
      ['paper/erased/1', 'measured'],
      ['paper/impossible/1', 'failed'],
    ])
    expect(whole.cells[2]!.state).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('pmf is none') as string,
    })
    expect(verdicts(whole)).toEqual({
      ranks: 'holds',
      'tells-less': 'holds',
      prompts: expect.stringMatching(/^not run: impossible: failed with INVALID_ARGUMENT/) as string,
    })
  })

  it('puts ours beside what the paper prints', () => {
    const [base, erased, impossible, elsewhere] = whole.rows
    const figure = (metric: string) => base!.figures.find((one) => one.metric === metric)!
    const { paper, ours, difference } = figure('ndcg@10')
    expect(paper).toBe(0.25)
    expect(difference!.value).toBeCloseTo(ours!.value - 0.25, 12)
    expect(difference!.interval.upper).toBeCloseTo(ours!.interval.upper - 0.25, 12)
    expect(figure('hit@10')).toMatchObject({ paper: null, difference: null })
    expect(ours!.seeds).toBe(1)
    expect(ours!.seedDeviation).toBeNull()
    expect(base!.attacker).toBe('strong enough')
    expect(base!.majority['gender']).toBeGreaterThanOrEqual(0.5)
    const auc = (row: typeof base) => row!.figures.find(({ metric }) => metric === 'probabilityAuc')!.ours
    expect(auc(erased)!.value).toBeLessThan(auc(base)!.value)
    expect(impossible!.notRun).toMatch(/^failed with/)
    expect(elsewhere!.notRun).toBe('data not obtainable here')
  })

  it('says what it was made of, by what, and how long that took (evaluation.md rule 13)', () => {
    expect(whole.command).toBe('veilrec reproduce made-up table-1')
    expect(whole.sourceHash).toMatch(/^[0-9a-f]{64}$/)
    expect(whole.madeOn).toHaveLength(1)
    expect(whole.madeOn[0]).toMatchObject({
      sourceHash: whole.sourceHash,
      cpu: { cores: expect.any(Number) },
    })
    expect(whole.dataset).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      recipe: { source: 'simulated', seed: 1 },
    })
    expect(whole.systems.map(({ row }) => row)).toEqual(['base', 'erased', 'impossible'])
    const [base, erased] = whole.systems
    // A default that the recipe does not name.
    expect(base!.base).toMatchObject({
      model: 'pmf',
      config: { model: { hiddenSize: 8, numNegatives: 1 } },
    })
    expect(base!.veil).toBeNull()
    expect(erased!.veil).toMatchObject({ method: 'linear-erasure' })
    const [ofBase, ofErased, ofImpossible] = whole.cells
    expect(ofBase!.training).toMatchObject({ base: { name: 'pmf', epochs: 4 }, veil: [] })
    expect(ofBase!.training.base!.seconds).toBeGreaterThan(0)
    expect(ofErased!.training).toEqual(ofBase!.training)
    for (const { seconds } of [ofBase!, ofErased!]) expect(seconds).toBeGreaterThan(0)
    expect(ofImpossible!.seconds).toBeNull()
  })

  it('says what a figure of the paper would draw', () => {
    const [figure] = whole.figures
    expect(figure).toMatchObject({ x: 'auc', y: 'ndcg@10' })
    expect(figure!.lines.map(({ name, points }) => [name, points.length])).toEqual([
      ['Base', 1],
      ['Erased', 1],
    ])
  })

  it('writes JSON and Markdown, with no label and no path in them', async () => {
    const folder = join(home, 'reproductions', 'tables')
    const json = await readFile(join(folder, 'made-up-table-1.json'), 'utf8')
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(whole)))
    const markdown = await readFile(join(folder, 'made-up-table-1.md'), 'utf8')
    expect(markdown).toContain('**holds**')
    expect(markdown).toContain('data not obtainable here')
    const svg = await readFile(join(folder, 'made-up-table-1-1.svg'), 'utf8')
    expect(svg).toContain('>Accuracy against leakage</title>')
    expect(markdown).toMatch(/^!\[[^\]]+\]\(made-up-table-1-1\.svg\)$/m)
    for (const text of [json, markdown, svg]) expect(text).not.toContain(root)
  })

  it('makes nothing twice', async () => {
    const stages: string[] = []
    const again = await run({ onProgress: ({ stage }) => stages.push(stage) })
    // Down to the seconds, which are those of the first time.
    expect(again).toEqual(whole)
    expect(stages.filter((stage) => !stage.includes('impossible'))).toEqual([])
  })

  it('makes a figure anew that was damaged', async () => {
    const folder = join(home, 'reproductions', 'figures')
    const files = await readdir(folder)
    expect(files).toHaveLength(2)
    for (const file of files) await truncate(join(folder, file), 200)
    expect(figures(await run())).toEqual(figures(whole))
  })

  it('makes cells anew when a setting changes, and keeps the old ones', async () => {
    const changed = await run({ tables: [madeUpTable({ hiddenSize: 9 })], cells: 'base' })
    expect(changed.cells.map(({ state }) => state.kind)).toEqual(['measured', 'not run', 'not run'])
    expect(changed.rows[0]!.figures).not.toEqual(whole.rows[0]!.figures)
    expect(verdicts(changed)['tells-less']).toBe('not run: erased: not asked for so far')
    expect(await readdir(join(home, 'reproductions', 'runs'))).toHaveLength(2)
    expect(figures(await run())).toEqual(figures(whole))
  })

  it('takes the mean over seeds, and says how far they are apart', async () => {
    const two = await run({ seeds: 2, cells: 'paper/base' })
    expect(two.cells.filter(({ state }) => state.kind === 'measured').map(({ id }) => id)).toEqual([
      'paper/base/1',
      'paper/erased/1',
      'paper/base/2',
    ])
    const { ours } = two.rows[0]!.figures.find(({ metric }) => metric === 'ndcg@10')!
    expect(ours).toMatchObject({ seeds: 2, seedDeviation: expect.any(Number) as number })
  })

  it.each([
    [{ paper: 'made-upp' }, 'Did you mean made-up?'],
    [{ table: 'table-9' }, 'There are: table-1.'],
    [{ cells: 'nothing' }, 'paper/erased/1'],
    [{ seeds: 0 }, 'at least 1'],
  ])('refuses %j', async (more, words) => {
    const error = (await run(more).catch((cause: unknown) => cause)) as VeilrecError
    expect(error.code).toBe('INVALID_ARGUMENT')
    expect(`${error.message} ${error.hint ?? ''}`).toContain(words)
  })

  it.each(['base/1: epoch', 'erased/1: attack', 'erased/1: write'])(
    'goes on after it was stopped at %s',
    async (place) => {
      const own = { home: join(root, `stopped ${place.replaceAll(/\W/g, '-')}`) }
      await mkdir(own.home)
      const controller = new AbortController()
      const attempt = run({
        ...own,
        signal: controller.signal,
        onProgress: ({ stage }) => stage.includes(place) && controller.abort(),
      })
      await expect(attempt).rejects.toMatchObject({ code: 'ABORTED' })
      expect(figures(await run(own))).toEqual(figures(whole))
    },
    120_000,
  )

  it.each(['data: write', 'base/1: epoch', 'base/1: test', 'base/1: attack', 'erased/1: write'])(
    'goes on after it was killed at %s',
    async (place) => {
      const own = { home: join(root, `killed ${place.replaceAll(/\W/g, '-')}`) }
      await mkdir(own.home)
      const program = fileURLToPath(new URL('../../fixtures/killed-reproduction.mjs', import.meta.url))
      const { signal, stderr } = spawnSync(process.execPath, [program, own.home, place])
      expect(stderr.toString()).toBe('')
      expect(signal).toBe('SIGKILL')
      expect(figures(await run(own))).toEqual(figures(whole))
    },
    120_000,
  )
})

describe('what a reproduction makes', () => {
  it('stays out of the runs of the user, and its veils are loaded by nothing else', async () => {
    const reproductions = join(home, 'reproductions')
    expect(await readdir(home)).toEqual(['reproductions'])
    const [key] = await readdir(join(reproductions, 'veils'))
    const manifest: unknown = JSON.parse(
      await readFile(join(reproductions, 'veils', key!, 'veils', 'linear-erasure', 'veil.json'), 'utf8'),
    )
    expect(manifest).toMatchObject({ labelAccess: 'everybody' })
  })

  it('under our contract is an audit of a veil from defence labels', async () => {
    const table: PaperTable = {
      ...madeUpTable(),
      underContract: true,
      rows: madeUpTable().rows.filter(({ id }) => id !== 'impossible'),
      claims: [],
    }
    const { contract, cells, rows } = await run({ tables: [table] })
    expect(cells.map(({ id, state }) => [id, state.kind])).toEqual([
      ['paper/base/1', 'measured'],
      ['paper/erased/1', 'measured'],
      ['contract/base/1', 'measured'],
      ['contract/erased/1', 'measured'],
    ])
    expect(
      contract.map(({ label, rows: own }) => [label, own.map(({ requirement }) => requirement)]),
    ).toEqual([
      ['Base', [[]]],
      ['Erased', [['gender']]],
    ])
    expect(contract[1]!.rows[0]!.worst!.attribute).toBe('gender')
    expect(rows).toHaveLength(3)
    const veils = join(home, 'reproductions', 'veils')
    const manifests = (await readdir(veils, { recursive: true })).filter((path) => path.endsWith('veil.json'))
    const access = manifests.map(async (path) => {
      const manifest: unknown = JSON.parse(await readFile(join(veils, path), 'utf8'))
      return (manifest as { labelAccess?: string }).labelAccess ?? 'defence'
    })
    // One for each of the two bases that the tests above made, and one under our contract.
    expect((await Promise.all(access)).sort()).toEqual(['defence', 'everybody'])
  }, 300_000)

  it('says what is left of users whose labels a trained veil never saw', async () => {
    const [base] = madeUpTable().rows
    const veil = { method: 'filters', config: { epochs: 1 }, minutes: 1 }
    const filtered: PaperRow = { ...base!, id: 'filtered', system: { base: base!.system!.base, veil } }
    const { figures: _, ...table } = { ...madeUpTable(), rows: [base!, filtered], claims: [] }
    const [made] = await reproduce({ home, paper: 'made-up', threads: 1, tables: [table] })
    const { cells, rows } = made!.result
    const [{ unseenUsers }] = cells[1]!.training.veil as [VeilTrainingSummary]
    expect(unseenUsers).toEqual([{ requirement: ['gender'], aucs: { gender: expect.any(Number) as number } }])
    const auc = rows[1]!.figures.find(({ metric }) => metric === 'probabilityAuc')!.ours!
    expect(reproductionMarkdown(made!.result)).toContain(
      `| \`paper/filtered/1\` | gender | ${unseenUsers[0]!.aucs['gender']!.toFixed(4)} | ${auc.value.toFixed(4)} [`,
    )
  }, 120_000)

  it('leaves a folder of a run that was never begun behind', async () => {
    const own = join(root, 'never begun')
    await mkdir(own)
    await run({ home: own, cells: 'paper/base' })
    const runs = join(own, 'reproductions', 'runs')
    const [name] = await readdir(runs)
    rmSync(join(runs, name!), { recursive: true })
    rmSync(join(own, 'reproductions', 'figures'), { recursive: true })
    await mkdir(join(runs, name!))
    await writeFile(join(runs, name!, 'stray'), '')
    const { cells } = await run({ home: own, cells: 'paper/base' })
    expect(cells[0]!.state.kind).toBe('measured')
  })
})
