import { expect, it } from 'vitest'

import { duration, fixed, percent, withInterval } from './numbers.js'

it('shows numbers with their interval, and a dash where there is none', () => {
  expect(withInterval(0.74051, { lower: 0.7, upper: 0.76 }, 3)).toBe('0.741 [0.700, 0.760]')
  expect(withInterval(0.5, null, 1)).toBe('0.5')
  expect([withInterval(null, null, 3), fixed(null, 3), percent(null)]).toEqual(['-', '-', '-'])
  expect(percent(0.1234)).toBe('12.3 %')
  expect([0.84, 12.34, 200, 3599.6].map(duration)).toEqual(['840 ms', '12.3 s', '3 min 20 s', '60 min 0 s'])
})
