import { describe, expect, it } from 'vitest'
import { datasetStatistics, lastItemTied } from './statistics.js'

describe('datasetStatistics', () => {
  // user 0: times 1 2 2 9; user 1: times 5 5; user 2: times 3 4 8; user 3: time 7
  const histories = {
    offsets: Int32Array.from([0, 4, 6, 9, 10]),
    items: Int32Array.from([1, 2, 3, 4, 1, 2, 1, 2, 3, 5]),
  }
  const times = Float64Array.from([1, 2, 2, 9, 5, 5, 3, 4, 8, 7])

  it('computes the hand-made case', () => {
    const statistics = datasetStatistics(histories, times, times.slice().sort(), 5)
    expect(statistics.density).toBeCloseTo(10 / 20)
    expect(statistics.historyLength).toEqual({ min: 1, q05: 1, q25: 1, median: 2, q75: 3, q95: 4, max: 4 })
    expect(statistics.tieRate).toBeCloseTo(4 / 10)
    expect(statistics.lastItemTiedShare).toBeCloseTo(1 / 4)
    // Training is at 1, 2 (user 0) and 3 (user 2); the targets are at 9, 5, 8 and 7.
    expect(statistics.trainingNewerThanTarget).toBe(0)
    expect(Array.from(lastItemTied(histories, times))).toEqual([0, 1, 0, 0])
  })

  it('counts training interactions newer than each target, not those of the same second', () => {
    // Training of user 0 is at 10, 20 and 30; the targets are at 50 and 20: of the second, one of three is newer.
    const two = { offsets: Int32Array.from([0, 5, 6]), items: Int32Array.from([1, 2, 3, 4, 5, 1]) }
    const times = Float64Array.from([10, 20, 30, 40, 50, 20])
    const statistics = datasetStatistics(two, times, times.slice().sort(), 5)
    expect(statistics.trainingNewerThanTarget).toBeCloseTo((0 + 1 / 3) / 2)
  })

  it('has no share of training data where there is none', () => {
    const short = { offsets: Int32Array.from([0, 2]), items: Int32Array.from([1, 2]) }
    const times = Float64Array.from([1, 2])
    expect(datasetStatistics(short, times, times, 2).trainingNewerThanTarget).toBeNull()
  })
})
