import { canonicalRequirement, requirementKey } from '@veilrec/core'
import { datasetSources } from '@veilrec/data'
import { describe, expect, it } from 'vitest'

import { parseRunConfig } from '../run-config.js'
import { parseVeilConfig } from '../veils/veil-config.js'
import { veilKind } from '../veils/veil-kinds.js'
import { cellsOf, chosenCells } from './cells.js'
import { listReproductions } from './list-reproductions.js'
import { paperTables } from './paper-tables.js'
import { afrlTable2 } from './tables/afrl-table-2.js'

describe.each(paperTables.map((table) => ({ name: `${table.paper} ${table.name}`, table })))(
  '$name',
  ({ table }) => {
    const { rows, claims, requirements, attributes, data } = table

    it('has settings that are valid, and no cell above 75 minutes', () => {
      const recipes = data === undefined ? [] : [data]
      for (const { source, options } of recipes) {
        expect(() => datasetSources[source].configure(options)).not.toThrow()
      }
      for (const { system } of rows) {
        if (system === undefined) continue
        const { training } = parseRunConfig(system.base.model, system.base.config)
        expect(training.maxMinutes).toBeLessThanOrEqual(75)
        if (system.veil === null) continue
        const config = parseVeilConfig(veilKind(system.veil.method), system.veil.config) as {
          readonly maxMinutes?: number | null
        }
        const trainings = system.veil.method === 'pfrec' ? 7 : 1
        expect(trainings * config.maxMinutes!).toBeLessThanOrEqual(65)
      }
      for (const { minutes } of cellsOf(table, 1)) expect(minutes).toBeLessThanOrEqual(75)
    })

    it('speaks of rows, requirements and metrics that there are', () => {
      const ids = rows.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(attributes).toEqual(canonicalRequirement(attributes))
      for (const row of rows) {
        const own = row.requirements ?? requirements
        for (const requirement of own) expect(requirement).toEqual(canonicalRequirement(requirement))
        const published = Object.keys(row.published ?? {})
        expect(published.filter((key) => !own.map(requirementKey).includes(key))).toEqual([])
        expect([0, own.length]).toContain(published.length)
        expect(row.system === undefined).toBe(row.notRun !== undefined)
        const needsBase = row.system?.veil && row.attacks === undefined
        expect(ids).toContain(needsBase ? row.baseRow : row.id)
      }
      for (const { tests } of claims) {
        for (const test of tests) {
          const named = [test.row, 'than' in test ? test.than : test.row, 'of' in test ? test.of : test.row]
          expect(ids).toEqual(expect.arrayContaining(named))
          expect(table.metrics).toContain(test.metric)
        }
      }
    })
  },
)

describe('the figures of AFRL, Table 2', () => {
  it('stand as the paper prints them', () => {
    const row = (id: string) => afrlTable2.rows.find((one) => one.id === id)!.published!
    expect(row('pmf')['gender']).toEqual({ auc: 0.789, 'ndcg@10': 0.4157, 'hit@10': 0.6918 })
    expect(row('ffvae+deepmodel')['age,occupation']).toEqual({ auc: 0.5, 'ndcg@10': 0.2928, 'hit@10': 0.509 })
    expect(row('afrl+bert4rec')['age,gender,occupation']).toEqual({
      auc: 0.5258,
      'ndcg@10': 0.5207,
      'hit@10': 0.777,
    })
    expect(row('pfrec+sasrec')['gender,occupation']!.auc).toBe(0.5179)
  })
})

describe('cells', () => {
  it('come without a veil first, and can be chosen by parts of their names', () => {
    const cells = cellsOf(afrlTable2, 2)
    expect(cells.slice(0, 4).map(({ id }) => id)).toEqual([
      'paper/pmf/1',
      'paper/deepmodel/1',
      'paper/sasrec/1',
      'paper/bert4rec/1',
    ])
    expect(cells.filter(({ id }) => id.startsWith('contract/'))).toHaveLength(cells.length / 2)
    const chosen = chosenCells(cells, 'paper/pmf/1, AFRL+sasrec/2')
    expect(chosen.map(({ id }) => id)).toEqual([
      'paper/pmf/1',
      'paper/afrl+sasrec/2',
      'contract/afrl+sasrec/2',
    ])
    expect(chosenCells(cells, undefined)).toBe(cells)
  })

  it('are listed with their times, and rows without data with the reason', () => {
    const listed = listReproductions()
    const of = (paper: string, table: string) =>
      listed.find((one) => one.paper === paper && one.table === table)!
    expect(of('pfrec', 'table-2')).toMatchObject({ cells: [], minutes: 0 })
    expect(of('pfrec', 'table-2').notRun).toHaveLength(4)
    expect(of('pfrec', 'table-1').notRun[0]).toEqual({
      label: 'SASRec (CIKM)',
      why: 'data not obtainable here',
    })
    expect(of('afrl', 'table-2').minutes).toBeGreaterThan(60)
  })
})
