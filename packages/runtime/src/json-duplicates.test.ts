import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findDuplicateKey } from './json-duplicates.js'

it.each([
  ['{}', undefined],
  ['{"a":1,"b":{"a":2}}', undefined],
  ['[{"a":1},{"a":2}]', undefined],
  ['{"a":"b","b":"a"}', undefined],
  ['{"a":["a","a"]}', undefined],
  ['{"a":1,"b":2,"a":3}', 'a'],
  ['{"a":1,"\\u0061" \t\r\n :3}', 'a'],
  ['{"x":[{"y":{"k\\"":1,"k\\"":2}}]}', 'k"'],
])('%s', (text, expected) => {
  expect(findDuplicateKey(text)).toBe(expected)
})

it('finds nothing in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => findDuplicateKey(JSON.stringify(value, undefined, 1)) === undefined,
    ),
  )
})
