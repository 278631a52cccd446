import { createOrtRuntime } from '@veilrec/runtime'
import { checkObjective } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { normal } from '../graph/initializers.js'
import { Rng } from '../random.js'
import { nextItemInputs, nextItemLoss, nextItemSettings, type NextItemConfig } from './next-item-objective.js'

const runtime = createOrtRuntime({ threads: 1 })
const numItems = 7
const width = 3
const histories = { offsets: Int32Array.of(0, 3, 8), items: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 1) }
const plan = { users: Int32Array.of(0, 1), batch: 3, time: 4 }
const losses = ['sampledSoftmax', 'softmax', 'bce', 'bpr', 'gbce'] as const

function settings(changes: object): NextItemConfig {
  return z.strictObject(nextItemSettings).parse({ numNegatives: 4, ...changes })
}

type Inputs = Readonly<Record<string, Int32Array>>

function inputsOf(config: NextItemConfig): Inputs {
  return nextItemInputs(config, numItems, histories, plan, Rng.fromSeed(4)) as Inputs
}

/** The loss in float64 of random states, which are a parameter here, over a random table; gradients are checked. */
async function lossOf(config: NextItemConfig, inputs: Inputs, positive = Array<number>()): Promise<number> {
  const { outputs } = await checkObjective(
    (scope) => {
      const states = scope.parameter('states', [3, 4, width], normal(1))
      const table = scope.parameter('items', [numItems + 1, width], normal(1), { paddingRow: true })
      return { loss: nextItemLoss(scope, config, numItems, states, table) }
    },
    inputs,
    { runtime, parameters: positive.length === 0 ? {} : { states: positive } },
  )
  return outputs[0]!.data[0]!
}

describe('nextItemInputs', () => {
  it.each(losses)('of %s hold each next item', (loss) => {
    const { history, targets } = inputsOf(settings({ loss }))
    expect([...history!]).toEqual([1, 2, 0, 0, 4, 5, 6, 7, 0, 0, 0, 0])
    expect([...targets!]).toEqual([2, 3, 0, 0, 5, 6, 7, 1, 0, 0, 0, 0])
  })

  it.each(['bce', 'bpr'])('of %s hold negatives of each position outside the history', (loss) => {
    const { negatives, hits } = inputsOf(settings({ loss, negativesPerPosition: 2 }))
    expect(negatives).toHaveLength(3 * 4 * 2)
    expect(negatives!.subarray(0, 4).every((item) => item > 3 && item <= numItems)).toBe(true)
    expect(hits).toBeUndefined()
  })

  it.each([
    ['sampledSoftmax', 4],
    ['gbce', 4],
    ['softmax', numItems],
  ])('of %s hold %i negatives for all, and where the targets are among them', (loss, count) => {
    const { targets, negatives, hits } = inputsOf(settings({ loss }))
    expect(negatives).toHaveLength(count)
    targets!.forEach((target, at) => expect(hits![at]).toBe(negatives!.indexOf(target)))
  })

  it('ask for the newest item alone where only the last is a target', () => {
    const { history, targets } = inputsOf(settings({ targets: 'last' }))
    expect([...history!]).toEqual([1, 2, 0, 0, 4, 5, 6, 7, 0, 0, 0, 0])
    expect([...targets!]).toEqual([0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  })
})

describe('nextItemLoss', () => {
  it.each(losses)('%s has the gradient of its differences', async (loss) => {
    for (const targets of ['all', 'last']) {
      const config = settings({ loss, targets, negativesPerPosition: 3 })
      expect(await lossOf(config, inputsOf(config))).toBeGreaterThan(0)
    }
  })

  it('with equal scores is the logarithm of the number of items', async () => {
    const zeros = Array.from({ length: 3 * 4 * width }, () => 0)
    const full = settings({ loss: 'softmax' })
    expect(await lossOf(full, inputsOf(full), zeros)).toBeCloseTo(Math.log(numItems), 6)
    const bce = settings({ loss: 'bce', negativesPerPosition: 3 })
    expect(await lossOf(bce, inputsOf(bce), zeros)).toBeCloseTo(4 * Math.log(2), 6)
    const bpr = settings({ loss: 'bpr', negativesPerPosition: 3 })
    expect(await lossOf(bpr, inputsOf(bpr), zeros)).toBeCloseTo(Math.log(2), 6)
  })

  it('sampled from the whole catalogue is the full softmax', async () => {
    const full = settings({ loss: 'softmax' })
    const sampled = settings({ loss: 'sampledSoftmax', numNegatives: 1000 })
    expect(await lossOf(sampled, inputsOf(sampled))).toBeCloseTo(await lossOf(full, inputsOf(full)), 9)
  })

  it('looks at positions with a target only', async () => {
    const config = settings({ loss: 'softmax' })
    const inputs = inputsOf(config)
    const states = Array.from({ length: 3 * 4 * width }, (_, i) => Math.sin(i))
    const padded = states.map((value, i) => (inputs['targets']![Math.floor(i / width)] === 0 ? 5 : value))
    expect(await lossOf(config, inputs, padded)).toBe(await lossOf(config, inputs, states))
  })
})
