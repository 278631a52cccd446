import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  attackProfiles,
  attackSuite,
  leaveOneOutTargets,
  ndcgAtK,
  rankByScores,
  Rng,
  type Requirement,
} from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, expect, it } from 'vitest'

import { baseEncoder } from './base-encoder.js'
import { loadRun } from './load-run.js'
import { train } from './train.js'
import { listVeils, loadVeil } from './veils/veil-folder.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-joint-hiding-'))
afterAll(() => rmSync(home, { recursive: true }))

/** NDCG@10 of everybody, and what the quick attack finds out of gender about users it has not seen. */
async function look(name: string, hide: Requirement): Promise<{ ndcg: number; gender: number }> {
  const run = await loadRun(home, name)
  const { dataset, dimension } = run
  const base = baseEncoder(run, { threads: 1 })
  const { known, targets } = leaveOneOutTargets(dataset.histories, 'test')
  const [manifest] = await listVeils(run.folder)
  const values =
    manifest === undefined
      ? await base(known)
      : await (
          await loadVeil(run, manifest, base)
        ).encode(
          known,
          Array.from({ length: dataset.numUsers }, () => hide),
        )
  const { ranks } = rankByScores(run.scores(values), targets, known)
  const { auc } = await attackSuite({
    evidence: { kind: 'vectors', values, dimension },
    attribute: dataset.attributes.find((attribute) => attribute.name === 'gender')!,
    userGroup: dataset.userGroup,
    ...attackProfiles.quick,
    rng: Rng.fromSeed(3),
    context: { runtime: createOrtRuntime({ threads: 1 }) },
    options: { resamples: 20, shuffles: 1 },
  })
  return { ndcg: ndcgAtK(ranks, 10).reduce((sum, value) => sum + value, 0) / ranks.length, gender: auc! }
}

/**
 * A recommender with a vector for each user learns to hide the users that its adversaries know: it takes much weight, and costs half of
 * the accuracy, before others are hidden, too. Filters of a recommender that is trained already hide more for less.
 */
it('filters trained together with their recommender tell far less of gender than the recommender alone', async () => {
  const shape = { numUsers: 1500, numItems: 120, meanLength: 30, strength: 0.6 }
  await addDataset({ home, name: 'simulated', source: 'simulated', seed: 1, options: shape })
  const config = {
    model: { hiddenSize: 16 },
    training: {
      epochs: 16,
      evaluateEvery: 2,
      batchTokens: 1024,
      warmupSteps: 50,
      threads: 1,
      optimizer: { learningRate: 0.005 },
    },
  }
  const heavy = { lambda: 10, adversarySteps: 10, adversaryLearningRate: 0.005 }
  await train({ home, dataset: 'simulated', name: 'alone', model: 'pmf', config })
  const veil = { method: 'filters', config: heavy }
  await train({ home, dataset: 'simulated', name: 'together', model: 'pmf', config, veil })
  const [alone, together] = [await look('alone', []), await look('together', ['gender'])]
  expect(alone.gender).toBeGreaterThan(0.75)
  expect(together.gender).toBeLessThan(alone.gender - 0.15)
  expect(together.ndcg).toBeGreaterThan(0.35 * alone.ndcg)
}, 300_000)
