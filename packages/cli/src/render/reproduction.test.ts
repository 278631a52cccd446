import type { ReproductionResult } from '@veilrec/lab'
import { describe, expect, it } from 'vitest'

import { renderReproductions } from './reproduction.js'

const interval = { lower: 0.767, upper: 0.814 }
const result: ReproductionResult = {
  formatVersion: 3,
  paper: 'made-up',
  table: 'table-1',
  title: 'A table',
  citation: 'Nobody, Table 1',
  command: 'veilrec reproduce made-up table-1',
  sourceHash: 'b'.repeat(64),
  dataset: {
    name: 'made-up',
    hash: 'a'.repeat(64),
    recipe: { name: 'made-up', source: 'simulated', options: {}, seed: 1 },
  },
  systems: [],
  seeds: 1,
  attacker: { name: 'made-up-attacker', seeds: 3, configuration: {} },
  metrics: ['auc'],
  rows: [
    {
      row: 'base',
      label: 'Base',
      requirement: ['age', 'gender'],
      figures: [
        {
          metric: 'auc',
          paper: 0.789,
          ours: { value: 0.7906, interval, seeds: 1, seedDeviation: null },
          difference: { value: 0.0016, interval: { lower: -0.022, upper: 0.025 } },
        },
      ],
      attacker: 'strong enough',
      majority: { gender: 0.7 },
    },
    {
      row: 'other',
      label: 'Other',
      requirement: ['gender'],
      figures: [{ metric: 'auc', paper: 0.5, ours: null, difference: null }],
      attacker: null,
      majority: {},
      notRun: 'data not obtainable here',
    },
  ],
  claims: [{ id: 'it', text: 'It is so', source: 'Section 1', verdict: 'attacker too weak', tests: [] }],
  figures: [],
  contract: [
    {
      row: 'base',
      label: 'Base',
      seed: 1,
      rows: [
        {
          requirement: [],
          ndcg: { value: 0.04, interval: { lower: 0.03, upper: 0.05 } },
          change: null,
          worst: { attribute: 'gender', evidence: 'vectors', auc: 0.87, interval },
        },
      ],
      failedChecks: ['planted-signal'],
    },
  ],
  cells: [
    { id: 'paper/base/1', state: { kind: 'measured' }, training: { base: null, veil: [] }, seconds: 3 },
    {
      id: 'paper/other/1',
      state: { kind: 'failed', code: 'NOT_FINITE', message: 'it diverged' },
      training: { base: null, veil: [] },
      seconds: null,
    },
  ],
  departures: [],
  threatsToValidity: [],
  madeOn: [],
}

describe('renderReproductions', () => {
  it('shows verdicts, the paper beside ours, the difference, what failed and what was not run', () => {
    const files = { json: 'table.json', markdown: 'table.md', pictures: ['table-1.svg'] }
    const text = renderReproductions([{ result, files }])
    expect(text).toContain('attacker too weak It is so (Section 1)')
    expect(text).toContain('0.7890 -> 0.7906 [0.7670, 0.8140], +0.0016')
    expect(text).toContain('Other: not run: data not obtainable here')
    expect(text).toContain('failed: paper/other/1: NOT_FINITE: it diverged')
    expect(text).toContain('1 of 2 cells measured, 1 seed\n')
    expect(text).toMatch(/Base +1 +\(none\) +0\.0400 \[0\.0300, 0\.0500\] +0\.870 .* FAILED planted-signal/)
    expect(text.endsWith('written to table.md, table-1.svg and table.json')).toBe(true)
  })
})
