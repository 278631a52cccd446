import { describe, expect, it } from 'vitest'

import { canonicalRequirement, requirementKey, requirementsOf, servedRequirements } from './requirements.js'

describe('requirementsOf', () => {
  it('lists every subset but the empty one, the smaller first, then by name', () => {
    expect(requirementsOf(['occupation', 'gender', 'age', 'gender'])).toEqual([
      ['age'],
      ['gender'],
      ['occupation'],
      ['age', 'gender'],
      ['age', 'occupation'],
      ['gender', 'occupation'],
      ['age', 'gender', 'occupation'],
    ])
    expect(requirementsOf([])).toEqual([])
  })

  it('goes up to eight attributes', () => {
    const names = Array.from('ihgfedcba')
    const subsets = requirementsOf(names.slice(1))
    expect(new Set(subsets.map(requirementKey)).size).toBe(255)
    expect(subsets.at(-1)).toEqual(Array.from('abcdefgh'))
    expect(() => requirementsOf(names)).toThrow(/9 attributes have 511 subsets.*at most 8/)
  })

  it.each(['', 'a,b'])('refuses the name "%s", whose key would be that of another requirement', (name) => {
    expect(() => requirementsOf(['a', name])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('canonicalRequirement', () => {
  it('sorts and names each once', () => {
    expect(canonicalRequirement(['gender', 'age', 'gender'])).toEqual(['age', 'gender'])
    expect(requirementKey(['gender', 'age', 'gender'])).toBe('age,gender')
    expect(requirementKey([])).toBe('')
  })
})

describe('servedRequirements', () => {
  const veil = { method: 'toy', requirements: [['age'], ['age', 'gender']] }

  it('gives the key of each row', () => {
    expect(servedRequirements(veil, [['gender', 'age'], [], ['age']], 3)).toEqual(['age,gender', '', 'age'])
    expect(servedRequirements(veil, [], 0)).toEqual([])
  })

  it.each([[['gender']], [['age', 'gender', 'zip']], [['']], [['age,gender']], [['age', 'age,gender']]])(
    'refuses %j, which has no model of its own',
    (requirement) => {
      expect(() => servedRequirements(veil, [[], requirement], 2)).toThrow(
        expect.objectContaining({ code: 'VEIL_NOT_FOUND' }),
      )
    },
  )

  it('wants one requirement for each row', () => {
    expect(() => servedRequirements(veil, [[]], 2)).toThrow(/1 requirements for 2 users/)
  })
})
