import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { leaveOneOutTargets } from './leave-one-out.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

describe('leaveOneOutTargets', () => {
  const all = histories([1, 2, 3, 4], [5, 6])

  it('takes the last item for test and the one before for validation', () => {
    const test = leaveOneOutTargets(all, 'test')
    expect([...test.targets]).toEqual([4, 6])
    expect(test.known).toEqual(histories([1, 2, 3], [5]))
    const validation = leaveOneOutTargets(all, 'validation')
    expect([...validation.targets]).toEqual([3, 5])
    expect(validation.known).toEqual(histories([1, 2], []))
  })

  it('refuses a user without a target', () => {
    expect(() => leaveOneOutTargets(histories([1, 2], [3]), 'validation')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { user: 1, split: 'validation' } }),
    )
  })
})
