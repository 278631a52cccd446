import type { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unauditedPolicies, type UnauditedPolicy } from '../config.js'
import { resolveSwitches, type Switches } from './resolve-switches.js'
import type { ServedRequirement, ServedRequirements } from './served-requirements.js'

const figures = { ndcgChange: null, worstHiddenAuc: { value: 0.5, lower: 0.4, upper: 0.6 }, atChance: true }

/** A veil that serves some sets of names; those with a star were audited. */
function serving(...keys: string[]): ServedRequirements {
  const byKey = keys.map((key): [string, ServedRequirement] => {
    const names = key.replace('*', '')
    return [names, { hide: names.split(','), audit: key.endsWith('*') ? figures : null }]
  })
  return { method: 'afrl', attributes: ['a', 'b', 'c'], byKey: new Map(byKey), auditDigest: 'sha256:00' }
}

const everything = serving('a*', 'b', 'c*', 'a,b*', 'a,c*', 'b,c*', 'a,b,c*')
const nothing: Switches = { hide: [], mode: 'profiled' }
const asked = (...hide: string[]): Switches => ({ hide, mode: 'profiled' })

/** What the switches come to, or the code of the refusal. */
function outcome(...input: Parameters<typeof resolveSwitches>): ReturnType<typeof resolveSwitches> | string {
  try {
    return resolveSwitches(...input)
  } catch (error) {
    return (error as VeilrecError).code
  }
}

describe('resolveSwitches', () => {
  it('hides what the request and the service hide, and says who did', () => {
    expect(resolveSwitches(asked('c', 'c'), asked('a'), 'reject', everything)).toEqual({
      mode: 'profiled',
      modeSource: 'request',
      hide: ['a', 'c'],
      sources: { a: 'default', c: 'request' },
      method: 'afrl',
      audited: true,
      fallbackReason: null,
    })
  })

  it('profiles nobody where the service does not, whatever the request says', () => {
    const resolved = resolveSwitches(asked('b'), { hide: [], mode: 'non_profiled' }, 'reject', everything)
    expect(resolved).toMatchObject({ mode: 'non_profiled', modeSource: 'default', hide: ['b'], method: null })
  })

  it('treats what was not audited by the policy', () => {
    const resolve = (policy: UnauditedPolicy) => resolveSwitches(asked('b'), nothing, policy, everything)
    expect(() => resolve('reject')).toThrow(
      expect.objectContaining({ code: 'REQUIREMENT_UNAUDITED' }) as Error,
    )
    expect(resolve('serve_flagged')).toMatchObject({ mode: 'profiled', hide: ['b'], audited: false })
    expect(resolve('tighten')).toMatchObject({
      hide: ['a', 'b'],
      sources: { a: 'tightened', b: 'request' },
      audited: true,
    })
  })

  it('fails closed where the veil does not serve what is asked for', () => {
    for (const policy of unauditedPolicies) {
      expect(resolveSwitches(asked('c'), nothing, policy, serving('a*', 'a,b'))).toMatchObject({
        mode: 'non_profiled',
        modeSource: 'fallback',
        hide: ['c'],
        method: null,
        fallbackReason: 'requirement_not_served',
      })
    }
    expect(resolveSwitches(asked('b'), nothing, 'tighten', serving('b', 'a,b'))).toMatchObject({
      fallbackReason: 'requirement_not_served',
    })
  })

  it('tells names that are unknown from values, and repeats neither', () => {
    const attempt = (name: string) => () => resolveSwitches(asked(name), nothing, 'reject', everything)
    for (const [name, code] of [
      ['secret', 'ATTRIBUTE_UNKNOWN'],
      ['a=secret', 'REQUEST_INVALID'],
      ['a : secret', 'REQUEST_INVALID'],
      ['ab=secret', 'ATTRIBUTE_UNKNOWN'],
    ] as const) {
      expect(attempt(name)).toThrow(expect.objectContaining({ code }) as Error)
      expect(attempt(name)).not.toThrow(/secret/)
    }
  })

  it('never shows the recommender more than the request or the service allow', () => {
    const names = fc.subarray(['a', 'b', 'c'])
    const mode = fc.constantFrom('profiled' as const, 'non_profiled' as const)
    const switches = fc.record({ hide: names, mode })
    const subsets = ['a', 'b', 'c', 'a,b', 'a,c', 'b,c', 'a,b,c'].flatMap((key) => [key, `${key}*`])
    fc.assert(
      fc.property(
        switches,
        switches,
        fc.constantFrom(...unauditedPolicies),
        fc.subarray(subsets),
        (request, defaults, policy, keys) => {
          const served = serving(...keys)
          const resolved = outcome(request, defaults, policy, served)
          if (typeof resolved === 'string') return resolved === 'REQUIREMENT_UNAUDITED' && policy === 'reject'
          const wanted = [...request.hide, ...defaults.hide]
          if (resolved.mode === 'non_profiled') return resolved.method === null
          const found = served.byKey.get(resolved.hide.join(','))
          return (
            request.mode === 'profiled' &&
            defaults.mode === 'profiled' &&
            wanted.every((name) => resolved.hide.includes(name)) &&
            (wanted.length === 0 ||
              (found !== undefined &&
                resolved.audited === (found.audit !== null) &&
                (policy === 'serve_flagged' || resolved.audited)))
          )
        },
      ),
    )
  })
})
