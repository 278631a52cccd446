import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { userGroups } from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { classMeanVeil } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun } from '../load-run.js'
import { train } from '../train.js'
import { veil } from '../veils/veil.js'
import type { AuditedAttribute, AuditResult } from './audit-result.js'
import { auditRun } from './audit-run.js'
import type { AuditedVeil } from './audit-systems.js'
import { audit } from './audit.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-audit-'))
const folder = join(home, 'runs', 'first')
const cells = join(folder, 'audit-cells')
afterAll(() => rmSync(home, { recursive: true }))

/** One attribute, behind one veil: four attacks. */
const request = { home, run: 'first', attributes: ['gender'], isQuick: true, threads: 1 }

/** All but what depends on the clock and on what was stored. */
function figures(result: AuditResult): object {
  return { ...result, seconds: null, cells: null }
}

beforeAll(async () => {
  const options = { numUsers: 600, numItems: 72, strength: 1, orderShare: 0, popularityExponent: 0.3 }
  await addDataset({ home, name: 'small', source: 'simulated', seed: 1, options })
  const config = {
    model: { hiddenSize: 16, historyLength: 64, numHeads: 1, numBlocks: 1, numNegatives: 30 },
    training: { epochs: 8, batchTokens: 800, warmupSteps: 10, optimizer: { learningRate: 0.01 } },
  }
  await train({ home, dataset: 'small', config, name: 'first' })
  await veil({ home, run: 'first', method: 'linear-erasure', attributes: ['gender'] })
}, 120_000)

