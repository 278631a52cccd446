import { matchers } from '@veilrec/testing'
import { expect, it } from 'vitest'

import { Rng } from '../random.js'
import { constant } from './initializers.js'
import { ParameterStore } from './parameter-store.js'
import { createTrace, Scope } from './scope.js'

expect.extend(matchers)

function newScope(training: boolean, store = new ParameterStore(Rng.fromSeed(1))): Scope {
  return new Scope(createTrace(store, { training }))
}

it('names parameters by their path and meets them again in another trace', () => {
  const store = new ParameterStore(Rng.fromSeed(1))
  const declare = (scope: Scope): string =>
    scope.child('block0').child('inner').parameter('weight', [2], constant(1)).name
  expect(declare(newScope(true, store))).toBe('block0/inner/weight')
  store.get('block0/inner/weight').data.fill(5)
  declare(newScope(false, store))
  expect([...store.get('block0/inner/weight').data]).toEqual([5, 5])
})

it('gives one tensor for one parameter of a trace, and refuses another shape', () => {
  const scope = newScope(true)
  const weight = scope.parameter('w', [2], constant(1))
  expect(scope.parameter('w', [2], constant(1))).toBe(weight)
  expect(() => scope.parameter('w', [3], constant(1))).toThrowVeilrecError(
    'GRAPH_SHAPE_MISMATCH',
    '[2]',
    '[3]',
  )
  expect(() => scope.input('w', 'float32', [1])).toThrowVeilrecError('GRAPH_INVALID', '"w"')
})

it('drops out while training only, at a rate in [0, 1)', () => {
  const training = newScope(true)
  const x = training.input('x', 'float32', [4])
  expect(training.dropout(x, 0)).toBe(x)
  expect(training.dropout(x, 0.5)).not.toBe(x)
  expect(training.dropout(x, 0.5)).not.toBe(x)
  expect(training.trace.dropouts.map(({ rate }) => rate)).toEqual([0.5, 0.5])
  for (const rate of [-0.1, 1, NaN]) {
    expect(() => training.dropout(x, rate)).toThrowVeilrecError('INVALID_ARGUMENT', String(rate))
  }
  const inference = newScope(false)
  const y = inference.input('y', 'float32', [4])
  expect(inference.dropout(y, 0.5)).toBe(y)
})
