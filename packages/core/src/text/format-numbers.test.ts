import { expect, it } from 'vitest'

import { formatDuration, formatFixed, formatInterval, formatPercent } from './format-numbers.js'

it('shows numbers with their interval, and a dash where there is none', () => {
  expect(formatInterval(0.74051, { lower: 0.7, upper: 0.76 }, 3)).toBe('0.741 [0.700, 0.760]')
  expect(formatInterval(0.5, null, 1)).toBe('0.5')
  expect([formatInterval(null, null, 3), formatFixed(null, 3), formatPercent(null)]).toEqual(['-', '-', '-'])
  expect(formatPercent(0.1234)).toBe('12.3 %')
  expect([0.84, 12.34, 200, 3599.6].map(formatDuration)).toEqual([
    '840 ms',
    '12.3 s',
    '3 min 20 s',
    '60 min 0 s',
  ])
})
