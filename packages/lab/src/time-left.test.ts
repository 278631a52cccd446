import fc from 'fast-check'
import { expect, it } from 'vitest'

import { secondsLeft, type TrainingPosition } from './time-left.js'

const at: TrainingPosition = {
  training: { epochs: 100, maxMinutes: 10, patience: 5, evaluateEvery: 4 },
  stepsPerEpoch: 10,
  epoch: 6,
  position: 5,
  withoutBetter: 3,
  secondsPerStep: 2,
  secondsDone: 110,
}

it('ends with patience at the earliest, with the minutes at the latest', () => {
  // Evaluated next after epoch 8; the second one without a better ends it after epoch 12.
  expect(secondsLeft(at)).toEqual([((12 - 6 + 1) * 10 - 5) * 2, 10 * 60 - 110])
})

it('ends with the last epoch where that comes first', () => {
  const training = { ...at.training, epochs: 9 }
  expect(secondsLeft({ ...at, training })).toEqual([70, 70])
})

it('finishes the epoch under way when the minutes are over', () => {
  expect(secondsLeft({ ...at, secondsDone: 599 })).toEqual([10, 10])
  expect(secondsLeft({ ...at, secondsDone: 700 })).toEqual([10, 10])
})

it('is a range from 0 on whatever the settings', () => {
  const positive = fc.integer({ min: 1, max: 50 })
  fc.assert(
    fc.property(positive, positive, positive, positive, fc.nat(9), fc.nat(60), (a, b, c, d, e, f) => {
      const training = { epochs: a, maxMinutes: b, patience: c, evaluateEvery: d }
      const [atLeast, atMost] = secondsLeft({ ...at, training, position: e, epoch: 1 + (f % a) })
      expect(atLeast).toBeGreaterThanOrEqual(0)
      expect(atMost).toBeGreaterThanOrEqual(atLeast)
    }),
  )
})
