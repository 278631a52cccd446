import { expect, it } from 'vitest'

import { closest } from './closest.js'

it('finds the word that was meant, and none where nothing is near', () => {
  const words = ['hiddenSize', 'historyLength', 'loss']
  expect(closest('hiddenSiz', words)).toBe('hiddenSize')
  expect(closest('hidden_size', words)).toBe('hiddenSize')
  expect(closest('los', words)).toBe('loss')
  expect(closest('dropout', words)).toBeUndefined()
  expect(closest('x', [])).toBeUndefined()
  expect(closest('ab', ['ax', 'ay'])).toBe('ax')
})
