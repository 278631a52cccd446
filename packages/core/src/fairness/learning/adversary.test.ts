import { createOrtRuntime } from '@veilrec/runtime'
import { checkGradient, floats, integers, matchers, normals } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import type { Tensor } from '../../graph/tensor.js'
import { Rng } from '../../random.js'
import { adversarialLoss, classifierLoss, classWeights, type AdversarialForm } from './adversary.js'
import type { DefenceAttribute } from './defence-labels.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })
const attribute = (numClasses: number, ...training: number[]): DefenceAttribute => ({
  name: 'a',
  numClasses,
  training: Int16Array.from(training),
  holdout: new Int16Array(training.length).fill(-1),
})

describe('class weights', () => {
  const four = attribute(2, 0, 0, 0, 0, 1, -1)

  it('go by frequency and are 1 on average over the users', () => {
    expect(classWeights(four, 'none')).toBeAllClose([1, 1])
    // 1/4 and 1, times 5 / (4/4 + 1).
    expect(classWeights(four, 'inverse')).toBeAllClose([0.625, 2.5])
    // 1/2 and 1, times 5 / (4/2 + 1).
    expect(classWeights(four, 'sqrtInverse')).toBeAllClose([5 / 6, 5 / 3])
  })

  it('differ by ten times at most', () => {
    const [common, rare] = classWeights(attribute(2, ...Array.from({ length: 99 }, () => 0), 1), 'inverse')
    expect(rare! / common!).toBeCloseTo(10, 5)
    expect(99 * common! + rare!).toBeCloseTo(100, 4)
  })

  it('give a class that does not occur the weight of the rarest', () => {
    const weights = classWeights(attribute(3, 0, 0, 0, 0, 2), 'inverse')
    expect(weights[1]).toBe(weights[2])
    expect(weights).toBeAllClose([0.625, 2.5, 2.5])
  })
})

/** Logits of probabilities 1/4 and 3/4, 1/2 and 1/2, and of a row without a label. */
const logits = [0, Math.log(3), 0, 0, 5, -5]
const labels = [1, 0, -1]
const weights = Float32Array.of(1, 3)

async function lossOf(loss: (logits: Tensor, labels: Tensor) => Tensor, values = logits): Promise<number> {
  const feeds = { logits: floats(values, [values.length / 2, 2]), labels: integers(labels) }
  const { outputs } = await checkGradient((t) => loss(t.logits, t.labels), feeds, { runtime })
  return outputs[0]!.data[0]!
}

const adversarial =
  (form: AdversarialForm) =>
  (x: Tensor, y: Tensor): Tensor =>
    adversarialLoss(x, { labels: y, weights }, form)

describe('losses of adversaries', () => {
  // Row 0 is of class 1, which weighs 3; row 1 of class 0.
  const weighted = (first: number, second: number): number => (3 * first + second) / 4

  it('are what their formulas say, without the rows that have no label', async () => {
    const crossEntropy = weighted(-Math.log(3 / 4), Math.LN2)
    expect(await lossOf((x, y) => classifierLoss(x, { labels: y, weights }))).toBeCloseTo(crossEntropy, 5)
    expect(await lossOf(adversarial('negCE'))).toBeCloseTo(-crossEntropy, 5)
    expect(await lossOf(adversarial('probability'))).toBeCloseTo(weighted(3 / 4, 1 / 2), 5)
    const towardsUniform = -(Math.log(1 / 4) + Math.log(3 / 4)) / 2
    expect(await lossOf(adversarial('uniform'))).toBeCloseTo(weighted(towardsUniform, Math.LN2), 5)
  })

  it('gain nothing, when bounded, from an adversary that is worse than one that knows nothing', async () => {
    // The true classes have probabilities 1/4 and 1/100; minus log 2 each is the end.
    const wrong = [Math.log(3), 0, 0, Math.log(99), 0, 0]
    expect(await lossOf(adversarial('bounded'), wrong)).toBeCloseTo(-Math.LN2, 5)
    const feeds = { logits: floats(wrong, [3, 2]), labels: integers(labels) }
    const { gradients } = await checkGradient((t) => adversarial('bounded')(t.logits, t.labels), feeds, {
      runtime,
    })
    expect(gradients.logits.data.every((value) => value === 0)).toBe(true)
    const right = [0, Math.log(3), Math.log(9), 0, 0, 0]
    expect(await lossOf(adversarial('bounded'), right)).toBeCloseTo(
      weighted(Math.log(3 / 4), Math.log(9 / 10)),
      5,
    )
  })

  it('are least, in the uniform form, where no class is preferred', async () => {
    expect(await lossOf(adversarial('uniform'), [1, 1, 2, 2, 0, 0])).toBeCloseTo(Math.LN2, 5)
  })

  it('are 0 where nobody has a label', async () => {
    const feeds = { logits: normals(Rng.fromSeed(1), [2, 3]), labels: integers([-1, -1]) }
    const target = { weights: Float32Array.of(1, 1, 1) }
    for (const form of ['negCE', 'bounded', 'probability', 'uniform'] as const) {
      const build = (t: { logits: Tensor; labels: Tensor }): Tensor =>
        adversarialLoss(t.logits, { ...target, labels: t.labels }, form)
      expect((await checkGradient(build, feeds, { runtime })).outputs[0]!.data[0]).toBe(0)
    }
  })

  it.each(['negCE', 'bounded', 'probability', 'uniform'] as const)(
    'have the gradient of %s',
    async (form) => {
      const rng = Rng.fromSeed(2)
      const feeds = { logits: normals(rng, [6, 4]), labels: integers([0, 3, -1, 2, 1, 1]) }
      const target = Float32Array.of(1, 0.5, 2, 1)
      await checkGradient(
        (t) => adversarialLoss(t.logits, { labels: t.labels, weights: target }, form),
        feeds,
        {
          runtime,
        },
      )
    },
  )
})
