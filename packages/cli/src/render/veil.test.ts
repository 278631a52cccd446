import type { VeilResult } from '@veilrec/lab'
import { expect, it } from 'vitest'

import { renderVeil } from './veil.js'

const manifest = {
  id: 'afrl',
  run: 'films',
  attributes: ['age', 'gender'],
  requirements: [['age'], ['gender'], ['age', 'gender']],
  parameters: 1234,
} as unknown as VeilResult['manifest']
const result = { manifest, folder: '/runs/films/veils/afrl', seconds: 75 }

it('says what a veil hides, how large it is, and what comes next', () => {
  expect(renderVeil(result).split('\n')).toEqual([
    'veil afrl on films: hides any of age, gender (3 requirements); made in 1 min 15 s, 1234 numbers',
    'stored in /runs/films/veils/afrl',
    '',
    'Next: veilrec audit films',
  ])
  const one = { ...manifest, attributes: ['age'], requirements: [['age']] }
  expect(renderVeil({ ...result, manifest: one })).toContain('hides age; made')
})

it('tells how it was trained, and that the probe is no audit', () => {
  const judgements = [0.6, 0.55, 0.58].map((worstAuc, i) => ({
    ndcg: 0.1 + i / 100,
    worstAuc,
    requirements: [],
  }))
  const training = [{ name: 'afrl', epochs: 3, bestEpoch: 2, judgements, seconds: 61 }]
  const lines = renderVeil({ ...result, manifest: { ...manifest, training } }).split('\n')
  expect(lines.find((line) => line.includes('1 min 1 s'))).toMatch(
    /afrl +│ 1 min 1 s +│ 2 of 3 +│ 0\.1100 +│ 0\.550/,
  )
  expect(lines).toContain(
    'The probe only compares epochs; what a real attacker finds is for the audit to say.',
  )
})
