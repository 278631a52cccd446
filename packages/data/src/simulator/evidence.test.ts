import { describe, expect, it } from 'vitest'
import { numSuccessors, type Catalogue } from './catalogue.js'
import { affinityEvidence, directionEvidence } from './evidence.js'
import { simulatorOptionsSchema } from './options.js'

// Two clusters of three equally popular items each; the successor of an item is the next one of its cluster, round.
const clusterOf = Int32Array.of(0, 0, 0, 1, 1, 1)
const successors = Int32Array.of(1, 2, 0, 4, 5, 3).reduce<number[]>(
  (all, item) => [...all, ...Array.from({ length: numSuccessors }, () => item)],
  [],
)
const catalogue: Catalogue = {
  clusterOf,
  members: [Int32Array.of(0, 1, 2), Int32Array.of(3, 4, 5)],
  cumulative: [Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 3)],
  popularity: new Float64Array(6).fill(1),
  successors: Int32Array.from(successors),
}
const options = simulatorOptionsSchema.parse({ numItems: 20, numClusters: 2, orderShare: 0.4 })

describe('affinityEvidence', () => {
  // Item 1 follows item 0 as its successor and so is no choice of its cluster.
  const user = { classes: [0, 0], cause: Float64Array.of(1, -1), history: Int32Array.of(0, 1, 3, 2) }
  const shifts = Float64Array.of(0.5, -0.5)

  it('compares differences of affinities, whose common part nobody can see', () => {
    const { known, estimated } = affinityEvidence(user, catalogue, options)
    // Residuals 0.5 and -0.5 about their mean 0.
    expect(known(shifts)).toBeCloseTo(-(0.25 + 0.25) / 2)
    expect(known(shifts.map((shift) => shift + 7))).toBeCloseTo(-(0.25 + 0.25) / 2)
    // Two choices of cluster 0, one of cluster 1: log(2.5 / 1.5) - 1 apart, with weights 5/7 and 3/5.
    const gap = Math.log(2.5 / 1.5) - 1
    expect(estimated(shifts)).toBeCloseTo((-gap * gap) / 2 / (7 / 5 + 5 / 3))
  })

  it('compares within the halves in the XOR form', () => {
    const { known } = affinityEvidence(user, catalogue, { ...options, form: 'xor' })
    expect(known(shifts)).toBe(-0)
  })
})

describe('directionEvidence', () => {
  const history = Int32Array.of(3, 0, 1, 2, 4)
  const user = { classes: [0, 0], cause: Float64Array.of(1, 0), history }

  it('reads the direction off the successors, and nothing off a circle of two', () => {
    const { known, estimated } = directionEvidence(user, catalogue, { ...options, form: 'order' })
    expect(known(Float64Array.of(0.5, 0.9))).toBeCloseTo(Math.log(0.75) + Math.log(0.5))
    expect(known(Float64Array.of(-1, 0))).toBe(-Infinity)
    // Twice p(j | i) = 0.4 + 0.6 / 3 against p(i | j) = 0.6 / 3.
    const forward = 9 / 10
    const likelihood = (1.5 * forward + 0.5 * (1 - forward)) / 2
    expect(estimated(Float64Array.of(0.5, 0.9))).toBeCloseTo(Math.log(likelihood) + Math.log(0.5))
  })

  it('stays a number where only successors follow', () => {
    const mixed = { ...user, history: Int32Array.of(0, 1, 2) }
    const { estimated } = directionEvidence(mixed, catalogue, { ...options, orderShare: 1 })
    expect(estimated(Float64Array.of(1, 0))).toBeLessThan(0)
  })
})
