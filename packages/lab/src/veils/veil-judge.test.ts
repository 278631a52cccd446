import {
  leaveOneOutTargets,
  ParameterStore,
  Rng,
  vectorScores,
  type Dataset,
  type DefenceLabels,
  type Recommender,
  type Requirement,
  type Veil,
} from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import type { LoadedRun } from '../load-run.js'
import type { RunManifest } from '../run-manifest.js'
import { judgedRequirements, veilJudge } from './veil-judge.js'

const numUsers = 120
const numItems = 4
/** Everybody had items 1 and 2; the validation item of even users is 2 and that of odd ones 3, the test item 4. */
const offsets = Int32Array.from({ length: numUsers + 1 }, (_, user) => 3 * user)
const items = Int32Array.from({ length: 3 * numUsers }, (_, i) => {
  const isOdd = Math.floor(i / 3) % 2
  return [1, 2 + isOdd, 4][i % 3]!
})
const histories = { offsets, items }
/** One coordinate for each item. */
const dimension = numItems
const itemVectors = Float32Array.from({ length: (numItems + 1) * dimension }, (_, i) =>
  Math.floor(i / dimension) - 1 === i % dimension ? 1 : 0,
)
const run: LoadedRun = {
  name: 'one',
  folder: '',
  manifest: {} as RunManifest,
  dataset: { numUsers, numItems, histories } as unknown as Dataset,
  recommender: {} as Recommender,
  store: new ParameterStore(Rng.fromSeed(1)),
  dimension,
  scores: (userVectors) => vectorScores({ userVectors, itemVectors, dimension }),
}
const codes = Int16Array.from({ length: numUsers }, (_, user) => (user % 3 === 0 ? 1 : 0))
const labels: DefenceLabels = {
  attributes: ['age', 'gender'].map((name) => ({
    name,
    numClasses: 2,
    training: new Int16Array(numUsers).fill(-1),
    holdout: codes,
  })),
  trainingUsers: Int32Array.of(),
  holdoutUsers: Int32Array.from({ length: 90 }, (_, user) => user),
}

/** Scores item 2 first, then 3; says the class of the user in coordinate 0 where `leaks` says so. */
function veilThat(leaks: (requirement: Requirement) => boolean, asked: unknown[] = []): Veil {
  return {
    method: 'toy',
    attributes: ['age', 'gender'],
    requirements: judgedRequirements(['age', 'gender']),
    encode: (of, requirements, users) => {
      asked.push({ of, requirement: requirements[0] })
      const rows = Array.from(users!, (user, row) => {
        const told = leaks(requirements[row]!) ? codes[user]! : 0
        return [told, 3, 2, 1 + ((user * 7919) % 13) / 100]
      })
      return Promise.resolve(Float32Array.from(rows.flat()))
    },
  }
}

const requirements = judgedRequirements(['age', 'gender'])

describe('the judge of a veil', () => {
  it('tries each attribute alone and all together', () => {
    expect(requirements).toEqual([['age'], ['gender'], ['age', 'gender']])
    expect(judgedRequirements(['age'])).toEqual([['age']])
  })

  it('ranks validation items with known ones masked, and probes the hidden attributes', async () => {
    const asked: { of: unknown; requirement: unknown }[] = []
    const veil = veilThat((requirement) => requirement.length === 2, asked)
    const judgement = await veilJudge({ run, veil, labels, requirements, rng: Rng.fromSeed(1) })()
    // Item 2 stands first for even users, item 3 second for odd ones.
    const ndcg = (1 + 1 / Math.log2(3)) / 2
    expect(judgement.ndcg).toBeCloseTo(ndcg, 10)
    const [age, gender, both] = judgement.requirements as [
      never,
      never,
      (typeof judgement.requirements)[number],
    ]
    expect(Object.keys((age as typeof both).aucs)).toEqual(['age'])
    expect((gender as typeof both).aucs['gender']).toBeLessThan(0.75)
    expect(both).toMatchObject({
      requirement: ['age', 'gender'],
      aucs: { age: 1, gender: 1 },
    })
    expect(judgement.worstAuc).toBe(1)
    const { known } = leaveOneOutTargets(histories, 'validation')
    expect(asked).toEqual(requirements.map((requirement) => ({ of: known, requirement })))
  })

  it('judges the same vectors the same, however often it is asked', async () => {
    const judge = veilJudge({ run, veil: veilThat(() => false), labels, requirements, rng: Rng.fromSeed(1) })
    const once = await judge()
    expect(await judge()).toEqual(once)
    expect(once.worstAuc).toBeLessThan(0.75)
  })

  it('goes by accuracy alone where nothing can be probed', async () => {
    const blank = labels.attributes.map((one) => ({ ...one, holdout: codes.map(() => -1) }))
    const judge = veilJudge({
      run,
      veil: veilThat(() => true),
      labels: { ...labels, attributes: blank },
      requirements,
      rng: Rng.fromSeed(1),
    })
    expect(await judge()).toMatchObject({
      worstAuc: 0.5,
      requirements: [{ aucs: {} }, { aucs: {} }, { aucs: {} }],
    })
  })
})