describe('audit', () => {
  let whole: AuditResult

  it('stops when it is asked to, writes no result and keeps what it has', async () => {
    const controller = new AbortController()
    const attempt = audit({
      ...request,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    })
    await expect(attempt).rejects.toMatchObject({
      code: 'ABORTED',
      hint: expect.stringContaining('goes on') as string,
    })
    expect(await readdir(folder)).not.toContain('audit-quick.json')
    expect(await readdir(cells)).toHaveLength(2)
  }, 120_000)

  it('goes on from there to a result that holds together', async () => {
    const seen: [number, number][] = []
    whole = await audit({ ...request, onProgress: ({ done, total }) => seen.push([done, total]) })
    expect(whole).toMatchObject({
      formatVersion: 2,
      run: 'first',
      model: 'sasrec',
      dataset: { name: 'small' },
      veils: [{ id: 'linear-erasure', method: 'linear-erasure' }],
      isQuick: true,
      seed: 1,
      trainingSeed: 1,
      attackSeeds: 1,
      attackers: {
        vectors: ['logistic-regression', 'mlp'],
        lists: ['list-logistic-regression', 'list-mlp'],
      },
      listLength: 50,
      chanceMargin: 0.55,
      interaction: [],
      permutationNull: null,
      cells: { total: 4, reused: 2 },
    })
    expect(seen.slice(1).every(([, total]) => total === 4)).toBe(true)
    expect(seen.at(-1)).toEqual([4, 4])
    expect(whole.rows.map(({ requirement, veil: id }) => [requirement, id])).toEqual([
      [[], null],
      [['gender'], 'linear-erasure'],
    ])
    expect(JSON.parse(await readFile(join(folder, 'audit-quick.json'), 'utf8'))).toEqual(whole)
  }, 120_000)

  it('finds the planted leak, and less of it behind the veil', () => {
    const [base, behind] = whole.rows
    const attack = base!.attacks[0]!
    expect(attack).toMatchObject({ attribute: 'gender', hidden: false, servedList: null })
    expect(attack.vectors.auc).toBeGreaterThan(0.9)
    expect(attack.vectors.atChance).toBe(false)
    expect(attack.unmaskedList!.auc).toBeGreaterThan(0.8)
    expect(base!.worstHidden).toBeNull()
    const hidden = behind!.attacks[0]!
    expect(hidden).toMatchObject({ hidden: true, unmaskedList: null, servedList: null })
    expect(hidden.vectors.auc).toBeLessThan(0.75)
    expect(behind!.worstHidden).toMatchObject({
      attribute: 'gender',
      evidence: 'vectors',
      auc: hidden.vectors.auc,
    })
    expect(whole.controls.popularityFloor).toEqual([])
    expect(whole.controls.itemHistogram[0]!.auc).toBeGreaterThan(0.9)
  })

  it('says what the veil cost, and checks itself', () => {
    const [base, behind] = whole.rows
    const change = behind!.accuracy.all.change!
    expect(base!.accuracy.all.change).toBeNull()
    expect(change.value).toBeCloseTo(
      behind!.accuracy.all['ndcg@10'].value - base!.accuracy.all['ndcg@10'].value,
      12,
    )
    expect(behind!.groups[0]).toMatchObject({ attribute: 'gender', gapChange: expect.anything() as object })
    expect(whole.validity.map(({ name, passed }) => [name, passed])).toEqual(
      [
        'shuffled-labels',
        'planted-signal',
        'base-vectors',
        'item-histogram',
        'user-split',
        'classes',
        'catalogue',
        'ties',
      ].map((name) => [name, true]),
    )
    expect(whole.notAttacked.join()).toContain('age, left out on request')
    expect(whole.notAttacked.join()).toContain('left out of the quick audit: the lists as served')
    expect(whole.threatsToValidity.join()).toContain('one training of each attacker')
  })

  it('attacks again what was damaged, and nothing else', async () => {
    const [first, second] = await readdir(cells)
    await truncate(join(cells, first!), 100)
    const text = await readFile(join(cells, second!), 'utf8')
    await writeFile(join(cells, second!), text.replace(/"auc":0\.\d\d/, '"auc":0.11'))
    const again = await audit(request)
    expect(again.cells).toEqual({ total: 4, reused: 2 })
    expect(figures(again)).toEqual(figures(whole))
  }, 120_000)

  it('attacks the veil of one method when asked to, and says what it left out', async () => {
    const [mine, other] = [join(folder, 'veils', 'linear-erasure'), join(folder, 'veils', 'afrl')]
    const manifest = JSON.parse(await readFile(join(mine, 'veil.json'), 'utf8')) as object
    await mkdir(other)
    // Without tensors: whoever loads it fails.
    await writeFile(join(other, 'veil.json'), JSON.stringify({ ...manifest, id: 'afrl', method: 'afrl' }))
    const { cells: made, notAttacked, ...rest } = await audit({ ...request, method: 'linear-erasure' })
    expect(made).toEqual({ total: 4, reused: 4 })
    expect(notAttacked).toContain('the veil afrl, left out on request')
    expect(rest.rows).toEqual(whole.rows)
    await expect(audit({ ...request, method: 'pfrec' })).rejects.toMatchObject({ code: 'VEIL_NOT_FOUND' })
    rmSync(other, { recursive: true })
    expect(whole.notAttacked.join()).not.toContain('the veil')
  }, 120_000)

  it('gives the same with any number of workers', async () => {
    rmSync(cells, { recursive: true })
    const again = await audit({ ...request, threads: 3 })
    expect(again.cells.reused).toBe(0)
    expect(figures(again)).toEqual(figures(whole))
  }, 120_000)

  it('finds out a veil that knows the labels of the defence users by heart', async () => {
    const run = await loadRun(home, 'first')
    const { dataset, dimension } = run
    const base = baseEncoder(run)
    const { codes } = dataset.attributes.find(({ name }) => name === 'gender')!
    const known = dataset.userGroup.map((group) => Number(userGroups[group] === 'defence'))
    const useless: AuditedVeil = {
      id: 'class-mean',
      dataset: run.manifest.dataset,
      veil: {
        method: 'class-mean',
        attributes: ['gender'],
        requirements: [['gender']],
        encode: async (histories) => classMeanVeil(await base(histories), dimension, codes, known),
      },
    }
    const { rows } = await auditRun({ run, base, veils: [useless], candidates: undefined }, request)
    const { vectors } = rows[1]!.attacks[0]!
    const { byGroup } = vectors.attackers['logistic-regression']!
    expect(byGroup.defence!.auc).toBeLessThan(0.75)
    expect(vectors).toMatchObject({ trainedOn: 'attackTrain', atChance: false })
    expect(vectors.auc).toBeGreaterThan(0.9)
  }, 120_000)

  it('attacks everything, questions the worst and measures interaction fairness when it is not quick', async () => {
    const run = await loadRun(home, 'first')
    const audited = { run, base: baseEncoder(run), veils: [], candidates: undefined }
    const full = await auditRun(audited, { ...request, isQuick: false })
    const [{ vectors, unmaskedList, servedList }] = full.rows[0]!.attacks as [AuditedAttribute]
    expect(full).toMatchObject({ isQuick: false, attackSeeds: 5, cells: { total: 7 } })
    expect(Object.keys(vectors.attackers)).toEqual(full.attackers.vectors)
    expect(Object.keys(servedList!.attackers)).toEqual(full.attackers.lists)
    expect(unmaskedList!.auc).toBeGreaterThan(0.8)
    // What is missing tells what was seen: the floor tells as much as the list does.
    expect(full.controls.popularityFloor[0]!.auc).toBeGreaterThan(0.8)
    const { cells: questioned, oneRegression, chosenAttacker } = full.permutationNull!
    expect(questioned).toBe(2)
    expect(oneRegression.maxima).toHaveLength(200)
    expect(oneRegression.reported).toMatchObject({ name: '(none)/gender/vectors', pValue: 1 / 201 })
    expect(chosenAttacker.maxima).toHaveLength(20)
    expect(chosenAttacker.reported).toMatchObject({ auc: vectors.auc, pValue: 1 / 21 })
    expect(full.interaction.map(({ attribute }) => attribute)).toEqual(['gender'])
    expect(full.interaction[0]!.tables[0]!.rows.map(({ name }) => name)).toEqual([
      '(none)',
      'popularity',
      'random',
      'entropy-sorted',
    ])
    expect(full.notAttacked.join()).not.toContain('quick')
    const { cells: later } = await auditRun(audited, { ...request, isQuick: false })
    expect(later).toEqual({ total: 7, reused: 7 })
  }, 120_000)

  it.each([
    [{ attributes: ['height'] }, 'height'],
    [{ method: 'erase' }, 'erase'],
    [{ seed: 0.5 }, 'whole number'],
    [{ threads: 0 }, 'threads'],
  ])('refuses %j', async (change, message) => {
    const attempt = audit({ ...request, ...change })
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(attempt).rejects.toThrow(message)
  })
})
