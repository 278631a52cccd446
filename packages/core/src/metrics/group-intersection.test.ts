import { describe, expect, it } from 'vitest'
import { intersectAttributes } from './group-intersection.js'

const gender = { name: 'gender', classes: ['F', 'M'], codes: Int16Array.of(1, 0, 1, 0, -1, 1) }
const age = { name: 'age', classes: ['young', 'middle', 'old'], codes: Int16Array.of(0, 2, 0, 0, 1, -1) }

describe('intersectAttributes', () => {
  it('has the combinations that occur, in the order of the classes', () => {
    expect(intersectAttributes([gender, age])).toEqual({
      name: 'gender & age',
      classes: ['F & young', 'F & old', 'M & young'],
      codes: Int16Array.of(2, 1, 2, 0, -1, -1),
    })
    expect(intersectAttributes([age, gender]).classes).toEqual(['young & F', 'young & M', 'old & F'])
  })

  it('leaves one attribute as it is, but for classes that nobody has', () => {
    expect(intersectAttributes([gender])).toEqual(gender)
    const unused = { ...gender, classes: ['F', 'M', 'X'] }
    expect(intersectAttributes([unused]).classes).toEqual(['F', 'M'])
  })

  it.each([[[]], [[gender, { ...age, codes: new Int16Array(2) }]]])(
    'refuses none and other users',
    (attributes) => {
      expect(() => intersectAttributes(attributes)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      )
    },
  )

  it('refuses more combinations than codes can tell apart', () => {
    const numUsers = 2 ** 15
    const many = (name: string, code: (user: number) => number) => ({
      name,
      classes: Array.from({ length: 200 }, (_, c) => `${name}${c}`),
      codes: Int16Array.from({ length: numUsers }, (_, user) => code(user)),
    })
    const attributes = [many('a', (user) => Math.floor(user / 200)), many('b', (user) => user % 200)]
    expect(() => intersectAttributes(attributes)).toThrow('32768 combinations')
  })
})
