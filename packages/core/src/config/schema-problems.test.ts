import { expect, it } from 'vitest'
import { z } from 'zod'

import { schemaProblems, suggestKey } from './schema-problems.js'

const schema = z.strictObject({
  time: z.union([z.string(), z.strictObject({ column: z.string(), unit: z.enum(['s', 'ms']).optional() })]),
  attributes: z.record(z.string(), z.strictObject({ missing: z.array(z.string()).optional() })).optional(),
})

function problemsOf(value: unknown): {
  problems: ReturnType<typeof schemaProblems>
  hint: string | undefined
} {
  const { error } = schema.safeParse(value)
  const problems = schemaProblems(error!)
  return { problems, hint: suggestKey(schema, problems) }
}

it('names every unknown key and suggests the nearest for the first', () => {
  const { problems, hint } = problemsOf({ time: 't', tme: 1, attribute: 2 })
  expect(problems).toEqual([
    { path: [], key: 'tme', message: 'unknown key' },
    { path: [], key: 'attribute', message: 'unknown key' },
  ])
  expect(hint).toBe('Did you mean "time"?')
})

it('looks into the alternative of a union that fits, and into records', () => {
  expect(problemsOf({ time: { column: 't', units: 's' } })).toEqual({
    problems: [{ path: ['time'], key: 'units', message: 'unknown key' }],
    hint: 'Did you mean "unit"?',
  })
  expect(problemsOf({ time: { column: 't', unit: 'h' } }).problems[0]!.path).toEqual(['time', 'unit'])
  expect(problemsOf({ time: 't', attributes: { age: { mising: [] } } })).toEqual({
    problems: [{ path: ['attributes', 'age'], key: 'mising', message: 'unknown key' }],
    hint: 'Did you mean "missing"?',
  })
})

it('says all alternatives where none fits, and lists the keys where no key is near', () => {
  const { problems, hint } = problemsOf({ time: 5 })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ path: ['time'] })
  expect(problems[0]!.message).toMatch(/string.*, or .*object/)
  expect(hint).toBeUndefined()
  expect(problemsOf({ time: 't', quite: 1 }).hint).toBe('Keys there: time, attributes.')
})
