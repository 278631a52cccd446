import { describe, expect, it } from 'vitest'
import { Rng } from '../../random.js'
import type { AttackerFit, AttackerKind, LabelledUsers } from '../attacker.js'
import { shuffledLabelAucs, shuffleGroup } from './suite-shuffle.js'
import type { SuiteTask } from './suite-training.js'

const group = (from: number, size: number): LabelledUsers => ({
  users: Int32Array.from({ length: size }, (_, i) => from + i),
  labels: Int32Array.from({ length: size }, (_, i) => (i < size / 4 ? 1 : 0)),
})

const task: SuiteTask = {
  trainedOn: 'defence',
  problem: {
    evidence: { kind: 'vectors', values: new Float32Array(100), dimension: 1 },
    numClasses: 2,
    training: group(0, 40),
    validation: group(40, 20),
  },
  test: group(60, 40),
  context: { runtime: { load: () => Promise.reject(new Error('no graph')) } },
}

/** Says of user u what the labels it was given say of training user u - 60, and keeps what it was asked. */
const recorder = (fits: AttackerFit[]): AttackerKind => ({
  name: 'recorder',
  evidence: 'vectors',
  isRandom: false,
  configurations: [{}],
  fit: (_, asked) => {
    fits.push(...asked)
    return Promise.resolve(
      asked.map(({ labels }) => ({
        predict: (users) =>
          Promise.resolve(
            Float64Array.from({ length: 2 * users.length }, (__, at) => {
              const p = labels![users[at >> 1]! - 60]!
              return at % 2 === 1 ? p : 1 - p
            }),
          ),
      })),
    )
  },
})

const sorted = (labels: Int32Array): Int32Array => Int32Array.from(labels).sort().reverse()

describe('shuffledLabelAucs', () => {
  it('trains on shuffled labels of training and validation users, another order each time', async () => {
    const fits: AttackerFit[] = []
    const config = { l2: 3 }
    const aucs = await shuffledLabelAucs(recorder(fits), config, task, 6, Rng.fromSeed(1))
    expect(aucs).toHaveLength(6)
    expect(fits).toHaveLength(6)
    const orders = new Set<string>()
    for (const fit of fits) {
      expect(fit.config).toBe(config)
      expect(sorted(fit.labels!)).toEqual(task.problem.training.labels)
      expect(sorted(fit.validationLabels!)).toEqual(task.problem.validation.labels)
      orders.add(`${fit.labels!.join('')} ${fit.validationLabels!.join('')}`)
    }
    expect(orders.size).toBe(6)
  })

  it('measures against shuffled labels of the test users', async () => {
    const rng = Rng.fromSeed(1)
    const [auc] = await shuffledLabelAucs(recorder([]), {}, task, 1, rng)
    const stream = rng.split('shuffle 0')
    const told = shuffleGroup(task.problem.training, 'defence', stream)
    const truth = shuffleGroup(task.test, 'attackTest', stream)
    // AUC of a bit: half of one plus the difference between the shares of both sides.
    const share = (side: number): number => {
      const of = [...told].filter((_, i) => truth[i] === side)
      return of.reduce((a, b) => a + b, 0) / of.length
    }
    expect(auc).toBeCloseTo((1 + share(1) - share(0)) / 2, 12)
  })

  it('shuffles users alike for every attribute', () => {
    const places = Int32Array.from({ length: 40 }, (_, i) => i)
    const one = shuffleGroup({ ...task.test, labels: places }, 'attackTest', Rng.fromSeed(3))
    const other = shuffleGroup(task.test, 'attackTest', Rng.fromSeed(3))
    expect(other).toEqual(one.map((place) => task.test.labels[place]!))
    expect(shuffleGroup(task.test, 'defence', Rng.fromSeed(3))).not.toEqual(other)
  })
})
