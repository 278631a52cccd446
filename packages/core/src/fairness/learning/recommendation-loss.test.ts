import { createOrtRuntime } from '@veilrec/runtime'
import { checkGraphGradient, floats, integers, matchers } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { ParameterStore } from '../../graph/parameter-store.js'
import { createTrace, Scope } from '../../graph/scope.js'
import { Rng } from '../../random.js'
import { innerProductScorer } from './frozen-scorer.js'
import { recommendationInputs, recommendationLoss, recommendationTargets } from './recommendation-loss.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
/** Items 1 to 4 score the first coordinate times 1, 2, 3 and 4. */
const scorer = innerProductScorer(Float32Array.of(0, 0, 1, 0, 2, 0, 3, 0, 4, 0), 2)

async function lossOf(
  loss: 'bpr' | 'sampledSoftmax',
  vectors: readonly number[],
  inputs: { targets: number[]; negatives: number[]; hits: number[] },
): Promise<number> {
  const settings = { loss, numNegatives: inputs.negatives.length }
  const batch = inputs.targets.length
  const trace = createTrace(new ParameterStore(Rng.fromSeed(1), scorer.store), {
    training: true,
    lazyTables: false,
  })
  const scope = new Scope(trace)
  const x = scope.input('vectors', 'float32', [batch, 2])
  const targets = recommendationTargets(scope, batch, settings, scorer.numItems)
  const value = recommendationLoss(scope, x, targets, scorer, settings)
  const feeds = {
    vectors: floats(vectors, [batch, 2]),
    targets: integers(inputs.targets),
    negatives: integers(inputs.negatives),
    hits: integers(inputs.hits),
    frozenItems: scorer.store.get('frozenItems').tensor,
  }
  const { outputs } = await checkGraphGradient(trace.graph, [value], feeds, { runtime, wrt: ['vectors'] })
  return outputs[0]!.data[0]!
}

const softplus = (x: number): number => Math.log1p(Math.exp(x))

describe('the loss of the next item', () => {
  it('is a softmax over the target and the negatives but itself, the mean over rows with a target', async () => {
    const inputs = { targets: [2, 0, 3], negatives: [1, 2, 3, 4], hits: [1, -1, 2] }
    // Row 0 scores 1, 2, 3, 4 with the target 2; row 1 has no target; row 2 scores 0 everywhere.
    const first = -Math.log(Math.exp(2) / (Math.exp(1) + Math.exp(2) + Math.exp(3) + Math.exp(4)))
    const loss = await lossOf('sampledSoftmax', [1, 9, 5, 5, 0, 7], inputs)
    expect(loss).toBeCloseTo((first + Math.log(4)) / 2, 4)
  })

  it('is BPR against each negative, in which the target itself adds nothing', async () => {
    const inputs = { targets: [2], negatives: [1, 2, 3, 4], hits: [1] }
    const expected = (softplus(1 - 2) + softplus(3 - 2) + softplus(4 - 2)) / 4
    expect(await lossOf('bpr', [1, 0], inputs)).toBeCloseTo(expected, 4)
  })

  it('takes no more negatives than there are items', () => {
    const targets = Int32Array.of(3, 1)
    const settings = { loss: 'sampledSoftmax', numNegatives: 1000 } as const
    const inputs = recommendationInputs(settings, 4, targets, Rng.fromSeed(1)) as Record<string, Int32Array>
    expect(inputs['negatives']!.toSorted()).toEqual(Int32Array.of(1, 2, 3, 4))
    expect(Array.from(inputs['hits']!, (place) => inputs['negatives']![place])).toEqual([3, 1])
  })
})
