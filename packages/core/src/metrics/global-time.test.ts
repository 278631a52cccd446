import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { globalTimeTargets } from './global-time.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

describe('globalTimeTargets', () => {
  const all = histories([1, 2, 3, 2, 4, 4, 5], [6, 7], [8], [])
  const split = {
    validationFrom: 10,
    testFrom: 20,
    trainLength: Int32Array.of(2, 2, 0, 0),
    validationLength: Int32Array.of(3, 2, 0, 0),
  }

  it('asks for the different new items after the border', () => {
    expect(globalTimeTargets(all, split, 'test')).toEqual({
      known: histories([1, 2, 3], [6, 7], [], []),
      targets: histories([4, 5], [], [8], []),
      repeated: 2,
    })
    expect(globalTimeTargets(all, split, 'validation')).toEqual({
      known: histories([1, 2], [6, 7], [], []),
      targets: histories([3], [], [], []),
      repeated: 0,
    })
  })
})
