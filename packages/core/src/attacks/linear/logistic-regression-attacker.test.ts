import { describe, expect, it } from 'vitest'
import type { Runtime } from '../../graph/runtime.js'
import { Rng } from '../../random.js'
import type { AttackProblem } from '../attacker.js'
import { logisticRegressionAttacker } from './logistic-regression-attacker.js'
import { fitLogisticRegression, predictProbabilities } from './logistic-regression.js'
import { fitStandardizer, standardize } from './standardize.js'

const dimension = 3
const numUsers = 90
const context = { runtime: { load: () => Promise.reject(new Error('no graph')) } satisfies Runtime }
const rng = Rng.fromSeed(1)

const problem = ((): AttackProblem => {
  const stream = Rng.fromSeed(4)
  const values = Float64Array.from(
    { length: numUsers * dimension },
    (_, at) => 5 + (1 + (at % dimension)) * stream.normal(),
  )
  const users = Int32Array.from({ length: 60 }, (_, i) => i)
  const labels = users.map((user) => (values[user * dimension]! > 5 ? 1 : stream.int(2)))
  const validation = { users: Int32Array.of(70, 71), labels: Int32Array.of(0, 1) }
  return {
    evidence: { kind: 'vectors', values, dimension },
    numClasses: 3,
    training: { users, labels },
    validation,
  }
})()
const unseen = Int32Array.of(80, 60, 85)

const reference = (l2: number, labels: Int32Array): Float64Array => {
  if (problem.evidence.kind === 'lists') throw new Error('vectors were asked for')
  const { values } = problem.evidence
  const standardizer = fitStandardizer(values, dimension, problem.training.users)
  const features = standardize(values, problem.training.users, standardizer)
  const model = fitLogisticRegression(features, labels, { numClasses: 3, l2, gradientTolerance: 1e-10 })
  return predictProbabilities(model, standardize(values, unseen, standardizer))
}

describe('logisticRegressionAttacker', () => {
  it('is the logistic regression on standardised vectors, for every strength', async () => {
    const fits = logisticRegressionAttacker.configurations.map((config) => ({ config, rng }))
    const attackers = await logisticRegressionAttacker.fit(problem, fits, context)
    for (const [i, { config }] of fits.entries()) {
      const probabilities = await attackers[i]!.predict(unseen)
      for (const [at, p] of reference(config.l2, problem.training.labels).entries()) {
        expect(probabilities[at]).toBeCloseTo(p, 3)
      }
      // No training user is of class 2.
      expect(probabilities[2]).toBe(0)
    }
  })

  it('takes other labels from the fit, whatever came before', async () => {
    const labels = problem.training.labels.map((label) => 2 - 2 * label)
    const config = { l2: 0.1 }
    const fits = [
      { config, rng },
      { config, rng, labels },
      { config, rng },
    ]
    const attackers = await logisticRegressionAttacker.fit(problem, fits, context)
    const answers = await Promise.all(attackers.map((attacker) => attacker.predict(unseen)))
    for (const [at, p] of reference(0.1, labels).entries()) expect(answers[1]![at]).toBeCloseTo(p, 3)
    expect(answers[2]).toEqual(answers[0])
  })

  it('refuses lists and stops when asked to', async () => {
    const lists = { offsets: Int32Array.of(0, 1), items: Int32Array.of(1) }
    const onLists: AttackProblem = { ...problem, evidence: { kind: 'lists', lists, numItems: 1 } }
    const fits = [{ config: { l2: 1 }, rng }]
    await expect(logisticRegressionAttacker.fit(onLists, fits, context)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    const aborted = { ...context, signal: AbortSignal.abort() }
    await expect(logisticRegressionAttacker.fit(problem, fits, aborted)).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })
})
