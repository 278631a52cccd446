import { describe, expect, it } from 'vitest'
import { popularityScores } from './popularity.js'

describe('popularityScores', () => {
  it('counts training interactions only', () => {
    const histories = {
      offsets: Int32Array.from([0, 4, 6, 7, 11]),
      items: Int32Array.from([1, 2, 3, 3, /**/ 1, 1, /**/ 2, /**/ 2, 2, 1, 3]),
    }
    expect(popularityScores(histories, 4)).toEqual(Float32Array.from([0, 1, 3, 0, 0]))
  })

  it('is all zero for no users', () => {
    const histories = { offsets: new Int32Array(1), items: new Int32Array(0) }
    expect(popularityScores(histories, 2)).toEqual(new Float32Array(3))
  })

  it.each([0, 5])('refuses item %d', (item) => {
    const histories = { offsets: Int32Array.from([0, 3]), items: Int32Array.from([item, 1, 1]) }
    expect(() => popularityScores(histories, 4)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
