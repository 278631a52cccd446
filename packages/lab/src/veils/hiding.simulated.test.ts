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
  userGroups,
} from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { createOrtRuntime } from '@veilrec/runtime'
import { veilConformance } from '@veilrec/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { baseEncoder } from '../base-encoder.js'
import { loadRun } from '../load-run.js'
import { train } from '../train.js'
import { loadVeil } from './veil-folder.js'
import { veil } from './veil.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-hiding-'))
const runtime = createOrtRuntime({ threads: 1 })

/** What users outside the defence get by some vectors, and what the quick attack finds out about unseen ones. */
interface Look {
  readonly ndcg: number
  readonly gender: number
  readonly age: number
}

type Form = 'linear' | 'xor'
/** Four standard errors above chance with 1500 unseen users. */
const nearChance = 0.56
const bare = new Map<Form, Look>()

async function look(form: Form, values: Float32Array): Promise<Look> {
  const run = await loadRun(home, form)
  const { dataset, dimension } = run
  const { known, targets } = leaveOneOutTargets(dataset.histories, 'test')
  const outside = Int32Array.from(dataset.userGroup.keys()).filter(
    (user) => dataset.userGroup[user] !== userGroups.indexOf('defence'),
  )
  const rows = new Float32Array(outside.length * dimension)
  const offsets = new Int32Array(outside.length + 1)
  const items: number[] = []
  outside.forEach((user, row) => {
    rows.set(values.subarray(user * dimension, (user + 1) * dimension), row * dimension)
    items.push(...known.items.subarray(known.offsets[user], known.offsets[user + 1]))
    offsets[row + 1] = items.length
  })
  const wanted = outside.map((user) => targets[user]!)
  const { ranks } = rankByScores(run.scores(rows), wanted, { offsets, items: Int32Array.from(items) })
  const auc = async (name: string): Promise<number> => {
    const found = await attackSuite({
      evidence: { kind: 'vectors', values, dimension },
      attribute: dataset.attributes.find((attribute) => attribute.name === name)!,
      userGroup: dataset.userGroup,
      ...attackProfiles.quick,
      rng: Rng.fromSeed(3),
      context: { runtime },
      options: { resamples: 20, shuffles: 1 },
    })
    return found.auc!
  }
  const ndcg = ndcgAtK(ranks, 10).reduce((sum, value) => sum + value, 0) / outside.length
  return { ndcg, gender: await auc('gender'), age: await auc('age') }
}

/** Trains a veil and looks at what is left when users hide their gender. */
async function behind(form: Form, method: string, config: object) {
  // Each eliminator of PFRec is a training of its own, of which one is looked at.
  const attributes = method === 'pfrec' ? ['gender'] : ['age', 'gender']
  const { manifest } = await veil({ home, run: form, method, attributes, config, threads: 1 })
  const run = await loadRun(home, form)
  const base = baseEncoder(run, { threads: 1 })
  const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
  const veiled = await loadVeil(run, manifest, base)
  const values = await veiled.encode(
    known,
    Array.from({ length: run.dataset.numUsers }, () => ['gender']),
  )
  const histories = { offsets: known.offsets.slice(0, 13), items: known.items }
  for (const { check } of veilConformance) {
    await check({ veil: (encoder) => loadVeil(run, manifest, encoder), base, histories })
  }
  return { before: bare.get(form)!, after: await look(form, values) }
}

beforeAll(async () => {
  // Popularity and order as the simulator has them: most of what is recommended does not follow from the attributes.
  const shape = { numUsers: 6000, numItems: 240, meanLength: 30, strength: 0.5 }
  const config = {
    model: { hiddenSize: 16, historyLength: 32, numHeads: 1, numBlocks: 1, numNegatives: 100 },
    training: { epochs: 8, batchTokens: 4000, warmupSteps: 20, optimizer: { learningRate: 0.01 } },
  }
  for (const form of ['linear', 'xor'] as const) {
    await addDataset({ home, name: form, source: 'simulated', seed: 1, options: { ...shape, form } })
    await train({ home, dataset: form, name: form, config })
    const run = await loadRun(home, form)
    const { known } = leaveOneOutTargets(run.dataset.histories, 'test')
    bare.set(form, await look(form, await baseEncoder(run, { threads: 1 })(known)))
  }
}, 240_000)
afterAll(() => rmSync(home, { recursive: true }))

/**
 * What takes a minute. The moments of this data are few: a larger step and more weight on what hides than by default, chosen on
 * these data.
 */
const crowd = { batchSize: 512, numNegatives: 100, windowsPerUser: 24, audienceSize: 512, learningRate: 3e-3 }
const loud = { ...crowd, audienceSize: 1024, listenerWeight: 3, epochs: 1 }
const insistent = {
  numNegatives: 100,
  batchTokens: 3200,
  adapterWidth: 32,
  learningRate: 3e-3,
  dependenceWeight: 10_000,
  listenerWeight: 10,
}
/** What is left of a linear leak behind PFRec is what linear erasure leaves, with which it starts: more weight or epochs did not help. */
const asErasure = 0.61

describe.each([
  ['afrl', 'linear', loud, nearChance, 0.9, 0.03],
  ['afrl', 'xor', { ...crowd, epochs: 2, dependenceWeight: 5000 }, nearChance, 0.9, 0.03],
  ['filters', 'linear', { ...loud, listenerWeight: 6, epochs: 2 }, nearChance, 0.9, 0.03],
  ['filters', 'xor', { ...crowd, epochs: 1, dependenceWeight: 3000 }, nearChance, 0.9, 0.03],
  ['ffvae', 'linear', { ...crowd, epochs: 4 }, nearChance, 0.9, 0.04],
  ['ffvae', 'xor', { ...crowd, epochs: 2 }, nearChance, 0.9, 0.03],
  ['pfrec', 'linear', { ...insistent, epochs: 2 }, asErasure, 0.9, 0.03],
  ['pfrec', 'xor', { ...insistent, epochs: 4 }, nearChance, 0.9, 0.03],
] as const)('%s on a %s leak', (method, form, config, most, kept, ageChange) => {
  it(`hides gender from the attack on users it has not seen (AUC below ${most}), keeps ${kept} of the accuracy and the age`, async () => {
    const { before, after } = await behind(form, method, config)
    expect(before.gender).toBeGreaterThan(0.65)
    expect(after.gender).toBeLessThan(most)
    expect(after.ndcg / before.ndcg).toBeGreaterThan(kept)
    expect(Math.abs(after.age - before.age)).toBeLessThan(ageChange)
  }, 240_000)
})
