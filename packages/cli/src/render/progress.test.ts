import { expect, it } from 'vitest'

import { progressLines, timeLeft } from './progress.js'

it('prints one line for each stage, when it is over, with its last metrics', () => {
  const lines: string[] = []
  const { sink, stop } = progressLines((line) => lines.push(line))
  stop()
  sink({ stage: 'epoch 1', done: 1, total: 4, metrics: { loss: 2 } })
  sink({ stage: 'epoch 1', done: 2, total: 4, metrics: { loss: 1.5 } })
  expect(lines).toEqual([])
  sink({ stage: 'epoch 2', done: 3, total: 4 })
  stop()
  stop()
  expect(lines).toEqual(['epoch 1  loss 1.5000 (2/4)\n', 'epoch 2 (3/4)\n'])
})

it('says how long work still takes, as far as it is known', () => {
  const progress = { stage: 'epoch 1', done: 10, total: 40 }
  expect(timeLeft(progress, undefined)).toBe('?')
  expect(timeLeft(progress, 2)).toBe('at most 15.0 s')
  expect(timeLeft({ ...progress, secondsLeft: [5, 5] }, 2)).toBe('5.0 s')
  expect(timeLeft({ ...progress, secondsLeft: [5, 90] }, 2)).toBe('5.0 s to 1 min 30 s')
})
