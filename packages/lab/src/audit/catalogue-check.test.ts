import type { Histories } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { catalogueCheck } from './catalogue-check.js'

const histories = (rows: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...rows.keys()].map((_, i) => rows.slice(0, i).flat().length)),
  items: Int32Array.from(rows.flat()),
})
const had = histories([[1, 2], [3]])
const dataset = { numItems: 5, numUsers: 2, histories: had }
const check = (
  rows: number[][],
  masked?: Histories,
  candidates?: Histories,
): ReturnType<typeof catalogueCheck> =>
  catalogueCheck({
    dataset,
    lists: [{ name: 'base', lists: histories(rows), ...(masked === undefined ? {} : { masked }) }],
    candidates,
  })

describe('catalogueCheck', () => {
  it('passes lists and candidates that are sound', () => {
    expect(
      check(
        [
          [3, 5],
          [1, 2],
        ],
        had,
        histories([[4, 5], []]),
      ),
    ).toEqual({
      name: 'catalogue',
      passed: true,
      detail:
        '4 listed items are in the catalogue 1..5, none twice in a list and none that was masked; ' +
        "so are 2 stored candidates, none of their user's own history",
    })
    expect(check([[1, 2], [3]]).detail).toContain('no candidates')
  })

  it.each([
    [[[6], []], undefined, 'item 6 of user 0 is outside the catalogue 1..5'],
    [[[], [0]], undefined, 'item 0 of user 1 is outside the catalogue 1..5'],
    [[[4, 5, 4], []], undefined, 'item 4 of user 0 is listed twice'],
    [[[3], [5, 3]], had, 'item 3 of user 1 was to be masked'],
    [[[3]], undefined, 'lists of 1 users instead of 2'],
  ])('finds what is wrong with %j', (rows, masked, problem) => {
    expect(check(rows, masked)).toMatchObject({ passed: false, detail: `base: ${problem}` })
  })

  it("refuses candidates of the user's own history", () => {
    expect(check([[], []], had, histories([[4], [3]]))).toMatchObject({
      passed: false,
      detail: 'stored candidates: item 3 of user 1 was to be masked',
    })
  })
})
