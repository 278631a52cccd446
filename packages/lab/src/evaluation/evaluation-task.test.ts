import type { Dataset } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { evaluationTask } from './evaluation-task.js'

function dataset(histories: readonly (readonly number[])[], borders: readonly [number, number][]): Dataset {
  const offsets = new Int32Array(histories.length + 1)
  histories.forEach((items, user) => (offsets[user + 1] = offsets[user]! + items.length))
  return {
    name: 'tiny',
    hash: '',
    numUsers: histories.length,
    numItems: 9,
    histories: { offsets, items: Int32Array.from(histories.flat()) },
    attributes: [],
    userGroup: new Uint8Array(histories.length),
    globalTime: {
      validationFrom: 1,
      testFrom: 2,
      trainLength: Int32Array.from(borders, ([train]) => train),
      validationLength: Int32Array.from(borders, ([, validation]) => validation),
    },
    lastItemTied: new Uint8Array(histories.length),
    userIds: histories.map((_, user) => String(user)),
    itemIds: Array.from({ length: 10 }, (_, item) => String(item)),
  }
}

const rows = ({ offsets, items }: { readonly offsets: Int32Array; readonly items: Int32Array }): number[][] =>
  Array.from({ length: offsets.length - 1 }, (_, user) =>
    Array.from(items.subarray(offsets[user], offsets[user + 1])),
  )

describe('evaluationTask', () => {
  const borders: [number, number][] = [
    [2, 3],
    [0, 0],
    [1, 1],
  ]
  const data = dataset([[1, 2, 3, 4, 5], [6, 7], [8]], borders)

  it('holds out the last item, and trains without the last two', () => {
    const task = evaluationTask(data, 'leave-one-out')
    expect(rows(task.training)).toEqual([[1, 2, 3], [], []])
    expect(rows(task.known)).toEqual([[1, 2, 3, 4], [6], []])
    expect(rows(task.targets)).toEqual([[5], [7], [8]])
    expect(task.masked).toBe(task.known)
    expect([...task.users]).toEqual([0, 1, 2])
  })

  it('holds out everything from a time on; who has nothing there does not count', () => {
    const task = evaluationTask(data, 'global-time')
    expect(rows(task.training)).toEqual([[1, 2], [], [8]])
    expect(rows(task.known)).toEqual([[1, 2, 3], [], [8]])
    expect(rows(task.targets)).toEqual([[4, 5], [6, 7], []])
    expect([...task.users]).toEqual([0, 1])
  })

  it('masks nothing but padding where an item occurs twice in one history', () => {
    const repeating = dataset(
      [
        [1, 2, 1],
        [3, 1],
      ],
      [
        [1, 1],
        [0, 2],
      ],
    )
    expect(evaluationTask(repeating, 'leave-one-out').masked).toBeUndefined()
    const task = evaluationTask(repeating, 'global-time')
    expect(rows(task.targets)).toEqual([[2], []])
    expect(rows(task.masked!)).toEqual([[1], [3, 1]])
  })
})
