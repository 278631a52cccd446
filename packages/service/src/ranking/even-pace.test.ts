import { expect, it } from 'vitest'

import { EvenPace } from './even-pace.js'

it('asks a batch without people to take what batches with people took in the median, by row', () => {
  const pace = new EvenPace()
  expect(pace.target(3)).toBe(0)
  for (const milliseconds of [2, 4, 100]) pace.note(1, milliseconds)
  expect(pace.target(1)).toBe(4)
  expect(pace.target(3)).toBe(12)
  pace.note(10, 30)
  pace.note(10, 30)
  expect(pace.target(1)).toBe(3)
  for (let i = 0; i < 64; i++) pace.note(2, 2)
  expect(pace.target(1)).toBe(1)
})
