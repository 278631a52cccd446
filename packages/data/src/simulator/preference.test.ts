import { describe, expect, it } from 'vitest'
import { clusterShift, clusterShifts } from './preference.js'

const everyClass = [0, 1].flatMap((gender) => [0, 1, 2].map((age) => [gender, age]))

describe('clusterShift', () => {
  it('adds the contrasts of both attributes, each 0 on average over the classes', () => {
    // Cluster 0 is favoured by class 0 of both attributes; of the three ages, two are against it.
    expect(clusterShift([0, 0], 0)).toBeCloseTo(0.5 + 0.5)
    expect(clusterShift([1, 2], 0)).toBeCloseTo(-0.5 - 0.25)
    expect(clusterShift([1, 1], 3)).toBeCloseTo(0.5 + 0.5)
    for (let cluster = 0; cluster < 12; cluster++) {
      const sum = everyClass.reduce((total, classes) => total + clusterShift(classes, cluster), 0)
      expect(sum).toBeCloseTo(0)
    }
  })
})

describe('clusterShifts', () => {
  it('shows the hidden digits in the first half of the clusters, their sums with the classes in the second', () => {
    // Class (1, 2) and hidden (1, 2): the sums are (1 + 1) mod 2 = 0 and (2 + 2) mod 3 = 1.
    const shifts = clusterShifts({ form: 'xor', numClusters: 12 }, [1, 2], [1, 2])
    for (let k = 0; k < 6; k++) {
      expect(shifts[k]).toBeCloseTo(2 * clusterShift([1, 2], k))
      expect(shifts[6 + k]).toBeCloseTo(2 * clusterShift([0, 1], k))
    }
  })

  it('has the same values for all classes on average over the hidden digits, in the XOR form', () => {
    for (const numClusters of [2, 5, 12, 13]) {
      const means = everyClass.map((classes) => {
        const all = everyClass.map((hidden) => clusterShifts({ form: 'xor', numClusters }, classes, hidden))
        return Array.from(all[0]!, (_, k) => all.reduce((sum, shifts) => sum + shifts[k]!, 0))
      })
      for (const mean of means) mean.forEach((value, k) => expect(value).toBeCloseTo(means[0]![k]!))
    }
  })

  it('gives the forward direction a probability', () => {
    for (const classes of everyClass) {
      const shifts = clusterShifts({ form: 'order', numClusters: 12 }, classes, [0, 0])
      expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-1)
      expect(Math.max(...shifts)).toBeLessThanOrEqual(1)
    }
  })
})
