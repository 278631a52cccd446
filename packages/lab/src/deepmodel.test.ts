import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { topK } from '@veilrec/core'
import { addDataset } from '@veilrec/data'
import { createOrtRuntime } from '@veilrec/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { audit } from './audit/audit.js'
import { baseEncoder } from './base-encoder.js'
import { evaluate } from './evaluation/evaluate.js'
import { exportOnnx } from './export-onnx.js'
import { loadRun, type LoadedRun } from './load-run.js'
import { recommend } from './recommend.js'
import { train } from './train.js'
import { findVeil } from './veils/veil-lookup.js'
import { veil } from './veils/veil.js'

const home = mkdtempSync(join(tmpdir(), 'veilrec-deepmodel-'))
afterAll(() => rmSync(home, { recursive: true }))

let run: LoadedRun
beforeAll(async () => {
  const options = { numUsers: 600, numItems: 72, strength: 1, orderShare: 0, popularityExponent: 0.3 }
  await addDataset({ home, name: 'small', source: 'simulated', seed: 1, options })
  const config = {
    model: { hiddenSize: 16, layers: [32, 16] },
    training: { epochs: 16, batchTokens: 512, warmupSteps: 10, optimizer: { learningRate: 5e-3 } },
  }
  await train({ home, dataset: 'small', model: 'deepmodel', config, name: 'deep' })
  await veil({ home, run: 'deep', method: 'linear-erasure', attributes: ['gender'] })
  run = await loadRun(home, 'deep')
}, 120_000)

/** Items of a user's history, masked. */
function seenBy(user: number): Uint8Array {
  const { histories, numItems } = run.dataset
  const seen = new Uint8Array(numItems + 1)
  for (const item of histories.items.subarray(histories.offsets[user], histories.offsets[user + 1])) {
    seen[item] = 1
  }
  return seen
}

describe('a recommender whose score is no inner product', () => {
  it('is trained to beat popularity, and evaluated to the same figures', async () => {
    const { model, popularity } = run.manifest.test!
    expect(model['ndcg@10'].interval.lower).toBeGreaterThan(popularity['ndcg@10'].interval.upper)
    const result = await evaluate({ home, run: 'deep' })
    expect(result['ndcg@10']).toBe(model['ndcg@10'].value)
  }, 60_000)

  it('recommends what its exported model scores best', async () => {
    const file = join(home, 'deep.onnx')
    const { input, output } = await exportOnnx({ home, run: 'deep', file })
    expect(input).toEqual({ name: 'users', type: 'int32', shape: ['batch'] })
    const width = output.shape[1] as number
    const users = Int32Array.of(1, 8, 201)
    const scores = new Float32Array(users.length * width)
    const session = await createOrtRuntime().load(await readFile(file))
    await session.run(
      { users: { dtype: 'int32', dims: [users.length], data: users } },
      { scores: { dtype: 'float32', dims: [users.length, width], data: scores } },
    )
    await session.release()
    for (const [row, place] of users.entries()) {
      const user = place - 1
      const best = topK(scores.subarray(row * width, (row + 1) * width), 10, seenBy(user))
      const { base } = await recommend({ home, run: 'deep', user: run.dataset.userIds[user]! })
      expect(base.map(({ item }) => item)).toEqual(
        Array.from(best.items, (item) => run.dataset.itemIds[item]),
      )
      base.forEach(({ score }, i) => expect(score).toBeCloseTo(best.scores[i]!, 4))
    }
  })

  it('scores with the vector that a veil gives in place of its own', async () => {
    const user = 7
    const veiled = await findVeil(run, ['gender'], baseEncoder(run))
    const vector = await veiled.encode(run.dataset.histories, [['gender']], Int32Array.of(user))
    const expected = topK(run.scores(vector)(0), 10, seenBy(user))
    const lists = await recommend({ home, run: 'deep', user: run.dataset.userIds[user]!, veil: ['gender'] })
    expect(lists.veiled!.map(({ score }) => score)).toEqual([...expected.scores])
    expect(lists.veiled).not.toEqual(lists.base)
  })

  it('is audited: the leak of its vectors and lists, and less of it behind a veil', async () => {
    const { rows } = await audit({ home, run: 'deep', attributes: ['gender'], isQuick: true, threads: 1 })
    const [base, behind] = rows.map(({ attacks }) => attacks[0]!)
    expect(base!.vectors.auc).toBeGreaterThan(0.8)
    expect(base!.unmaskedList!.auc).toBeGreaterThan(0.7)
    expect(behind!.vectors.auc).toBeLessThan(base!.vectors.auc! - 0.1)
  }, 120_000)
})
