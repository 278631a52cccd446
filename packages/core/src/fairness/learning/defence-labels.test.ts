import { matchers } from '@veilrec/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { userGroups, type UserAttribute } from '../../dataset.js'
import { Rng } from '../../random.js'
import { defenceLabels } from './defence-labels.js'

expect.extend(matchers)
const defence = userGroups.indexOf('defence')

function attribute(name: string, codes: readonly number[]): UserAttribute {
  return { name, classes: ['x', 'y'], codes: Int16Array.from(codes) }
}

const ten = Uint8Array.from({ length: 10 }, (_, user) => (user < 6 ? defence : (defence + 1) % 3))
const codes = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]

describe('labels that a defence may see', () => {
  it('are those of defence users only, each in one of two parts', () => {
    const shares = fc.record({
      seed: fc.integer(),
      holdoutShare: fc.double({ min: 0.2, max: 0.5, noNaN: true }),
    })
    fc.assert(
      fc.property(shares, ({ seed, holdoutShare }) => {
        const rng = Rng.fromSeed(seed)
        const attributes = [attribute('b', codes), attribute('a', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]
        const one = defenceLabels([attributes[0]!], ten, { holdoutShare: 1 / 3, rng })
        expect(new Set([...one.holdoutUsers, ...one.trainingUsers])).toEqual(new Set([0, 1, 2, 3, 4, 5]))
        expect(one.holdoutUsers).toHaveLength(2)
        const [{ training, holdout }] = one.attributes as [(typeof one.attributes)[number]]
        codes.forEach((code, user) => {
          expect(training[user]).toBe(one.trainingUsers.includes(user) ? code : -1)
          expect(holdout[user]).toBe(one.holdoutUsers.includes(user) ? code : -1)
        })
        expect(() => defenceLabels(attributes, ten, { holdoutShare, rng })).toThrowVeilrecError(
          'INVALID_ARGUMENT',
          'fewer than two different values of a',
        )
      }),
      { numRuns: 30 },
    )
  })

  it('come in order of the names, and do not count a missing label as a value', () => {
    const rng = Rng.fromSeed(1)
    const labels = defenceLabels([attribute('b', codes), attribute('a', codes)], ten, {
      holdoutShare: 1 / 3,
      rng,
    })
    expect(labels.attributes.map(({ name }) => name)).toEqual(['a', 'b'])
    const half = attribute('a', [0, -1, 0, -1, 0, -1, 0, 1, 0, 1])
    expect(() => defenceLabels([half], ten, { holdoutShare: 1 / 3, rng })).toThrowVeilrecError(
      'INVALID_ARGUMENT',
    )
  })

  it('need users for both parts', () => {
    const rng = Rng.fromSeed(1)
    for (const holdoutShare of [0.01, 0.99]) {
      expect(() => defenceLabels([attribute('a', codes)], ten, { holdoutShare, rng })).toThrowVeilrecError(
        'INVALID_ARGUMENT',
        '6 defence users',
      )
    }
  })
})
