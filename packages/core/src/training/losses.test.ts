import { createOrtRuntime } from '@veilrec/runtime'
import { checkGradient, floats, matchers, normals } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import type { Tensor } from '../graph/tensor.js'
import { Rng } from '../random.js'
import {
  bayesianPersonalizedRanking,
  binaryCrossEntropy,
  generalizedBinaryCrossEntropy,
  softmaxCrossEntropy,
} from './losses.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const gbce = (positive: Tensor, negatives: Tensor): Tensor =>
  generalizedBinaryCrossEntropy(positive, negatives, { numNegatives: 2, numItems: 9, calibration: 0.5 })

/** Values for the target score 1 and negatives of the scores 0 and 2. */
async function handCase(loss: (positive: Tensor, negatives: Tensor) => Tensor): Promise<number> {
  const feeds = { positive: floats([1]), negatives: floats([0, 2], [1, 2]) }
  const { outputs } = await checkGradient((t) => loss(t.positive, t.negatives), feeds, { runtime })
  return outputs[0]!.data[0]!
}

const softplus = (x: number): number => Math.log1p(Math.exp(x))

describe('losses of a target against negatives', () => {
  it('are what their formulas say', async () => {
    const bce = softplus(-1) + softplus(0) + softplus(2)
    expect(await handCase(binaryCrossEntropy)).toBeCloseTo(bce, 5)
    expect(await handCase(bayesianPersonalizedRanking)).toBeCloseTo((softplus(-1) + softplus(1)) / 2, 5)
    const share = Math.exp(1) / (Math.exp(1) + Math.exp(0) + Math.exp(2))
    expect(await handCase(softmaxCrossEntropy)).toBeCloseTo(-Math.log(share), 5)
    // alpha = 2 / 8, beta = alpha (0.5 (1 - 4) + 4) = 0.625
    const generalized = (0.625 * softplus(-1) + softplus(0) + softplus(2)) / 3
    expect(await handCase(gbce)).toBeCloseTo(generalized, 5)
  })

  it('gBCE without calibration is the mean form of BCE, and calibrated fully weighs the target by the rate', async () => {
    const at = (calibration: number): Promise<number> => {
      const options = { numNegatives: 2, numItems: 9, calibration }
      return handCase((positive, negatives) => generalizedBinaryCrossEntropy(positive, negatives, options))
    }
    const negatives = softplus(0) + softplus(2)
    expect(await at(0)).toBeCloseTo((softplus(-1) + negatives) / 3, 5)
    expect(await at(1)).toBeCloseTo((0.25 * softplus(-1) + negatives) / 3, 5)
  })

  it.each([
    ['BCE', binaryCrossEntropy],
    ['BPR', bayesianPersonalizedRanking],
    ['gBCE', gbce],
    ['softmax', softmaxCrossEntropy],
  ])('%s has the gradient of its differences', async (_, loss) => {
    const rng = Rng.fromSeed(5)
    const feeds = { positive: normals(rng, [2, 3], 3), negatives: normals(rng, [2, 3, 2], 3) }
    await checkGradient((t) => loss(t.positive, t.negatives), feeds, { runtime })
  })

  it.each([
    ['BCE', binaryCrossEntropy],
    ['gBCE', gbce],
    ['softmax', softmaxCrossEntropy],
  ])('%s leaves out a negative of -1e9, and no score overflows', async (_, loss) => {
    const feeds = {
      positive: floats([1, 1, 200, -200]),
      negatives: floats([0, -1e9, -1e9, 0, -200, -200, 200, 200], [4, 2]),
    }
    const { outputs } = await checkGradient((t) => loss(t.positive, t.negatives), feeds, {
      runtime,
      differences: false,
    })
    const [first, second, sure, wrong] = [...outputs[0]!.data]
    expect(first).toBe(second)
    expect(sure).toBeCloseTo(0, 6)
    expect(wrong).toBeGreaterThan(40)
    expect(Number.isFinite(wrong)).toBe(true)
  })
})
