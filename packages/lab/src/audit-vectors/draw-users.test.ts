import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { drawUsers } from './draw-users.js'

const numUsers = 500
const nobody = { count: 0, examples: [] }
const matched = {
  userIds: Array.from({ length: numUsers }, (_, user) => `u${user}`),
  values: Float32Array.from({ length: numUsers * 2 }, (_, at) => at),
  attributes: [
    { name: 'odd', classes: ['no', 'yes'], codes: Int16Array.from({ length: numUsers }, (_, u) => u % 2) },
  ],
  unlisted: nobody,
  withoutVector: nobody,
}

describe('drawUsers', () => {
  it('keeps everybody where they are not too many', () => {
    expect(drawUsers(matched, 2, Rng.fromSeed(1), numUsers)).toBe(matched)
  })

  it('draws different users in their order, each with its own vector and values', () => {
    const { userIds, values, attributes } = drawUsers(matched, 2, Rng.fromSeed(1), 100)
    const drawn = userIds.map((id) => Number(id.slice(1)))
    expect(new Set(drawn).size).toBe(100)
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b))
    expect([...values]).toEqual(drawn.flatMap((user) => [2 * user, 2 * user + 1]))
    expect([...attributes[0]!.codes]).toEqual(drawn.map((user) => user % 2))
    // Of a uniform draw the mean is within four standard errors, 500 / sqrt(12 * 100) = 14.4 each.
    const mean = drawn.reduce((sum, user) => sum + user, 0) / 100
    expect(Math.abs(mean - 249.5)).toBeLessThan(58)
    expect(drawUsers(matched, 2, Rng.fromSeed(1), 100).userIds).toEqual(userIds)
    expect(drawUsers(matched, 2, Rng.fromSeed(2), 100).userIds).not.toEqual(userIds)
  })
})
