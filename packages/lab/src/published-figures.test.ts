import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  attackSuite,
  baselineScores,
  listLogisticRegressionAttacker,
  popularity,
  Rng,
  type Dataset,
} from '@veilrec/core'
import { addDataset, loadDataset } from '@veilrec/data'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { controlCells } from './audit/audit-controls.js'
import type { AuditResult } from './audit/audit-result.js'
import { evaluationTask } from './evaluation/evaluation-task.js'
import { accuracyBesidePopularity } from './evaluation/run-accuracy.js'
import type { RunManifest } from './run-manifest.js'

// evaluation.md rule 13: one small cell of every published table of MovieLens-1M is made again with every test run.
const realData = process.env['VEILREC_TEST_DATA']
const trainings = ['ml-1m-pmf', 'ml-1m-bert4rec']
const audits = ['pmf', 'sasrec', 'afrl', 'ffvae', 'filters', 'pfrec'].map((name) => `ml-1m-audit-${name}`)

function published(name: string): unknown {
  const path = new URL(`../../../bench/results/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly results: unknown }).results
}

describe.skipIf(!realData)('published figures of MovieLens-1M', () => {
  const home = mkdtempSync(join(tmpdir(), 'veilrec-published-'))
  let dataset: Dataset
  beforeAll(async () => {
    await addDataset({ name: 'ml-1m', from: join(realData!, 'ml-1m'), home, seed: 1 })
    dataset = await loadDataset(home, 'ml-1m')
  }, 60_000)
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('have the accuracy that popularity has, with its intervals', () => {
    const { training, known } = evaluationTask(dataset, 'leave-one-out')
    const scores = baselineScores(popularity(training, dataset.numItems), known, dataset.numItems)
    const again = accuracyBesidePopularity(dataset, scores, 1).popularity
    for (const name of trainings) {
      const { manifest } = published(name) as { readonly manifest: RunManifest }
      expect(manifest.dataset.hash).toBe(dataset.hash)
      expect(rounded(again)).toEqual(rounded(manifest.test!.popularity))
    }
  })

  it('have the leak of popular lists as served that a logistic regression finds', async () => {
    const gender = dataset.attributes.find(({ name }) => name === 'gender')!
    const task = evaluationTask(dataset, 'leave-one-out')
    const [cell] = controlCells([gender], task, dataset.numItems, false).popularityFloor
    const again = await attackSuite({
      evidence: cell!.evidence,
      attribute: gender,
      userGroup: dataset.userGroup,
      kinds: [listLogisticRegressionAttacker],
      seeds: 1,
      rng: Rng.fromSeed(1).split('audit').split(`attack/${cell!.stream}`),
      context: { runtime: createOrtRuntime({ threads: 1 }) },
      // Neither has a part in the figure.
      options: { shuffles: 1, resamples: 20 },
    })
    const auc = again.attackers['list-logistic-regression']!.auc!
    for (const name of audits) {
      const { audit } = published(name) as { readonly audit: AuditResult }
      const floor = audit.controls.popularityFloor.find(({ attribute }) => attribute === 'gender')!
      expect(audit.dataset.hash).toBe(dataset.hash)
      expect(auc).toBeCloseTo(floor.attackers['list-logistic-regression']!.auc!, 4)
    }
  }, 120_000)
})

/** Numbers to nine digits: processors differ in the last. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'number' ? Number(each.toPrecision(9)) : each,
    ),
  )
}
