import { describe, expect, it } from 'vitest'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { Rng } from '../../random.js'
import type { AttackContext, AttackProblem, FittedAttacker } from '../attacker.js'
import { treesAttacker } from './trees-attacker.js'

const context = {} as AttackContext
const numUsers = 900
const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)
const test = range(600, numUsers)

/** Standard normal vectors with a constant column at the end; 400 users train, 200 validate. */
const problemOf = (labelOf: (vector: Float64Array, rng: Rng) => number, numClasses: number) => {
  const rng = Rng.fromSeed(11)
  const values = Float64Array.from({ length: numUsers * 4 }, (_, at) => (at % 4 === 3 ? 7 : rng.normal()))
  const labels = Int32Array.from({ length: numUsers }, (_, u) =>
    labelOf(values.subarray(u * 4, u * 4 + 4), rng),
  )
  const problem: AttackProblem = {
    evidence: { kind: 'vectors', values, dimension: 4 },
    numClasses,
    training: { users: range(0, 400), labels: labels.slice(0, 400) },
    validation: { users: range(400, 600), labels: labels.slice(400, 600) },
  }
  const testAuc = async (attacker: FittedAttacker): Promise<number> =>
    macroRocAuc(await attacker.predict(test), labels.slice(600), numClasses).auc.value!
  return { problem, testAuc }
}

const exclusiveOr = problemOf((v) => Number(v[0]! * v[1]! > 0), 2)
const fitsOf = (seed: number) =>
  treesAttacker.configurations.map((config) => ({ config, rng: Rng.fromSeed(seed) }))

describe('treesAttacker', () => {
  it('finds what is exclusive-or, unless its trees are stumps', async () => {
    expect(treesAttacker.configurations.map(({ maxDepth }) => maxDepth)).toEqual([1, 3, 5])
    const attackers = await treesAttacker.fit(exclusiveOr.problem, fitsOf(1), context)
    const aucs = await Promise.all(attackers.map(exclusiveOr.testAuc))
    expect(aucs[0]).toBeLessThan(0.65)
    expect(aucs[1]).toBeGreaterThan(0.9)
    expect(aucs[2]).toBeGreaterThan(0.9)
  })

  it('finds several classes, with one that nobody in training has', async () => {
    const { problem, testAuc } = problemOf((v) => (v[0]! > 0.5 ? 0 : v[1]! * v[2]! > 0 ? 1 : 3), 4)
    const [, attacker] = await treesAttacker.fit(problem, fitsOf(1), context)
    expect(await testAuc(attacker!)).toBeGreaterThan(0.9)
    const p = await attacker!.predict(test)
    for (let row = 0; row < test.length; row++) {
      expect(p[row * 4 + 2]).toBe(0)
      expect(p.subarray(row * 4, row * 4 + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    }
  })

  it('stays at chance on shuffled labels, of training and validation', async () => {
    const { problem, testAuc } = exclusiveOr
    const rng = Rng.fromSeed(5)
    const aucs: number[] = []
    for (let shuffle = 0; shuffle < 4; shuffle++) {
      const labels = rng.shuffle(problem.training.labels.slice())
      const validationLabels = rng.shuffle(problem.validation.labels.slice())
      const fit = { config: treesAttacker.configurations[1]!, rng, labels, validationLabels }
      const [attacker] = await treesAttacker.fit(problem, [fit], context)
      aucs.push(await testAuc(attacker!))
    }
    const mean = aucs.reduce((a, b) => a + b) / aucs.length
    expect(mean).toBeGreaterThan(0.42)
    expect(mean).toBeLessThan(0.58)
  })

  it('repeats itself for an equal stream, alone or among others, and differs for another', async () => {
    const { problem } = exclusiveOr
    const [, together] = await treesAttacker.fit(problem, fitsOf(1), context)
    const [alone] = await treesAttacker.fit({ ...problem }, [fitsOf(1)[1]!], context)
    const [other] = await treesAttacker.fit(problem, [fitsOf(2)[1]!], context)
    const p = await together!.predict(test)
    expect(await alone!.predict(test)).toEqual(p)
    expect(await other!.predict(test)).not.toEqual(p)
  })

  it('refuses lists and stops on request', async () => {
    const { problem } = exclusiveOr
    const lists = { offsets: new Int32Array(numUsers + 1), items: new Int32Array() }
    await expect(
      treesAttacker.fit({ ...problem, evidence: { kind: 'lists', lists, numItems: 1 } }, fitsOf(1), context),
    ).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    await expect(
      treesAttacker.fit(problem, fitsOf(1), { ...context, signal: AbortSignal.abort() }),
    ).rejects.toThrow(expect.objectContaining({ code: 'ABORTED' }))
  })
})
