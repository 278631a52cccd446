import { describe, expect, it } from 'vitest'

import { keyValue, nonEmpty, positiveNumber, settings, wholeNumber } from './parse.js'

describe('wholeNumber', () => {
  it('takes whole numbers only', () => {
    expect(['0', '-3', '12'].map(wholeNumber)).toEqual([0, -3, 12])
    for (const input of ['', ' ', '1.5', 'x', '1e300', 'NaN'])
      expect(() => wholeNumber(input)).toThrow('whole number')
  })
})

describe('positiveNumber', () => {
  it('starts at 1', () => {
    expect(positiveNumber('1')).toBe(1)
    expect(() => positiveNumber('0')).toThrow('at least 1')
  })
})

describe('nonEmpty and keyValue', () => {
  it('refuse what says nothing', () => {
    expect(nonEmpty('a')).toBe('a')
    expect(() => nonEmpty('')).toThrow('empty')
    expect(keyValue('a=')).toBe('a=')
    expect(() => keyValue('a')).toThrow('key=value')
    expect(() => keyValue('=a')).toThrow('key=value')
  })
})

describe('settings', () => {
  it('reads numbers and booleans, leaves text, keeps the last of a key', () => {
    expect(settings(['a=1', 'b=true', 'c=x=y', 'd=', 'e=0.5', 'a=2'])).toEqual({
      a: 2,
      b: true,
      c: 'x=y',
      d: '',
      e: 0.5,
    })
  })
})
