import { describe, expect, it } from 'vitest'

import { matchUsers } from './match-users.js'
import type { Vectors } from './read-vectors.js'

const users = {
  userIds: ['a', 'b', 'c', 'd'],
  attributes: [{ name: 'gender', classes: ['F', 'M'], codes: Int16Array.of(0, 1, -1, 1) }],
  notes: [],
}

function vectors(values: number[], userIds?: string[]): Vectors {
  const dimension = 2
  return {
    path: 'dir/v.csv',
    values: Float64Array.from(values),
    rows: values.length / dimension,
    dimension,
    constantColumns: 0,
    ...(userIds === undefined ? {} : { userIds }),
  }
}

describe('matchUsers', () => {
  it('takes rows without ids in the order of the users', () => {
    const matched = matchUsers(vectors([1, 2, 3, 4, 5, 6, 7, 8]), users, 'u.csv')
    expect(matched).toMatchObject({
      userIds: users.userIds,
      unlisted: { count: 0 },
      withoutVector: { count: 0 },
    })
    expect([...matched.values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('brings rows with ids into the order of the users, whatever their own', () => {
    const { userIds, values, attributes, unlisted, withoutVector } = matchUsers(
      vectors([7, 8, 9, 9, 1, 2, 3, 4], ['d', 'x', 'a', 'b']),
      users,
      'u.csv',
    )
    expect(userIds).toEqual(['a', 'b', 'd'])
    expect([...values]).toEqual([1, 2, 3, 4, 7, 8])
    expect([...attributes[0]!.codes]).toEqual([0, 1, 1])
    expect(unlisted).toEqual({ count: 1, examples: ['x'] })
    expect(withoutVector).toEqual({ count: 1, examples: ['c'] })
  })

  it('takes vectors of few of many users', () => {
    const { userIds, withoutVector } = matchUsers(vectors([1, 2], ['c']), users, 'u.csv')
    expect(userIds).toEqual(['c'])
    expect(withoutVector).toEqual({ count: 3, examples: ['a', 'b', 'd'] })
  })

  it('refuses another number of rows, with both numbers', () => {
    expect(() => matchUsers(vectors([1, 2, 3, 4]), users, 'u.csv')).toThrow(
      expect.objectContaining({
        code: 'VECTORS_INVALID',
        message: 'dir/v.csv has 2 rows, and u.csv lists 4 users',
        hint: expect.stringContaining('padding user'),
      }),
    )
  })

  it('refuses ids that are mostly others, with examples of both sides', () => {
    expect(() => matchUsers(vectors([1, 2, 3, 4, 5, 6], ['0', '1', 'a']), users, 'u.csv')).toThrow(
      expect.objectContaining({
        code: 'VECTORS_INVALID',
        message:
          '2 of 3 users of dir/v.csv, such as "0", "1", are not among the 4 of u.csv, such as "a", "b", "c"',
      }),
    )
  })
})
